"""The report on an experiment of the paper, or one of our own."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from keras_itra.experiments import studies
from keras_itra.experiments.measures import LEGEND
from keras_itra.reports.comparison_page import as_grids, as_settings
from keras_itra.reports.page import Block, Note, Page, Picture, Section


def experiment_report(
    path: str | Path, *, out: str | Path | None = None
) -> str:
    """Makes one HTML page on the results of `keras-itra reproduce`.

    Args:
        path: The results: `NAME/SCALE.json`.
        out: File to write; its folder is created. None writes none.

    Returns:
        The page.

    Raises:
        ImportError: If jinja2, matplotlib or SciPy is missing.
        ValueError: If the file holds no results of a known experiment.

    Example:
        >>> html = keras_itra.reports.experiment_report(
        ...     "results/lambda/small.json", out="lambda.html"
        ... )
    """
    record = studies.read_record(path)
    experiment = studies.get(record["experiment"])
    blocks: list[Block] = [Note(LEGEND)]
    figure = studies.make_figure(experiment, record)
    if figure is not None:
        blocks.append(
            Picture.of(
                figure,
                experiment.title,
                "Bands, bars and intervals are over the seeds.",
            )
        )
    blocks += as_grids(studies.make_tables(experiment, record))
    page = Page(
        title=experiment.title,
        lead=experiment.question,
        sections=[
            Section("Results", blocks),
            Section("Settings", _settings(experiment, record)),
        ],
    )
    return page.finish(out)


def _settings(
    experiment: studies.Experiment, record: Mapping[str, Any]
) -> list[Block]:
    """What all comparisons of an experiment share."""
    first, *others = [cell["settings"] for cell in record["cells"]]
    shared = {
        name: value
        for name, value in first.items()
        if all(settings.get(name) == value for settings in others)
    }
    blocks: list[Block] = [Note(f"Made by: {studies.command_of(record)}")]
    if record["scale"] in experiment.differs:
        blocks.append(Note(experiment.differs[record["scale"]]))
    return [*blocks, as_settings(shared)]

"""The page of results: every experiment that was run, from its JSON file."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from keras_itra import plots
from keras_itra.experiments.files import (
    read_json,
    restore_nan,
    write_atomically,
)
from keras_itra.experiments.methods import get
from keras_itra.experiments.runs import Run
from keras_itra.experiments.storage import RunStore
from keras_itra.experiments.studies import registry
from keras_itra.experiments.studies.drawing import make_figure
from keras_itra.experiments.studies.experiment import FROM_RUNS, Experiment
from keras_itra.experiments.studies.tabulating import make_tables
from keras_itra.experiments.tables import Table
from keras_itra.validation import require

if TYPE_CHECKING:
    from matplotlib.figure import Figure

INTRODUCTION = """# Results

Rendered from `{folder}/` by `keras-itra results`; each section names the
command that made its numbers. Strengths are chosen on validation data, all
methods of a comparison share splits, initial weights and the order of
mini-batches where that means the same thing, and differences are paired by
seed. The rows of training, validation and test are the same for every seed: the
intervals say how much initial weights and orders matter, not how another
training set would do. CE is cross-entropy, ECE
expected calibration error, T a temperature fitted on validation data, scatter
that of the features within classes over that between them.
"""


def write_page(directory: str | Path, page: str | Path) -> list[str]:
    """Render every experiment that was run, but for those at `smoke`.

    Args:
        directory: Folder of results: `NAME/SCALE.json`.
        page: The Markdown file; pictures go to a folder beside it.

    Returns:
        Names of the experiments on the page.

    Raises:
        ValueError: If there are none; the page is left as it is.
    """
    root, target = Path(directory), Path(page)
    pictures = target.parent / "results" / "experiments"
    pictures.mkdir(parents=True, exist_ok=True)
    sections, shown = [INTRODUCTION.format(folder=root.name)], []
    for name, experiment in registry.EXPERIMENTS.items():
        for scale in ("small", "full"):
            path = root / name / f"{scale}.json"
            if not path.is_file():
                continue
            record = read_record(path)
            picture = pictures / f"{name}-{scale}.png"
            figure = make_figure(experiment, record)
            if figure is not None:
                figure.savefig(picture, dpi=120)
            elif path.with_suffix(".png").is_file():
                shutil.copyfile(path.with_suffix(".png"), picture)
            link = picture.relative_to(target.parent)
            sections.append(_section(experiment, record, link, target.parent))
            shown.append(name)
    require(
        bool(shown),
        "the results of `keras-itra reproduce`",
        results=str(directory),
    )
    write_atomically(target, "\n".join(sections).encode())
    return shown


def read_record(path: str | Path) -> dict[str, Any]:
    """Read the results of an experiment.

    Args:
        path: `NAME/SCALE.json`.

    Returns:
        What `studies.running.run` returned.

    Raises:
        ValueError: If the file holds something else.
    """
    record = read_json(Path(path))
    require(
        isinstance(record, dict)
        and {"experiment", "scale", "seeds", "cells"} <= record.keys(),
        "the results of `keras-itra reproduce`",
        path=str(path),
    )
    return record | {"cells": [_restored(cell) for cell in record["cells"]]}


def command_of(record: Mapping[str, Any]) -> str:
    """The command that makes the results of an experiment.

    Args:
        record: The results.

    Returns:
        A line for a shell.
    """
    weights = ",".join(f"{w:g}" for w in record.get("strengths") or [])
    return (
        f"keras-itra reproduce --experiment {record['experiment']} "
        f"--scale {record['scale']} --seeds {record['seeds']}"
        f"{' --lambda ' + weights if weights else ''}"
    )


def write_report(
    directory: str | Path, experiment: Experiment, record: Mapping[str, Any]
) -> list[Table]:
    """Write the tables and the picture of an experiment beside its results.

    Args:
        directory: Folder of results, with the runs.
        experiment: Which experiment.
        record: Its results (see `studies.running.run`).

    Returns:
        The tables.
    """
    stem = Path(directory, experiment.name, record["scale"])
    tables = make_tables(experiment, record)
    text = "\n".join(table.to_markdown() for table in tables)
    write_atomically(stem.with_suffix(".md"), text.encode())
    figure = make_figure(experiment, record)
    if experiment.shape in FROM_RUNS:
        figure = _draw_runs(
            experiment.shape, Path(directory, "runs"), record["cells"][0]
        )
    if figure is not None:
        figure.savefig(stem.with_suffix(".png"), dpi=120)
    return tables


def _draw_runs(shape: str, runs: Path, cell: Mapping[str, Any]) -> "Figure":
    """Test features or logits of the first seed of each method."""
    store = RunStore(runs / cell["runs"], cell["settings"])
    read = store.features if shape == "features" else store.logits
    rows = {
        name: read(
            Run(
                get(name).run_name,
                0,
                method["strength"],
                method["weight_decay"],
            )
        )
        for name, method in cell["methods"].items()
    }
    rows = {n: r for n, r in rows.items() if np.isfinite(r[0]).all()}
    if shape == "features":
        return plots.feature_map(rows, method="tsne")
    return plots.reliability_diagram(rows)


def _restored(cell: Mapping[str, Any]) -> dict[str, Any]:
    methods = {
        name: {**method, "test": restore_nan(method["test"])}
        for name, method in cell["methods"].items()
    }
    return {**cell, "methods": methods}


def _section(
    experiment: Experiment, record: Mapping[str, Any], link: Path, root: Path
) -> str:
    scale = record["scale"]
    lines = [
        f"## {experiment.title}",
        f"**{experiment.question}**",
        f"`{command_of(record)}`",
    ]
    if scale in experiment.differs:
        lines.append(experiment.differs[scale])
    missing = len(experiment.at(scale)) - len(record["cells"])
    if missing > 0:
        lines.append(f"{missing} of its comparisons have not been run yet.")
    if (root / link).is_file():
        lines.append(f"![{experiment.title}]({link.as_posix()})")
    lines += [t.to_markdown() for t in make_tables(experiment, record)]
    return "\n\n".join(lines) + "\n"

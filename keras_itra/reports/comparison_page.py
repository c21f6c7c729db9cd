"""The report on a comparison of methods."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from keras_itra import plots
from keras_itra.experiments import (
    Outcome,
    RunStore,
    Table,
    make_tables,
    read_results,
    tabulate,
)
from keras_itra.experiments.tables import make_difference_table
from keras_itra.reports.page import (
    Block,
    Grid,
    Note,
    Page,
    Picture,
    Section,
    Settings,
)
from keras_itra.validation import require

PICTURES = {
    "differences": (
        "Differences to the baseline",
        "Paired by seed, with 95 % intervals. A filled dot: the interval "
        "excludes zero. One interval in twenty misses the truth.",
    ),
    "learning_curves": (
        "Learning curves",
        "Mean over the seeds, and one standard deviation to either side.",
    ),
    "features": (
        "Test features of the first seed",
        "The two directions of largest variance, all on one scale: what looks "
        "more compact is more compact relative to the whole.",
    ),
}
"""Files that `keras-itra compare` writes, in the order of the page."""

NO_BREAK = "\N{NO-BREAK SPACE}"

SHOWN_WIDTH = 0.64
"""CSS pixels to a pixel of these files, which have 150 to the inch."""


def comparison_report(
    directory: str | Path, *, out: str | Path | None = None
) -> str:
    """Makes one HTML page on a comparison that `keras-itra compare` wrote.

    It shows the tables with their intervals, the pictures, the strengths that
    were tried and chosen, and the settings. `results.json` alone will do:
    pictures that the folder lacks are left out.

    Args:
        directory: Folder of the comparison.
        out: File to write; its folder is created. None writes none.

    Returns:
        The page.

    Raises:
        ImportError: If jinja2, matplotlib or SciPy is missing.
        ValueError: If the folder holds no results of a comparison.

    Example:
        >>> html = keras_itra.reports.comparison_report(
        ...     "results", out="results/report.html"
        ... )
    """
    root = Path(directory)
    settings, outcomes, references = read_results(root)
    require(len(outcomes) > 0, "a method or more", path=str(root))
    rows = tabulate(outcomes)
    tables = make_tables(rows) + [
        make_difference_table(tabulate(outcomes, name), name)
        for name in references
    ]
    seeds = len(outcomes[0].runs)
    page = Page(
        title=f"Comparison on {settings.get('data', 'unnamed data')}",
        lead=f"{_number(len(outcomes), 'method')} with "
        f"{_number(seeds, 'seed')} each, on the same splits, initial weights "
        "and schedule. Strengths were chosen on validation data; the numbers "
        "are of the test set.",
        sections=[
            Section("Results", as_grids(tables)),
            Section("Pictures", _pictures(root, settings, outcomes)),
            Section("Methods", [_methods(outcomes), Note(CHOICE)]),
            Section("Settings", [as_settings(settings)]),
        ],
    )
    return page.finish(out)


CHOICE = (
    "A strength is chosen by the mean validation cross-entropy over the seeds "
    "that tune. If it is the smallest or largest that was tried, a better one "
    "may lie beyond."
)


def as_grids(tables: Sequence[Table]) -> list[Block]:
    """Tables of a comparison as blocks of a page."""
    return [
        Grid(
            table.caption,
            table.head,
            [[_unbroken(cell) for cell in line] for line in table.body],
            text=("strength",),
        )
        for table in tables
    ]


def _unbroken(cell: str) -> str:
    """A cell that breaks before its interval only."""
    return cell.replace(" ", NO_BREAK).replace(f"{NO_BREAK}[", " [")


def as_settings(settings: Mapping[str, Any]) -> Settings:
    """Settings of a comparison as a block of a page."""
    return Settings(
        {
            name.replace("_", " "): ", ".join(map(str, value))
            if isinstance(value, list)
            else str(value)
            for name, value in settings.items()
            if value is not None and value != []
        }
    )


def _pictures(
    root: Path, settings: Mapping[str, Any], outcomes: Sequence[Outcome]
) -> list[Block]:
    blocks: list[Block] = []
    for name, (title, caption) in PICTURES.items():
        path = root / f"{name}.png"
        if path.is_file():
            png = path.read_bytes()
            pixels = int.from_bytes(png[16:20], "big")  # of the PNG header
            blocks.append(
                Picture(title, caption, png, round(SHOWN_WIDTH * pixels))
            )
    features = _features(root, settings, outcomes)
    if features:
        blocks.append(
            Picture.of(
                plots.distance_histograms(features),
                "Distances of test features, first seed",
                "Compact classes have small distances within them, and little "
                "overlap.",
            )
        )
    return blocks or [Note("The folder has no pictures.")]


def _features(
    root: Path, settings: Mapping[str, Any], outcomes: Sequence[Outcome]
) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Features and labels by method, of those whose first run is kept."""
    if not (root / "settings.json").is_file():
        return {}
    store = RunStore(root, settings)
    found = {}
    for outcome in outcomes:
        first = outcome.runs[0]
        if (root / "runs" / f"{first.name}.npz").is_file():
            features, labels = store.features(first)
            if np.isfinite(features).all():
                found[outcome.method.name] = features, labels
    return found


def _methods(outcomes: Sequence[Outcome]) -> Grid:
    body = []
    for outcome in outcomes:
        tried = [
            f"{strength:g}: {np.mean(values):.3f}"
            for strength, values in outcome.tuning.items()
        ]
        chosen = outcome.strength
        body.append(
            [
                outcome.method.name,
                outcome.method.description,
                "" if chosen is None else f"{chosen:g}",
                ", ".join(tried),
            ]
        )
    tried_for = "validation cross-entropy by strength"
    return Grid(
        "Methods, the strength chosen and those tried.",
        ["method", "what it is", "strength", tried_for],
        body,
        text=("what it is", tried_for),
    )


def _number(count: int, what: str) -> str:
    return f"{count} {what}{'s' if count != 1 else ''}"

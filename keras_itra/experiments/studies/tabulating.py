"""From the results of an experiment to tables."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from keras_itra.experiments.measures import (
    CHOSEN_WEIGHT,
    DETECTION_MEASURES,
    MEASURES,
    MODE_MEASURES,
    Measure,
)
from keras_itra.experiments.statistics import (
    holm,
    paired_difference,
    paired_p_value,
    summarise,
)
from keras_itra.experiments.studies.experiment import Experiment
from keras_itra.experiments.tables import (
    Table,
    show_interval,
    show_strength,
    show_summary,
)

Method = Mapping[str, Any]
Cell = Mapping[str, Any]

ALL_MEASURES = {
    measure.key: measure
    for measure in (*MEASURES, *MODE_MEASURES, *DETECTION_MEASURES)
}
SIGNIFICANT = 0.05
STAR = (
    "A star: p < 0.05 (paired t-test over the seeds) by Holm's correction over "
    "the methods of the column."
)
EDGE = "†"


def make_tables(
    experiment: Experiment, record: Mapping[str, Any]
) -> list[Table]:
    """The tables of an experiment.

    Args:
        experiment: Says which measures and references to show.
        record: Its results (see `studies.running.run`).

    Returns:
        For each comparison the means, and the paired differences to each
        reference, with their 95 % intervals.
    """
    tables = []
    for cell in record["cells"]:
        measures = shown_measures(experiment, cell)
        tables.append(_means(experiment, cell, measures))
        tables += [
            _differences(cell, reference, measures)
            for reference in experiment.references
            if len(cell["methods"]) > 1 and record["seeds"] > 1
        ]
    if experiment.shape == "sweep" and record["seeds"] > 1:
        tables.append(_across(experiment, record["cells"]))
    return tables


def _across(experiment: Experiment, cells: Sequence[Cell]) -> Table:
    """Every method of every comparison against the baseline of the last."""
    last, reference = cells[-1], experiment.references[0]
    base = last["methods"][reference]["test"]
    measures = shown_measures(experiment, last)
    return Table(
        f"Paired difference to {reference} at {last['label']}, with its 95 % "
        "interval.",
        ["method", *(measure.label for measure in measures)],
        [
            [
                f"{name}, {cell['label']}",
                *(
                    _interval(method["test"][m.key], base[m.key], m.digits)
                    for m in measures
                ),
            ]
            for cell in cells
            for name, method in cell["methods"].items()
            if cell is not last or name != reference
        ],
    )


def shown_measures(experiment: Experiment, cell: Cell) -> list[Measure]:
    """The measures of an experiment that a comparison recorded."""
    recorded = next(iter(cell["methods"].values()))["test"]
    return [ALL_MEASURES[k] for k in experiment.measures if k in recorded]


def _means(
    experiment: Experiment, cell: Cell, measures: Sequence[Measure]
) -> Table:
    paper = experiment.paper

    def line(name: str, method: Method) -> list[str]:
        cells = [
            show_summary(summarise(method["test"][m.key]), m.digits)
            for m in measures
        ]
        published = [_published(paper, name, cell["label"])] if paper else []
        return [name, _strength(method), *cells, *published]

    seeds = len(next(iter(cell["methods"].values()))["test"]["accuracy"])
    caption = f"{cell['label']}: test set"
    if seeds > 1:
        caption += f", mean ± standard deviation over {seeds} seeds"
    strengths = [_strength(method) for method in cell["methods"].values()]
    if any(len(method["tuning"]) > 1 for method in cell["methods"].values()):
        caption += "; strengths chosen by validation cross-entropy"
        if cell.get("chosen_by") == "calibrated_cross_entropy":
            caption += " after temperature scaling"
    if any(EDGE in strength for strength in strengths):
        caption += f" ({EDGE}: the largest or smallest that was tried)"
    return Table(
        f"{caption}.",
        ["method", "strength", *(m.label for m in measures)]
        + (["paper: accuracy / CE"] if paper else []),
        [line(*item) for item in cell["methods"].items()],
    )


def _differences(
    cell: Cell, reference: str, measures: Sequence[Measure]
) -> Table:
    base = cell["methods"][reference]["test"]
    others = {k: v for k, v in cell["methods"].items() if k != reference}
    columns = []
    for measure in measures:
        pairs = [
            (method["test"][measure.key], base[measure.key])
            for method in others.values()
        ]
        adjusted = holm([paired_p_value(*pair) for pair in pairs])
        columns.append(
            [
                _interval(*pair, measure.digits) + _star(p)
                for pair, p in zip(pairs, adjusted, strict=True)
            ]
        )
    rows = zip(*columns, strict=True)
    return Table(
        f"{cell['label']}: paired difference to {reference} with its 95 % "
        f"interval. {STAR}",
        ["method", *(measure.label for measure in measures)],
        [[name, *row] for name, row in zip(others, rows, strict=True)],
    )


def _star(p: float) -> str:
    return " *" if p < SIGNIFICANT else ""


def _interval(
    values: Sequence[float], baseline: Sequence[float], digits: int
) -> str:
    return show_interval(paired_difference(values, baseline), digits)


def _strength(method: Method) -> str:
    strength, base = method["strength"], method["weight_decay"]
    tried = [float(value) for value in method["tuning"]]
    at_edge = len(tried) > 1 and strength in (min(tried), max(tried))
    edge = f" {EDGE}" if at_edge else ""
    chosen = method["test"].get(CHOSEN_WEIGHT, ())
    return show_strength(strength, base, chosen, edge)


def _published(
    paper: Mapping[str, tuple[float, float]], name: str, label: str
) -> str:
    numbers = paper.get(name) or paper.get(f"{name}, {label}")
    if numbers is None:
        return ""
    accuracy, cross_entropy = numbers
    if math.isnan(cross_entropy):
        return f"{accuracy:.2f}"
    return f"{accuracy:.2f} / {cross_entropy:.3f}"

"""From the results of an experiment to tables and a picture."""

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from keras_itra import plots
from keras_itra.experiments.measures import (
    DETECTION_MEASURES,
    MEASURES,
    MODE_MEASURES,
    Measure,
)
from keras_itra.experiments.methods import AT_STRENGTH, BASELINE
from keras_itra.experiments.statistics import (
    holm,
    paired_difference,
    paired_p_value,
    summarise,
)
from keras_itra.experiments.studies.experiment import Experiment
from keras_itra.experiments.tables import Table
from keras_itra.experiments.tracking import TRACKED

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Method = Mapping[str, Any]
Cell = Mapping[str, Any]

ALL_MEASURES = {
    measure.key: measure
    for measure in (*MEASURES, *MODE_MEASURES, *DETECTION_MEASURES)
}
SIGNIFICANT = 0.05
STAR = (
    "A star: p < 0.05 by Holm's correction over the methods of the table "
    "(paired t-test over the seeds)."
)


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
        measures = _measures(experiment, cell)
        tables.append(_means(experiment, cell, measures))
        tables += [
            _differences(cell, reference, measures)
            for reference in experiment.references
            if len(cell["methods"]) > 1 and record["seeds"] > 1
        ]
    return tables


def make_figure(
    experiment: Experiment, record: Mapping[str, Any]
) -> "Figure | None":
    """The picture of an experiment, of the kind it asks for.

    Args:
        experiment: Says which kind, and which measures.
        record: Its results.

    Returns:
        The figure; None for a map of features, which is drawn from the runs,
        and for differences without intervals.
    """
    cells = record["cells"]
    measures = _measures(experiment, cells[0])
    if experiment.shape == "sweep":
        return _sweep(cells, measures)
    if experiment.shape == "strengths":
        return _strengths(cells[0], measures)
    if experiment.shape == "curves":
        return _curves(cells[0])
    if experiment.shape == "features" or record["seeds"] == 1:
        return None
    return _bars(cells[0], measures)


def _measures(experiment: Experiment, cell: Cell) -> list[Measure]:
    recorded = next(iter(cell["methods"].values()))["test"]
    return [ALL_MEASURES[k] for k in experiment.measures if k in recorded]


def _means(
    experiment: Experiment, cell: Cell, measures: Sequence[Measure]
) -> Table:
    paper = experiment.paper

    def line(name: str, method: Method) -> list[str]:
        cells = [_shown(method["test"][m.key], m) for m in measures]
        published = [_published(paper, name, cell["label"])] if paper else []
        return [name, _strength(method), *cells, *published]

    return Table(
        f"{cell['label']}: test set, mean ± standard deviation over the seeds; "
        "strengths chosen on validation data.",
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


def _shown(values: Sequence[float], measure: Measure) -> str:
    summary = summarise(values)
    if math.isnan(summary.mean):
        return "diverged"
    text = f"{summary.mean:.{measure.digits}f}"
    if math.isnan(summary.std):
        return text
    return f"{text} ± {summary.std:.{measure.digits}f}"


def _interval(
    values: Sequence[float], baseline: Sequence[float], digits: int
) -> str:
    found = paired_difference(values, baseline)
    if math.isnan(found.mean):
        return "diverged"
    low, high = (f"{limit:+.{digits}f}" for limit in (found.low, found.high))
    return f"{found.mean:+.{digits}f} [{low}, {high}]"


def _strength(method: Method) -> str:
    strength, base = method["strength"], method["weight_decay"]
    parts = [] if strength is None else [f"{strength:g}"]
    if base is not None:
        parts.append(f"wd {base:g}")
    return ", ".join(parts)


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


def _sweep(cells: Sequence[Cell], measures: Sequence[Measure]) -> "Figure":
    values = {
        measure.title: {
            name: {
                cell["x"]: cell["methods"][name]["test"][measure.key]
                for cell in cells
            }
            for name in cells[0]["methods"]
        }
        for measure in measures
    }
    places = [cell["x"] for cell in cells]
    wide = min(places) > 0 and max(places) > 10 * min(places)
    label = cells[0]["label"].split()[-1]
    return plots.sweep(values, label, scale="log" if wide else "linear")


def _strengths(cell: Cell, measures: Sequence[Measure]) -> "Figure":
    """One line: the baseline at 0, then its variants by their strength."""
    points = {
        0.0 if name == BASELINE else float(name.split(AT_STRENGTH)[1]): method
        for name, method in cell["methods"].items()
    }
    family = list(cell["methods"])[-1].split(AT_STRENGTH)[0]
    values = {
        measure.title: {
            family: {x: m["test"][measure.key] for x, m in points.items()}
        }
        for measure in measures
    }
    return plots.sweep(values, "weight of the alignment")


def _curves(cell: Cell) -> "Figure":
    histories = {
        name: [
            {key: seeds[i] for key, seeds in method["history"].items()}
            for i in range(len(method["test"]["accuracy"]))
        ]
        for name, method in cell["methods"].items()
    }
    return plots.learning_curves(histories, [*TRACKED, "val_cross_entropy"])


def _bars(cell: Cell, measures: Sequence[Measure]) -> "Figure | None":
    base = cell["methods"][BASELINE]["test"]
    differences = {}
    for measure in measures:
        of_methods = {}
        for name, method in cell["methods"].items():
            found = paired_difference(
                method["test"][measure.key], base[measure.key]
            )
            if name != BASELINE and math.isfinite(found.mean):
                of_methods[name] = (found.mean, found.low, found.high)
        differences[measure.title] = of_methods
    if not any(differences.values()):
        return None
    return plots.comparison_bars(differences, BASELINE)

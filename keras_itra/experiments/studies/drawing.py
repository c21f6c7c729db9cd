"""From the results of an experiment to a picture."""

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from keras_itra import plots
from keras_itra.experiments.measures import Measure
from keras_itra.experiments.methods import AT_STRENGTH, BASELINE
from keras_itra.experiments.statistics import paired_difference
from keras_itra.experiments.studies.experiment import FROM_RUNS, Experiment
from keras_itra.experiments.studies.tabulating import Cell, shown_measures
from keras_itra.experiments.tracking import TRACKED

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def make_figure(
    experiment: Experiment, record: Mapping[str, Any]
) -> "Figure | None":
    """The picture of an experiment, of the kind it asks for.

    Args:
        experiment: Says which kind, and which measures.
        record: Its results.

    Returns:
        The figure; None for one that is drawn from the runs, and for
        differences without intervals.
    """
    cells = record["cells"]
    measures = shown_measures(experiment, cells[0])
    if experiment.shape == "sweep":
        return _sweep(cells, measures, experiment.x_label)
    if experiment.shape == "strengths":
        return _strengths(cells[0], measures)
    if experiment.shape == "curves":
        return _curves(cells[0])
    if experiment.shape in FROM_RUNS or record["seeds"] == 1:
        return None
    return _bars(cells, measures)


def _sweep(
    cells: Sequence[Cell], measures: Sequence[Measure], label: str
) -> "Figure":
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


def _bars(
    cells: Sequence[Cell], measures: Sequence[Measure]
) -> "Figure | None":
    differences = {
        measure.title: {
            name if len(cells) == 1 else f"{cell['label']}: {name}": interval
            for cell in cells
            for name, interval in _intervals(cell, measure).items()
        }
        for measure in measures
    }
    if not any(differences.values()):
        return None
    return plots.comparison_bars(differences, BASELINE)


def _intervals(
    cell: Cell, measure: Measure
) -> dict[str, tuple[float, float, float]]:
    """The differences to the baseline that are defined."""
    base = cell["methods"][BASELINE]["test"][measure.key]
    found = {
        name: paired_difference(method["test"][measure.key], base)
        for name, method in cell["methods"].items()
        if name != BASELINE
    }
    return {
        name: (difference.mean, difference.low, difference.high)
        for name, difference in found.items()
        if math.isfinite(difference.mean)
    }

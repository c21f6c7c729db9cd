"""The pictures of a comparison."""

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from keras_itra import plots
from keras_itra.experiments.measures import HEADLINES
from keras_itra.experiments.methods import BASELINE
from keras_itra.experiments.results import Row
from keras_itra.experiments.storage import RunStore

if TYPE_CHECKING:
    from matplotlib.figure import Figure

CURVES = {
    "cross_entropy": "training cross-entropy",
    "val_cross_entropy": "validation cross-entropy",
    "val_accuracy": "validation accuracy",
}


def make_figures(
    store: RunStore, rows: Sequence[Row]
) -> Mapping[str, "Figure"]:
    """Draw a comparison; runs that diverged are left out.

    Args:
        store: Where the features of the first seed are.
        rows: What `tabulate` returned.

    Returns:
        Figures by name: `learning_curves`; `features` (the test features of
        the first seed in two dimensions), if any are finite; and, if there
        is more than the baseline, `differences`.
    """
    histories = {
        row.outcome.method.name: [
            {label: record["history"][key] for key, label in CURVES.items()}
            for record in row.outcome.records
        ]
        for row in rows
    }
    features = {
        row.outcome.method.name: store.features(row.outcome.runs[0])
        for row in rows
    }
    finite = {
        name: (points, labels)
        for name, (points, labels) in features.items()
        if np.isfinite(points).all()
    }
    figures = {
        "learning_curves": plots.learning_curves(
            histories, list(CURVES.values())
        ),
    }
    if finite:
        figures["features"] = plots.feature_map(finite)
    differences = _differences(rows)
    if any(differences.values()):
        figures["differences"] = plots.comparison_bars(differences, BASELINE)
    return figures


def _differences(
    rows: Sequence[Row],
) -> dict[str, dict[str, tuple[float, float, float]]]:
    intervals = {
        row.outcome.method.name: row.differences
        for row in rows
        if row.outcome.method.name != BASELINE
    }
    return {
        measure.title: {
            name: (own.mean, own.low, own.high)
            for name, of_measure in intervals.items()
            if math.isfinite((own := of_measure[measure.key]).mean)
        }
        for measure in HEADLINES
    }

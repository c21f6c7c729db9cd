"""Measures against a quantity that was varied."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from keras_itra.plots.style import (
    SMALL_FONT_SIZE,
    figure,
    grid,
    literal,
    palette,
    tidy,
)
from keras_itra.validation import require, require_one_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Seeds = Sequence[float]

_COLUMNS = 3


def sweep(
    values: Mapping[str, Mapping[str, Mapping[float, Seeds]]],
    label: str,
    *,
    scale: str = "linear",
) -> Figure:
    """Draws measures of methods against a quantity that was varied.

    Args:
        values: For each measure (one panel), method (one line, at most ten)
            and value of the quantity, the measure of every seed.
        label: Name of the quantity.
        scale: `"linear"` (default) or `"log"` for the quantity.

    Returns:
        A figure with the mean over the seeds and, of two seeds or more, one
        standard deviation to either side.

    Raises:
        ImportError: If matplotlib is not installed.
        ValueError: If there is nothing to draw or `scale` is unknown.

    Example:
        >>> figure = keras_itra.plots.sweep(
        ...     {"accuracy": {"SGD": {0.1: [80.0, 81.0], 0.2: [75.0, 77.0]}}},
        ...     "share of wrong labels",
        ... )
        >>> figure.savefig("label_noise.png")
    """
    require_one_of("scale", scale, ("linear", "log"))
    methods = list(dict.fromkeys(m for of in values.values() for m in of))
    require(bool(methods), "a measure of a method", values=values)
    colours = dict(zip(methods, palette(len(methods)), strict=True))
    columns = min(_COLUMNS, len(values))
    rows = -(-len(values) // columns)
    canvas = figure(max(3.6 * columns, 5.0), 3.0 * rows + 0.7)
    handles = {}
    for axes, (measure, of_methods) in zip(
        grid(canvas, len(values), columns), values.items(), strict=True
    ):
        for method, points in of_methods.items():
            x = np.array(sorted(points))
            seeds = [np.asarray(points[at], dtype=float) for at in sorted(x)]
            deviations = [s.std(ddof=1) if len(s) > 1 else 0.0 for s in seeds]
            handles[method] = axes.errorbar(
                x,
                [s.mean() for s in seeds],
                deviations,
                color=colours[method],
                marker="o",
                markersize=4,
                capsize=3,
                linewidth=1.6,
            )
        axes.set_title(measure)
        axes.set_xlabel(label)
        axes.set_xscale(scale)
        tidy(axes)
    canvas.legend(
        handles=list(handles.values()),
        labels=list(handles),
        loc="outside lower center",
        ncols=min(len(handles), 3 * columns),
        fontsize=SMALL_FONT_SIZE,
        frameon=False,
    )
    return literal(canvas)

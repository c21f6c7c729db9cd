"""Paired differences to a baseline with their confidence intervals."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Mapping
from typing import TYPE_CHECKING

from keras_itra.plots.style import (
    COLOURS,
    SMALL_FONT_SIZE,
    figure,
    grid,
    literal,
    tidy,
)
from keras_itra.validation import require

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# difference to the baseline, lower and upper end of its interval
Interval = tuple[float, float, float]

_MAX_METHODS = 30
_COLUMNS = 3
_BLUE = COLOURS[1]


def comparison_bars(
    differences: Mapping[str, Mapping[str, Interval]], baseline: str = "SGD"
) -> Figure:
    """Draws each method's difference to the baseline, metric by metric.

    A filled dot has an interval that excludes zero, a hollow one has not.

    Args:
        differences: For each metric (one panel) and method (one line) the
            paired difference and the lower and upper end of its 95 %
            interval. Ends that are NaN or infinite (one seed gives no
            interval) leave a hollow dot. A method without a metric has an
            empty line in that panel.
        baseline: What the differences are taken to, for the axis.

    Returns:
        A figure with one panel per metric.

    Raises:
        ImportError: If matplotlib is not installed.
        ValueError: If there is nothing to draw or more than 30 methods, a
            difference is not finite, or lies outside its interval.

    Example:
        >>> figure = keras_itra.plots.comparison_bars(
        ...     {"accuracy (points)": {"ITRA-c": (0.5, 0.2, 0.8)}}
        ... )
        >>> figure.savefig("differences.png")
    """
    methods = list(dict.fromkeys(m for of in differences.values() for m in of))
    require(
        0 < len(methods) <= _MAX_METHODS,
        f"1 to {_MAX_METHODS} methods",
        methods=methods,
    )
    columns = min(_COLUMNS, len(differences))
    lines = -(-len(differences) // columns)
    canvas = figure(
        2.8 * columns + 1.6, (0.32 * len(methods) + 1.1) * lines + 0.3
    )
    all_axes = grid(canvas, len(differences), columns, sharey=True)
    for axes, (metric, of_method) in zip(
        all_axes, differences.items(), strict=True
    ):
        axes.axvline(0, color="0.4", linewidth=1, zorder=1)
        for method, interval in of_method.items():
            _draw(axes, methods.index(method), method, interval)
        axes.set_title(textwrap.fill(metric, 28))
        axes.set_xlabel(f"difference to {baseline}")
        axes.locator_params(axis="x", nbins=5)
        tidy(axes)
        axes.grid(visible=False, axis="y")
    axes = all_axes[0]
    axes.set_yticks(
        range(len(methods)),
        methods,
        fontsize=SMALL_FONT_SIZE,
        parse_math=False,
    )
    axes.set_ylim(len(methods) - 0.4, -0.6)
    canvas.supxlabel(
        "filled dot: the 95 % interval excludes zero",
        fontsize=SMALL_FONT_SIZE,
        color="0.3",
    )
    return literal(canvas)


def _draw(axes: Axes, line: int, method: str, interval: Interval) -> None:
    difference, low, high = interval
    bounded = math.isfinite(low) and math.isfinite(high)
    require(
        math.isfinite(difference)
        and (not bounded or low <= difference <= high),
        f"a finite difference within its interval for {method!r}",
        interval=interval,
    )
    if bounded:
        axes.plot([low, high], [line, line], color=_BLUE, linewidth=2)
    clear = bounded and (low > 0 or high < 0)
    axes.plot(
        [difference],
        [line],
        marker="o",
        markersize=7,
        color=_BLUE,
        markerfacecolor=_BLUE if clear else "white",
        markeredgewidth=1.6,
    )

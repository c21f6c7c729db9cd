"""Learning curves of several methods and seeds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from keras_itra.plots.style import (
    SMALL_FONT_SIZE,
    figure,
    grid,
    literal,
    palette,
    tidy,
)
from keras_itra.validation import require

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

History = Mapping[str, Sequence[float]]
LineStyle = str | tuple[float, tuple[float, ...]]

_COLUMNS = 3
# alternating, so that lines differ by more than their colour
_LINE_STYLES: tuple[LineStyle, ...] = ("-", (0, (5, 1.5)), (0, (1.5, 1)))


def learning_curves(
    histories: Mapping[str, Sequence[Any]], metrics: Sequence[str]
) -> Figure:
    """Draws each metric over the epochs: mean and deviation over seeds.

    Args:
        histories: For each method (at most 30) what `fit` returned for
            every seed, or the `history` of it. A method without a metric is
            left out of its panel.
        metrics: Names of the metrics, one panel each.

    Returns:
        A figure with one line per method and panel, in a band of one standard
        deviation to either side if there are two seeds or more.

    Raises:
        ImportError: If matplotlib is not installed.
        ValueError: If there is nothing to draw, no method has a metric, only
            some seeds of a method have it, their lengths differ, or a method
            has no list of histories.

    Example:
        >>> figure = keras_itra.plots.learning_curves(
        ...     {"SGD": [sgd_history], "ITRA-c": [itra_history]},
        ...     ["loss", "val_loss"],
        ... )
        >>> figure.savefig("learning_curves.png")
    """
    require(len(metrics) > 0, "a metric or more", metrics=list(metrics))
    records = {name: _records(name, s) for name, s in histories.items()}
    # Of ten colours and three styles, no two methods share both.
    require(0 < len(histories) <= 30, "1 to 30 methods", size=len(histories))
    colours = palette(min(len(histories), 10))
    columns = min(_COLUMNS, len(metrics))
    width = max(4.0 * columns, 6.0)
    canvas = figure(width, 3.0 * -(-len(metrics) // columns) + 0.7)
    handles = {}
    for axes, metric in zip(
        grid(canvas, len(metrics), columns), metrics, strict=True
    ):
        for rank, (method, seeds) in enumerate(records.items()):
            values = _stack(method, seeds, metric)
            if values is not None:
                style = _LINE_STYLES[rank % len(_LINE_STYLES)]
                colour = colours[rank % len(colours)]
                handles[method] = _draw(axes, values, colour, style)
        require(
            len(axes.lines) > 0, "metrics that were recorded", metric=metric
        )
        axes.set_title(metric.replace("_", " "))
        axes.set_xlabel("epoch")
        axes.locator_params(axis="x", integer=True)
        tidy(axes)
    # inches: a letter, and the line with the gaps around it
    entry_width = 0.08 * max(map(len, handles)) + 0.7
    canvas.legend(
        handles=list(handles.values()),
        labels=list(handles),
        loc="outside lower center",
        ncols=min(len(handles), max(1, int(width / entry_width))),
        fontsize=SMALL_FONT_SIZE,
        frameon=False,
        handlelength=2.8,
    )
    return literal(canvas)


def _records(method: str, seeds: Sequence[Any]) -> list[History]:
    """The values of every seed."""
    are_many = isinstance(seeds, Sequence)
    found = [getattr(s, "history", s) for s in (seeds if are_many else [])]
    require(
        are_many and all(isinstance(record, Mapping) for record in found),
        f"a list of histories for {method!r}, one for each seed",
        histories=type(seeds).__name__,
    )
    return found


def _draw(
    axes: Axes, values: NDArray[np.float64], colour: str, style: LineStyle
) -> Line2D:
    """Draws the mean of `(seeds, epochs)` values and its band."""
    epochs = np.arange(1, values.shape[1] + 1)
    mean = values.mean(axis=0)
    (line,) = axes.plot(
        epochs,
        mean,
        color=colour,
        linestyle=style,
        linewidth=1.6,
        marker="o" if len(epochs) == 1 else None,
    )
    if len(values) > 1:
        deviation = values.std(axis=0, ddof=1)
        axes.fill_between(
            epochs,
            mean - deviation,
            mean + deviation,
            color=colour,
            alpha=0.15,
            linewidth=0,
        )
    return line


def _stack(
    method: str, seeds: Sequence[History], metric: str
) -> NDArray[np.float64] | None:
    """Returns `(seeds, epochs)` values, `None` if no seed has the metric."""
    recorded = [seed[metric] for seed in seeds if metric in seed]
    if not recorded:
        return None
    lengths = [len(values) for values in recorded]
    require(
        len(recorded) == len(seeds) and min(lengths) == max(lengths) > 0,
        f"equally long records of {metric!r} for every seed of {method!r}",
        seeds=len(seeds),
        lengths=lengths,
    )
    return np.asarray(recorded, dtype=np.float64)

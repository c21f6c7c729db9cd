"""Confidence against accuracy, and how confidences are distributed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from keras_itra.plots.panels import labelled_rows
from keras_itra.plots.style import (
    COLOURS,
    SMALL_FONT_SIZE,
    figure,
    literal,
    tidy,
)
from keras_itra.validation import require, require_integer

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Floats = NDArray[np.float64]

_COLUMNS = 3
_BLUE, _VERMILION = COLOURS[1], COLOURS[2]


class _Bins(NamedTuple):
    """What is drawn of each bin of confidence; 0 where it has no rows."""

    share: Floats
    accuracy: Floats
    confidence: Floats


def reliability_diagram(
    panels: Mapping[str, tuple[ArrayLike, ArrayLike]], bins: int = 15
) -> Figure:
    """Draws accuracy against confidence, for several models side by side.

    The confidence of a row is the probability of its most probable class;
    bins are `(b/B, (b+1)/B]`. A bar is the accuracy of a bin, the hatched
    part its gap to the mean confidence of the bin. Below stands the share of
    the rows in each bin. The panel names the expected calibration error, the
    mean of the gaps weighted by these shares, as
    `keras_itra.metrics.expected_calibration_error` computes it.

    Args:
        panels: For each title, logits `(n, K)` and integer labels `(n,)`;
            for example those of a model, and the same divided by its
            temperature.
        bins: Number of bins B, 15 by default.

    Returns:
        A figure with two axes per title: the diagram, and the histogram below.

    Raises:
        ImportError: If matplotlib is not installed.
        ValueError: If there is no panel, `bins` is no integer above 0, or
            logits and labels do not fit together.

    Example:
        >>> figure = keras_itra.plots.reliability_diagram(
        ...     {"raw": (logits, y), "after T": (logits / temperature, y)}
        ... )
        >>> figure.savefig("reliability.png")
    """
    require_integer("bins", bins, minimum=1)
    require(len(panels) > 0, "a panel or more", panels=list(panels))
    binned = {title: _bin(title, *pair, bins) for title, pair in panels.items()}
    columns = min(_COLUMNS, len(panels))
    lines = -(-len(panels) // columns)
    canvas = figure(max(3.1 * columns, 4.4), 4.2 * lines + 0.4)
    axes = canvas.subplots(
        2 * lines,
        columns,
        squeeze=False,
        sharex=True,
        sharey="row",
        height_ratios=(3, 1) * lines,
    )
    diagrams, histograms = axes[::2].ravel(), axes[1::2].ravel()
    for place, (title, found) in enumerate(binned.items()):
        _draw_diagram(diagrams[place], title, found)
        _draw_histogram(histograms[place], found)
        if place % columns == 0:
            diagrams[place].set_ylabel("accuracy")
            histograms[place].set_ylabel("share of rows")
    for empty in (*diagrams[len(panels) :], *histograms[len(panels) :]):
        empty.remove()
    handles, labels = diagrams[0].get_legend_handles_labels()
    canvas.legend(
        handles,
        labels,
        loc="outside lower center",
        ncols=3,
        fontsize=SMALL_FONT_SIZE,
        frameon=False,
    )
    return literal(canvas)


def _bin(title: str, logits: ArrayLike, labels: ArrayLike, bins: int) -> _Bins:
    rows, classes = labelled_rows("logits", title, logits, labels)
    num_classes = rows.shape[1]
    require(
        bool(((classes >= 0) & (classes < num_classes)).all()),
        f"labels in 0..{num_classes - 1} in panel {title!r}",
        labels=(int(classes.min()), int(classes.max())),
    )
    shifted = rows - rows.max(axis=1, keepdims=True)
    confidence = 1 / np.exp(shifted).sum(axis=1)
    right = rows.argmax(axis=1) == classes
    index = np.clip(np.ceil(confidence * bins).astype(int) - 1, 0, bins - 1)
    counts = np.bincount(index, minlength=bins)
    shared = np.maximum(counts, 1)
    return _Bins(
        share=counts / len(rows),
        accuracy=np.bincount(index, right, bins) / shared,
        confidence=np.bincount(index, confidence, bins) / shared,
    )


def _draw_diagram(axes: Axes, title: str, found: _Bins) -> None:
    edges = np.linspace(0, 1, len(found.share) + 1)
    bar: dict[str, Any] = {
        "x": edges[:-1],
        "width": np.diff(edges),
        "align": "edge",
    }
    axes.bar(
        height=found.accuracy,
        color=_BLUE,
        edgecolor="white",
        linewidth=0.6,
        label="accuracy",
        **bar,
    )
    axes.bar(
        height=found.confidence - found.accuracy,
        bottom=found.accuracy,
        facecolor=(_VERMILION, 0.25),
        edgecolor=_VERMILION,
        hatch="////",
        linewidth=0.6,
        label="gap to the confidence",
        **bar,
    )
    axes.plot([0, 1], [0, 1], "--", color="0.35", linewidth=1.2, label="no gap")
    gaps = np.abs(found.accuracy - found.confidence)
    axes.text(
        0.04,
        0.95,
        f"ECE {found.share @ gaps:.3f}",
        transform=axes.transAxes,
        verticalalignment="top",
        bbox={"facecolor": "white", "edgecolor": "0.7", "pad": 3},
    )
    axes.set_title(title)
    axes.set(xlim=(0, 1), ylim=(0, 1))
    tidy(axes)


def _draw_histogram(axes: Axes, found: _Bins) -> None:
    edges = np.linspace(0, 1, len(found.share) + 1)
    axes.stairs(found.share, edges, fill=True, color="0.6")
    axes.set_xlabel("confidence")
    axes.set_ylim(0, 1)
    axes.set_yticks([0, 0.5, 1])
    axes.tick_params(labelbottom=True)
    tidy(axes)

"""Distances within classes beside those between them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

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

Floats = NDArray[np.float64]

_COLUMNS = 3
_BINS = 60
_MAX_ROWS = 1_000
# colour, and outline, of the two kinds of pairs
_LOOKS = {
    "same class": (COLOURS[1], "-"),
    "different classes": (COLOURS[2], (0, (5, 1.5))),
}


def distance_histograms(
    panels: Mapping[str, tuple[ArrayLike, ArrayLike]],
) -> Figure:
    """Draws how far rows of one class, and of different classes, lie apart.

    Euclidean distances of all pairs, in units of the mean distance between
    different classes, so that panels compare whatever the scale of the
    features. Each histogram has area 1. The panel names their overlap (the
    area under both: 0 if every pair of one class is closer than any other)
    and the mean distance within the classes.

    Args:
        panels: For each title, features `(n, d)` and integer labels `(n,)`, of
            two classes or more. Of more than 1,000 rows a random 1,000 are
            used, always the same.

    Returns:
        A figure with one panel per title and one legend.

    Raises:
        ImportError: If matplotlib is not installed.
        ValueError: If there is no panel, features and labels do not fit
            together, or pairs of one of the two kinds are missing.

    Example:
        >>> figure = keras_itra.plots.distance_histograms(
        ...     {"SGD": (sgd_features, y), "ITRA-c": (itra_features, y)}
        ... )
        >>> figure.savefig("distances.png")
    """
    require(len(panels) > 0, "a panel or more", panels=list(panels))
    pairs = {title: _distances(title, *of) for title, of in panels.items()}
    reach = max(max(map(np.max, kinds)) for kinds in pairs.values()) or 1.0
    edges = np.linspace(0, reach, _BINS + 1)
    columns = min(_COLUMNS, len(panels))
    lines = -(-len(panels) // columns)
    canvas = figure(max(3.4 * columns, 4.6), 2.9 * lines + 0.6)
    all_axes = grid(canvas, len(panels), columns, sharex=True, sharey=True)
    for axes, (title, kinds) in zip(all_axes, pairs.items(), strict=True):
        _draw(axes, kinds, edges)
        axes.set_title(title)
        axes.label_outer()
        if axes in all_axes[-columns:]:  # nothing stands below
            axes.set_xlabel("distance / mean between classes")
            axes.tick_params(labelbottom=True)
        tidy(axes)
    for axes in all_axes[::columns]:
        axes.set_ylabel("density")
    # as high as the highest needs, with room for the text above
    all_axes[0].set_ylim(top=1.35 * max(a.dataLim.ymax for a in all_axes))
    handles, labels = all_axes[0].get_legend_handles_labels()
    canvas.legend(
        handles,
        labels,
        loc="outside lower center",
        ncols=2,
        fontsize=SMALL_FONT_SIZE,
        frameon=False,
        handlelength=2.8,
    )
    return literal(canvas)


def _draw(axes: Axes, kinds: tuple[Floats, Floats], edges: Floats) -> None:
    densities = [np.histogram(of, edges, density=True)[0] for of in kinds]
    for density, (label, (colour, style)) in zip(
        densities, _LOOKS.items(), strict=True
    ):
        axes.stairs(density, edges, fill=True, color=colour, alpha=0.3)
        axes.stairs(
            density,
            edges,
            color=colour,
            linestyle=style,
            linewidth=1.6,
            label=label,
        )
    overlap = np.minimum(*densities).sum() * (edges[1] - edges[0])
    axes.text(
        0.97,
        0.96,
        f"overlap {100 * overlap:.0f} %\nwithin {kinds[0].mean():.2f}",
        transform=axes.transAxes,
        horizontalalignment="right",
        verticalalignment="top",
        fontsize=SMALL_FONT_SIZE,
    )


def _distances(
    title: str, features: ArrayLike, labels: ArrayLike
) -> tuple[Floats, Floats]:
    """Returns distances within and between classes, relative to the latter."""
    rows, classes = np.asarray(features, dtype=np.float64), np.asarray(labels)
    require(
        rows.ndim == 2 and classes.shape == rows.shape[:1],
        f"features (n, d) and labels (n,) in panel {title!r}",
        features=rows.shape,
        labels=classes.shape,
    )
    require(bool(np.isfinite(rows).all()), "finite features", panel=title)
    chosen = np.random.default_rng(0).permutation(len(rows))[:_MAX_ROWS]
    rows, classes = rows[chosen], classes[chosen]
    first, second = np.triu_indices(len(rows), k=1)
    same = classes[first] == classes[second]
    require(
        bool(same.any() and not same.all()),
        f"two classes or more, with two rows or more, in panel {title!r}",
        rows=len(rows),
        classes=np.unique(classes).tolist(),
    )
    distances = _pairwise(rows)[first, second]
    within, between = distances[same], distances[~same]
    unit = between.mean() or 1.0
    return within / unit, between / unit


def _pairwise(rows: Floats) -> Floats:
    offsets = rows - rows.mean(axis=0)
    norms = np.square(offsets).sum(axis=1)
    squares = norms[:, None] + norms - 2 * offsets @ offsets.T
    return np.sqrt(np.maximum(squares, 0.0))

"""Two-dimensional pictures of features."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from keras_itra.plots.panels import labelled_rows
from keras_itra.plots.projections import PROJECTIONS, Points
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
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Labels = NDArray[np.int64]

_COLUMNS = 4
_MAX_POINTS = 2_000
_MARKERS = ("o", "^")
_MAX_CLASSES = 20


def feature_map(
    panels: Mapping[str, tuple[ArrayLike, ArrayLike]], method: str = "pca"
) -> Figure:
    """Draws the features of several models side by side, coloured by class.

    `"pca"` projects each model's features on their two directions of largest
    variance, in units of their total standard deviation, and all panels share
    one scale: a class that looks more compact is more compact relative to the
    whole. `"tsne"` and `"umap"` show neighbourhoods; sizes and distances of
    their clusters mean nothing.

    Args:
        panels: For each title, features `(n, d)` with d of 2 or more, and
            integer labels `(n,)`. Of more than 2,000 rows a random 2,000 are
            drawn, always the same.
        method: `"pca"` (default), `"tsne"` (needs scikit-learn) or `"umap"`
            (needs umap-learn, which the extra `umap` installs).

    Returns:
        A figure with one panel per title and one legend. Of more than 20
        classes the first 20 are drawn, which the legend's title says.

    Raises:
        ImportError: If matplotlib (or scikit-learn, or umap-learn) is not
            installed.
        ValueError: If there is no panel, the method is unknown, features and
            labels do not fit together, or UMAP gets fewer than four rows.

    Example:
        >>> figure = keras_itra.plots.feature_map(
        ...     {"SGD": (sgd_features, y), "ITRA-c": (itra_features, y)}
        ... )
        >>> figure.savefig("features.png")
    """
    require_one_of("method", method, tuple(PROJECTIONS))
    require(len(panels) > 0, "a panel or more", panels=list(panels))
    project, axis_label = PROJECTIONS[method]
    rows = {title: _subset(title, *pair) for title, pair in panels.items()}
    classes = np.unique(np.concatenate([y for _, y in rows.values()]))
    shown = classes[:_MAX_CLASSES]
    columns = min(_COLUMNS, len(panels))
    legend_columns = -(-len(shown) // 10)
    canvas = figure(
        3.1 * columns + 0.5 + 0.7 * legend_columns,
        3.2 * -(-len(panels) // columns),
    )
    all_axes = grid(canvas, len(panels), columns, sharex=True, sharey=True)
    maps = _alike([(project(h), y) for h, y in rows.values()])
    reach = 1.08 * max(np.abs(points).max() for points in maps) or 1.0
    for axes, title, points in zip(all_axes, rows, maps, strict=True):
        _scatter(axes, points, rows[title][1], shown)
        axes.set(
            title=title,
            ylabel=axis_label.format(2),
            xlim=(-reach, reach),
            ylim=(-reach, reach),
            aspect="equal",
        )
        axes.locator_params(nbins=5)
        axes.label_outer()
        if axes in all_axes[-columns:]:  # nothing stands below
            axes.set_xlabel(axis_label.format(1))
            axes.tick_params(labelbottom=True)
        tidy(axes)
    handles = {
        handle.get_label(): handle
        for axes in all_axes
        for handle in axes.collections
    }
    canvas.legend(
        handles=[handles[str(k)] for k in shown],
        title="class"
        if len(shown) == len(classes)
        else f"first {len(shown)} of\n{len(classes)} classes",
        loc="outside right center",
        ncols=legend_columns,
        fontsize=SMALL_FONT_SIZE,
        title_fontsize=SMALL_FONT_SIZE,
        frameon=False,
        markerscale=2.5,
    )
    return literal(canvas)


def _subset(
    title: str, features: ArrayLike, labels: ArrayLike
) -> tuple[Points, Labels]:
    """Returns at most `_MAX_POINTS` checked rows."""
    rows, classes = labelled_rows("features", title, features, labels)
    chosen = np.random.default_rng(0).permutation(len(rows))[:_MAX_POINTS]
    return rows[chosen], classes[chosen]


def _alike(maps: Sequence[tuple[Points, Labels]]) -> list[Points]:
    """Mirrors maps, whose signs are arbitrary, to agree with the first."""
    first, labels = maps[0]
    mirrored = []
    for points, own_labels in maps:
        agreement = sum(
            first[labels == k].mean(axis=0)
            * points[own_labels == k].mean(axis=0)
            for k in np.intersect1d(labels, own_labels)
        )
        mirrored.append(points * np.where(agreement < 0, -1, 1))
    return mirrored


def _scatter(
    axes: Axes, points: Points, labels: Labels, classes: Labels
) -> None:
    colours = palette(min(len(classes), 10))
    for rank, k in enumerate(classes):
        members = points[labels == k]
        axes.scatter(
            members[:, 0],
            members[:, 1],
            s=7,
            color=colours[rank % len(colours)],
            marker=_MARKERS[rank // len(colours)],
            alpha=0.7,
            linewidths=0,
            label=str(k),
        )

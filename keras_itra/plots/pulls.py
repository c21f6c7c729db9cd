"""What the alignment does to features: adaptive weights and pulls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from keras_itra.plots.style import (
    COLOURS,
    SMALL_FONT_SIZE,
    figure,
    grid,
    tidy,
)
from keras_itra.validation import require, require_integer

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Floats = NDArray[np.float64]

_CROSS, _NET = COLOURS[2], COLOURS[1]
_GREY = "0.55"
# share of the picture's width that the longest arrow takes
_LONGEST = 0.3


class Pulls(Protocol):
    """Arrays for n rows of S1 and m of S2."""

    @property
    def weights(self) -> Any:
        """`(n, m)`: adaptive weights."""

    @property
    def cross(self) -> Any:
        """`(n, d)`: pulls of S2."""

    @property
    def net(self) -> Any:
        """`(n, d)`: pulls of S2 and S1 together."""


def pull_map(
    h1: ArrayLike,
    h2: ArrayLike,
    pulls: Pulls,
    *,
    row: int = 0,
    arrows: int = 16,
) -> Figure:
    """Draws the adaptive weights of one row, and the pulls on several.

    Left: how much each row of S2 pulls the marked row of S1, and where to:
    the mean of S2 by these weights, the target of a mean-shift step. The
    farther a row of S2 lies, the paler and smaller it is; other classes have
    weight 0. Right: the pull of S2 alone, and the net pull that training
    applies, which the push of S1 itself reduces to about 1/n. Net arrows are
    magnified as the legend says.

    Features of more than two dimensions, and their pulls, are projected on
    the two directions of largest variance of S1 and S2 together.

    Args:
        h1: Features of S1 `(n, d)`, with d of 2 or more.
        h2: Features of S2 `(m, d)`.
        pulls: With arrays `weights`, `cross` and `net`: what
            `keras_itra.diagnostics.feature_pulls` returns.
        row: Row of S1 to mark. Defaults to the first.
        arrows: Rows of S1 that get arrows, at most; the marked one is among
            them. Defaults to 16.

    Returns:
        A figure with two panels of one scale.

    Raises:
        ImportError: If matplotlib is not installed.
        ValueError: If features and pulls do not fit together or are not
            finite, or there is no such row.

    Example:
        >>> pulls = keras_itra.diagnostics.feature_pulls(h1, h2, y1, y2)
        >>> figure = keras_itra.plots.pull_map(h1, h2, pulls, row=3)
        >>> figure.savefig("pulls.png")
    """
    first, second = (np.asarray(h, dtype=np.float64) for h in (h1, h2))
    weights, cross, net = (
        np.asarray(part, dtype=np.float64)
        for part in (pulls.weights, pulls.cross, pulls.net)
    )
    _require_fit(first, second, weights, cross, net)
    require_integer("row", row, minimum=0)
    require_integer("arrows", arrows, minimum=1)
    require(row < len(first), "a row of S1", row=row, rows=len(first))
    centre, directions = _plane(np.concatenate([first, second]))
    s1, s2 = ((h - centre) @ directions for h in (first, second))
    canvas = figure(10.0, 4.7)
    left, right = grid(canvas, 2, 2, sharex=True, sharey=True)
    target = weights[row] @ s2 if weights[row].any() else s1[row]
    dots = _draw_weights(left, s1, s2, weights[row], row, target)
    canvas.colorbar(
        dots, ax=left, label="adaptive weight", shrink=0.8, pad=0.02
    )
    chosen = np.linspace(0, len(s1) - 1, min(arrows, len(s1))).astype(int)
    chosen[np.abs(chosen - row).argmin()] = row
    tips = _draw_pulls(
        right, s1, s2, chosen, cross @ directions, net @ directions
    )
    reach = 1.05 * np.abs(np.concatenate([s1, s2, tips])).max() or 1.0
    plane = first.shape[1] == 2
    name = "feature {}, centred" if plane else "principal component {}"
    for axes in (left, right):
        axes.set(
            xlim=(-reach, reach),
            ylim=(-reach, reach),
            aspect="equal",
            xlabel=name.format(1),
        )
        tidy(axes)
        axes.legend(
            loc="upper center",
            bbox_to_anchor=(0.5, -0.16),
            ncols=2,
            fontsize=SMALL_FONT_SIZE,
            frameon=False,
        )
    left.set_ylabel(name.format(2))
    return canvas


def _draw_weights(
    axes: Axes,
    s1: Floats,
    s2: Floats,
    weights: Floats,
    row: int,
    target: Floats,
) -> Any:
    largest = weights.max() or 1.0
    axes.scatter(
        s1[:, 0],
        s1[:, 1],
        s=18,
        marker="^",
        color=_GREY,
        linewidths=0,
        label="S1",
    )
    dots = axes.scatter(
        s2[:, 0],
        s2[:, 1],
        s=14 + 160 * weights / largest,
        c=weights,
        cmap="Blues",
        vmin=0,
        vmax=largest,
        edgecolors="0.3",
        linewidths=0.6,
        label="S2, by weight",
    )
    axes.annotate(
        "",
        tuple(target),
        tuple(s1[row]),
        arrowprops={
            "arrowstyle": "-|>",
            "color": _CROSS,
            "linewidth": 2,
            "shrinkA": 0,
            "shrinkB": 0,
        },
    )
    axes.scatter(
        s1[row, 0],
        s1[row, 1],
        s=130,
        marker="^",
        color=_CROSS,
        edgecolors="white",
        label="marked row",
        zorder=3,
    )
    axes.scatter(
        target[0],
        target[1],
        s=70,
        marker="X",
        color=_CROSS,
        edgecolors="white",
        label="its target",
        zorder=3,
    )
    axes.set_title("Who pulls the marked row, and where to")
    return dots


def _draw_pulls(
    axes: Axes,
    s1: Floats,
    s2: Floats,
    chosen: NDArray[np.int64],
    cross: Floats,
    net: Floats,
) -> Floats:
    """Returns where the arrows end."""
    axes.scatter(
        s2[:, 0], s2[:, 1], s=14, color="0.8", linewidths=0, label="S2"
    )
    axes.scatter(
        s1[:, 0],
        s1[:, 1],
        s=18,
        marker="^",
        color=_GREY,
        linewidths=0,
        label="S1",
    )
    longest, longest_net = (
        np.linalg.norm(part[chosen], axis=1).max() for part in (cross, net)
    )
    times = 1
    if longest_net > 0:
        times = max(1, int(longest / longest_net))
    width = 2 * np.abs(np.concatenate([s1, s2])).max()
    length = _LONGEST * width / longest if longest > 0 else 1.0
    shown = f"net pull, x {times}" if times > 1 else "net pull"
    tips = []
    for part, colour, label, thickness in (
        (length * cross, _CROSS, "pull of S2", 0.007),
        (length * times * net, _NET, shown, 0.0045),
    ):
        axes.quiver(
            *s1[chosen].T,
            *part[chosen].T,
            angles="xy",
            scale_units="xy",
            scale=1,
            color=colour,
            width=thickness,
            label=label,
            zorder=3,
        )
        tips.append(s1[chosen] + part[chosen])
    axes.set_title("Pull of the other mini-batch, and what is left of it")
    return np.concatenate(tips)


def _plane(rows: Floats) -> tuple[Floats, Floats]:
    """Centre, and two orthogonal directions as columns."""
    centre = rows.mean(axis=0)
    if rows.shape[1] == 2:
        return centre, np.eye(2)
    _, _, directions = np.linalg.svd(rows - centre, full_matrices=True)
    return centre, directions[:2].T


def _require_fit(
    first: Floats, second: Floats, weights: Floats, cross: Floats, net: Floats
) -> None:
    require(
        first.ndim == second.ndim == 2
        and first.shape[1] == second.shape[1] > 1
        and min(len(first), len(second)) > 0,
        "features (n, d) and (m, d), with d of 2 or more",
        h1=first.shape,
        h2=second.shape,
    )
    require(
        weights.shape == (len(first), len(second))
        and cross.shape == net.shape == first.shape,
        "pulls of these features",
        weights=weights.shape,
        cross=cross.shape,
        net=net.shape,
    )
    require(
        all(
            bool(np.isfinite(part).all())
            for part in (first, second, weights, cross, net)
        ),
        "finite features and pulls",
        h1=first.shape,
    )

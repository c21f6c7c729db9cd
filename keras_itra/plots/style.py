"""The common look: colours that the colour-blind tell apart, sizes, axes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from keras_itra._optional import require_module
from keras_itra.validation import require

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Okabe and Ito (2008) with wine and grey; what is pale on white comes last.
COLOURS = (
    "#000000",
    "#0072B2",
    "#D55E00",
    "#009E73",
    "#CC79A7",
    "#E69F00",
    "#56B4E9",
    "#882255",
    "#BBBBBB",
    "#F0E442",
)
FONT_SIZE = 10
SMALL_FONT_SIZE = 9
DPI = 150


def palette(size: int) -> tuple[str, ...]:
    """Returns `size` different colours, ten at most."""
    require(0 < size <= len(COLOURS), "1 to 10 colours", size=size)
    return COLOURS[:size]


def figure(width: float, height: float) -> Figure:
    """Returns an empty figure, in inches, that pyplot knows nothing of."""
    module: Any = require_module("matplotlib.figure", extra="plots")
    return module.Figure(figsize=(width, height), dpi=DPI, layout="constrained")


def grid(
    canvas: Figure,
    panels: int,
    columns: int,
    *,
    sharex: bool = False,
    sharey: bool = False,
) -> list[Axes]:
    """Returns `panels` axes in rows of `columns`, without empty ones."""
    lines = -(-panels // columns)
    axes = canvas.subplots(
        lines, columns, squeeze=False, sharex=sharex, sharey=sharey
    ).ravel()
    for empty in axes[panels:]:
        empty.remove()
    return list(axes[:panels])


def literal(canvas: Figure) -> Figure:
    """Shows names as they are: a dollar sign begins no formula."""
    for axes in canvas.axes:
        for text in (axes.title, axes.xaxis.label, axes.yaxis.label):
            text.set_parse_math(False)
    for legend in canvas.legends:
        for text in legend.get_texts():
            text.set_parse_math(False)
    return canvas


def tidy(axes: Axes) -> None:
    """Opens the frame, draws a faint grid and sets the sizes of text."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(labelsize=SMALL_FONT_SIZE)
    axes.grid(color="0.9", linewidth=0.8)
    axes.set_axisbelow(True)
    axes.xaxis.label.set_fontsize(FONT_SIZE)
    axes.yaxis.label.set_fontsize(FONT_SIZE)
    axes.title.set_fontsize(FONT_SIZE + 1)

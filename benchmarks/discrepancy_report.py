"""Statistics, limits, tables and picture of the discrepancy alone."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from benchmarks.discrepancy_forms import (
    BALANCED,
    GEMMS,
    MARGINAL,
    UNBALANCED,
    Form,
)
from benchmarks.medians import Median, median_with_interval
from keras_itra.experiments import Table
from keras_itra.plots import style

LEGEND = """Forward and backward. n: rows of S1 and S2 together; d: features.
Ratio: to two matrix products of that size (`z zᵀ z`, TensorFlow, no XLA) in the
same repeat. Unbalanced: half of the pairs in class 0 (K = 1: all); all pairs of
rows are visited up to n = 1024, above it tiles that hold a pair of one class,
each once. Balanced: only the pairs inside a class are visited. MB (2^20
bytes): growth of memory at its peak in one call, compilation included, in a
fresh process."""
OURS = (MARGINAL, BALANCED, UNBALANCED)


@dataclass(frozen=True)
class FormTime:
    """What one form takes.

    Attributes:
        form: The form.
        milliseconds: Of a call.
        ratio: To two GEMMs in the same repeat.
    """

    form: Form
    milliseconds: Median
    ratio: Median


@dataclass(frozen=True)
class Measured:
    """All forms at one size.

    Attributes:
        rows: n.
        width: d.
        times: Of the forms, two GEMMs first.
        seconds: A line for each repeat, a column for each form.
    """

    rows: int
    width: int
    times: Sequence[FormTime]
    seconds: Sequence[Sequence[float]]

    def ratio(self, form: Form, reference: Form) -> Median | None:
        """One form's time over another's; None if one was not measured."""
        forms = [time.form for time in self.times]
        if form not in forms or reference not in forms:
            return None
        seconds = np.array(self.seconds)
        return median_with_interval(
            seconds[:, forms.index(form)] / seconds[:, forms.index(reference)]
        )


@dataclass(frozen=True)
class Growth:
    """Growth of memory.

    Attributes:
        form: What was computed.
        rows: n.
        width: d.
        megabytes: In units of 2^20 bytes.
    """

    form: Form
    rows: int
    width: int
    megabytes: float


def summarise(forms: Sequence[Form], seconds: np.ndarray) -> list[FormTime]:
    """Medians, and ratios to the first form inside each repeat.

    Args:
        forms: Two GEMMs first.
        seconds: `(repeats, forms)`.
    """
    ratios = seconds / seconds[:, :1]
    return [
        FormTime(
            form,
            median_with_interval(1000 * seconds[:, index]),
            median_with_interval(ratios[:, index]),
        )
        for index, form in enumerate(forms)
    ]


def time_table(size: Measured) -> Table:
    """Every form at one size."""
    return Table(
        f"n = {size.rows}, d = {size.width}, {len(size.seconds)} repeats.",
        ["form", "K", "XLA", "ms", "ratio (95 % interval)"],
        [
            [
                *_cells(time.form),
                f"{time.milliseconds.value:.3g}",
                str(time.ratio),
            ]
            for time in size.times
        ],
    )


def memory_table(growths: Sequence[Growth]) -> Table:
    """Growth of memory of every form and size."""
    return Table(
        "Growth of memory at its peak.",
        ["form", "K", "XLA", "n", "d", "MB"],
        [
            [
                *_cells(growth.form),
                str(growth.rows),
                str(growth.width),
                f"{growth.megabytes:.0f}",
            ]
            for growth in growths
        ],
    )


def plot(measured: Sequence[Measured]) -> Figure:
    """Ratios to two GEMMs with their intervals, a panel for each size."""
    figure = style.figure(3.0 * len(measured) + 2.6, 5.5)
    panels = style.grid(figure, len(measured), len(measured), sharey=True)
    forms = list(dict.fromkeys(t.form for size in measured for t in size.times))
    forms = [form for form in forms if form != Form(GEMMS)]
    for axes, size in zip(panels, measured, strict=True):
        axes.axvline(1, color="0.4", linewidth=1)
        for time in size.times[1:]:
            line, ratio = forms.index(time.form), time.ratio
            colour = "C0" if time.form.method in OURS else "C1"
            axes.plot([ratio.low, ratio.high], [line, line], color=colour)
            axes.plot([ratio.value], [line], "o", color=colour, markersize=4)
        axes.set_xscale("log")
        axes.set_title(f"n = {size.rows}, d = {size.width}")
        style.tidy(axes)
    panels[0].set_yticks(range(len(forms)), map(str, forms))
    panels[0].invert_yaxis()
    figure.supxlabel("time / two GEMMs")
    return figure


def _cells(form: Form) -> list[str]:
    classes = str(form.classes) if form.classes else ""
    return [form.method, classes, "yes" if form.xla else ""]

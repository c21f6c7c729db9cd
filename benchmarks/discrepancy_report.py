"""Statistics, limits, tables and picture of the discrepancy alone."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from benchmarks.bounds import Bound
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
same repeat. Unbalanced: half of the pairs in class 0, so all pairs of rows are
visited; balanced: only those inside a class. MB (2^20 bytes): growth of memory
at its peak in one call, compilation included, in a process of its own."""
#: n and d of the limits of time and of memory.
LIMITED, LIMITED_MEMORY = (4096, 512), (16384, 512)
RATIO_LIMITS = {True: 1.3, False: 1.8}  # by whether XLA compiles
MEMORY_LIMITS = {True: 700, False: 800}
MANY_CLASSES_LIMIT, BALANCED_LIMIT = 1.2, 0.2


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


def bounds_of(
    measured: Sequence[Measured], growths: Sequence[Growth]
) -> list[Bound]:
    """Limits of what was measured at the sizes they are set for."""
    bounds = []
    for size in measured:
        if (size.rows, size.width) != LIMITED:
            continue
        for time in size.times:
            if time.form.method in (MARGINAL, UNBALANCED):
                limit = RATIO_LIMITS[time.form.xla]
                what = f"{name_of(time.form)} / two GEMMs"
                bounds.append(Bound(what, time.ratio.high, limit))
        for xla in (True, False):
            bounds += _comparison(
                size,
                Form(UNBALANCED, 1000, xla),
                Form(UNBALANCED, 1, xla),
                MANY_CLASSES_LIMIT,
            )
            bounds += _comparison(
                size,
                Form(BALANCED, 100, xla),
                Form(UNBALANCED, 100, xla),
                BALANCED_LIMIT,
            )
    return bounds + [
        Bound(
            f"{name_of(growth.form)}, n = {growth.rows}: MB",
            growth.megabytes,
            MEMORY_LIMITS[growth.form.xla],
        )
        for growth in growths
        if (growth.rows, growth.width) == LIMITED_MEMORY
        and growth.form.method in (MARGINAL, UNBALANCED)
    ]


def name_of(form: Form) -> str:
    """A form in words."""
    classes = f", K = {form.classes}" if form.classes else ""
    return f"{form.method}{classes}{', XLA' if form.xla else ''}"


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
    panels[0].set_yticks(range(len(forms)), map(name_of, forms))
    panels[0].invert_yaxis()
    figure.supxlabel("time / two GEMMs")
    return figure


OURS = (MARGINAL, BALANCED, UNBALANCED)


def _comparison(
    size: Measured, form: Form, reference: Form, limit: float
) -> list[Bound]:
    ratio = size.ratio(form, reference)
    if ratio is None:
        return []
    what = f"{name_of(form)} / {name_of(reference)}"
    return [Bound(what, ratio.high, limit)]


def _cells(form: Form) -> list[str]:
    classes = str(form.classes) if form.classes else ""
    return [form.method, classes, "yes" if form.xla else ""]

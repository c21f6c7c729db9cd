"""Statistics, limits, table and picture of the time of a step."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from benchmarks.bounds import Bound
from benchmarks.medians import Median, median_with_interval
from benchmarks.step_variants import (
    INDEPENDENT,
    NONE,
    QUEUE,
    SPLIT,
    SPLIT_BOTH,
    SPREAD_QUEUE,
    Variant,
)
from keras_itra.experiments import Table
from keras_itra.plots import style

LEGEND = """Median of the repeats. Ratio, and ms more: to `plain fit` of m rows,
in the same repeat. Rows: that pass through the network in a step. Memory: of
each variant in a process of its own, graph building included."""
#: m for which there are limits.
LIMITED_ROWS = 128
_OF_A_CNN = {
    SPLIT: 1.05,
    SPLIT_BOTH: 1.05,
    NONE: 1.05,
    QUEUE: 1.10,
    SPREAD_QUEUE: 1.10,
    INDEPENDENT: 2.1,
}
#: Upper limits of the ratio to plain `fit` with m rows, by network.
LIMITS = {
    "cnn": _OF_A_CNN,
    "two-conv": _OF_A_CNN,
    "five-conv": _OF_A_CNN,
    "resnet18": {
        SPLIT: 1.03,
        SPLIT_BOTH: 1.03,
        NONE: 1.03,
        QUEUE: 1.05,
        SPREAD_QUEUE: 1.05,
        INDEPENDENT: 2.1,
    },
}


@dataclass(frozen=True)
class StepTime:
    """What one variant takes.

    Attributes:
        name: Name of the variant.
        rows: Rows of a step.
        milliseconds: Of a step.
        added: Milliseconds more than plain training in the same repeat.
        ratio: To plain training in the same repeat.
    """

    name: str
    rows: int
    milliseconds: Median
    added: Median
    ratio: Median


@dataclass(frozen=True)
class Measured:
    """All variants of one case.

    Attributes:
        network: Name of the network.
        label: The network with its size.
        rows: m.
        classes: K.
        times: Of the variants, plain training first.
        seconds: Per step; a line for each repeat, a column for each variant.
    """

    network: str
    label: str
    rows: int
    classes: int
    times: Sequence[StepTime]
    seconds: Sequence[Sequence[float]]

    @property
    def title(self) -> str:
        """Network and sizes."""
        return f"{self.label}, m = {self.rows}, K = {self.classes}"


@dataclass(frozen=True)
class Growth:
    """Growth of memory of one variant.

    Attributes:
        title: Network and sizes.
        name: Name of the variant.
        megabytes: In units of 2^20 bytes.
    """

    title: str
    name: str
    megabytes: float


def summarise(
    variants: Sequence[Variant], seconds: np.ndarray
) -> list[StepTime]:
    """Medians, and comparisons with the first variant inside each repeat.

    Args:
        variants: Plain training first.
        seconds: `(repeats, variants)`.
    """
    ratios = seconds / seconds[:, :1]
    added = seconds - seconds[:, :1]
    return [
        StepTime(
            variant.name,
            variant.rows,
            median_with_interval(1000 * seconds[:, index]),
            median_with_interval(1000 * added[:, index]),
            median_with_interval(ratios[:, index]),
        )
        for index, variant in enumerate(variants)
    ]


def time_table(case: Measured) -> Table:
    """Every variant of a case."""
    return Table(
        f"{case.title}, {len(case.seconds)} repeats.",
        ["variant", "rows", "ms", "ms more", "ratio (95 % interval)"],
        [
            [
                time.name,
                str(time.rows),
                f"{time.milliseconds.value:.1f}",
                f"{time.added.value:.1f}",
                str(time.ratio),
            ]
            for time in case.times
        ],
    )


def memory_table(growths: Sequence[Growth]) -> Table:
    """Growth of memory of every variant."""
    return Table(
        "Growth of memory at its peak over a few steps, in MB (2^20 bytes).",
        ["network", "variant", "MB"],
        [[g.title, g.name, f"{g.megabytes:.0f}"] for g in growths],
    )


def bounds_of(measured: Sequence[Measured]) -> list[Bound]:
    """Limits of what was measured at the number of rows they are set for."""
    return [
        Bound(
            f"{case.title}: {time.name}",
            time.ratio.high,
            LIMITS[case.network][time.name],
        )
        for case in measured
        if case.rows == LIMITED_ROWS
        for time in case.times
        if time.name in LIMITS.get(case.network, {})
    ]


def plot(measured: Sequence[Measured]) -> Figure:
    """Ratios with their intervals, a panel for each case."""
    columns = min(3, len(measured))
    lines = -(-len(measured) // columns)
    figure = style.figure(2.6 * columns + 2.2, 2.6 * lines)
    panels = style.grid(figure, len(measured), columns, sharey=True)
    for axes, case in zip(panels, measured, strict=True):
        axes.axvline(1, color="0.4", linewidth=1)
        for line, time in enumerate(case.times):
            axes.plot([time.ratio.low, time.ratio.high], [line, line], "C0-")
            axes.plot([time.ratio.value], [line], "C0o", markersize=4)
        axes.set_title(case.title.replace(", m", "\nm"))
        axes.set_xlim(left=min(0.9, *(t.ratio.low for t in case.times)))
        style.tidy(axes)
    names = [time.name for time in measured[0].times]
    panels[0].set_yticks(range(len(names)), names)
    panels[0].invert_yaxis()
    figure.supxlabel("time of a step / plain fit of m rows")
    return figure

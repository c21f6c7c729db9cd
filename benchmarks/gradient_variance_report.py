"""Tables and picture of the variance of the gradient."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.figure import Figure

from keras_itra.experiments import Table
from keras_itra.experiments.statistics import Interval, paired_difference
from keras_itra.experiments.tables import show_interval
from keras_itra.plots import style

BASELINE, PAPER, DOUBLE = METHODS = ("sgd", "itra-c", "sgd-2m")


@dataclass(frozen=True)
class Measured:
    """The gradient of one step at one point of one training.

    Attributes:
        seed: Of the training.
        trajectory: The method that trained the weights.
        epoch: After which they were taken.
        step: The method whose step is measured there.
        variance: Trace of the covariance over mini-batches.
        squared_mean: Squared norm of the mean gradient.
        cosine: Mean cosine to the gradient of the cross-entropy on all
            training rows.
        held_out_cosine: The same on the held-out rows.
        layers: `variance` and `squared_mean` by layer.
    """

    seed: int
    trajectory: str
    epoch: int
    step: str
    variance: float
    squared_mean: float
    cosine: float
    held_out_cosine: float
    layers: dict[str, dict[str, float]]


Value = Callable[[Measured], float]


def variance(one: Measured) -> float:
    """Absolute variance."""
    return one.variance


def relative(one: Measured) -> float:
    """Variance over the squared mean; nan where that is not positive."""
    return _relative(one.variance, one.squared_mean)


def cosine(one: Measured) -> float:
    """To the gradient on the training rows."""
    return one.cosine


def held_out_cosine(one: Measured) -> float:
    """To the gradient on the held-out rows."""
    return one.held_out_cosine


def of_layer(name: str, part: str) -> Value:
    """`"variance"` or `"relative"` in one layer."""

    def value(one: Measured) -> float:
        layer = one.layers[name]
        if part == "variance":
            return layer["variance"]
        return _relative(layer["variance"], layer["squared_mean"])

    return value


class Comparison:
    """Pairs of the same seed at one epoch.

    Args:
        measured: Everything.
        epoch: The epoch.
        one: Trajectory and step of the numerator.
        other: Trajectory and step of the denominator.
    """

    def __init__(
        self,
        measured: Sequence[Measured],
        epoch: int,
        one: tuple[str, str],
        other: tuple[str, str],
    ) -> None:
        self._one, self._other = (
            [
                found
                for found in measured
                if (found.epoch, found.trajectory, found.step)
                == (epoch, *point)
            ]
            for point in (one, other)
        )

    def ratio(self, value: Value) -> Interval:
        """Geometric mean of the ratios, with its 95 % t interval."""
        logs = [[_log(value(m)) for m in side] for side in self._sides]
        found = paired_difference(*logs)
        return Interval(*map(math.exp, (found.mean, found.low, found.high)))

    def difference(self, value: Value) -> Interval:
        """Mean difference, with its 95 % t interval."""
        return paired_difference(
            *([value(m) for m in side] for side in self._sides)
        )

    @property
    def _sides(self) -> tuple[list[Measured], list[Measured]]:
        return self._one, self._other

    def cells(self) -> list[str]:
        """The four measures of a table."""
        return [
            show_ratio(self.ratio(variance)),
            show_ratio(self.ratio(relative)),
            show_interval(self.difference(cosine), 3),
            show_interval(self.difference(held_out_cosine), 3),
        ]


def show_ratio(interval: Interval) -> str:
    """For example `"0.93 [0.90, 0.97]"`."""
    if math.isnan(interval.mean):
        return "undefined"
    text = f"{interval.mean:.2f}"
    if math.isnan(interval.low):
        return text
    return f"{text} [{interval.low:.2f}, {interval.high:.2f}]"


def report(settings: dict[str, Any], measured: Sequence[Measured]) -> str:
    """All tables with what they mean, in Markdown."""
    protocol = settings["protocol"]
    tables = [
        _of_estimators(measured),
        _of_methods(measured),
        _of_layers(measured),
        _of_means(measured),
    ]
    estimators, methods, layers, means = (t.to_markdown() for t in tables)
    return f"""# Variance of the gradient

Made by `make gradient-variance`: {settings["data"]},
{settings["train_size"]:,} training and {settings["held_out_size"]:,} held-out
images; network {protocol["network"]}, m = {protocol["batch_size"]},
{protocol["epochs"]} epochs; alignment weight
{settings["alignment_weight"]:g}; {settings["batches"]} independent
mini-batches at every point; {settings["seeds"]} seeds. What follows from it:
[the page](../../gradient-variance.md).

A *step* is the gradient that a method would apply: `sgd` the cross-entropy of
m rows, `itra-c` that plus the weighted alignment with m other rows, `sgd-2m`
the cross-entropy of both. A *trajectory* is the training that led to the
weights. Ratios are geometric means over the seeds, differences are means,
each with its 95 % t interval; below 1, less variance. Relative variance:
divided by the squared norm of the step's own mean. The intervals are not
corrected for their number.

## The estimator: steps at the same weights

{estimators}
## The method: each step on its own trajectory

{methods}
## By layer: the step of ITRA-c against that of SGD at the same weights

{layers}
## As measured

{means}
![Variance and cosines over the training](gradients.png)
"""


def _of_estimators(measured: Sequence[Measured]) -> Table:
    return Table(
        "Against the step of `sgd` at the same weights, on the same "
        "mini-batches.",
        [
            "trajectory",
            "epoch",
            "step",
            "variance",
            "relative variance",
            "cosine, training",
            "cosine, held out",
        ],
        [
            [
                trajectory if epoch else "all",
                str(epoch),
                step,
                *Comparison(
                    measured,
                    epoch,
                    (trajectory, step),
                    (trajectory, BASELINE),
                ).cells(),
            ]
            for trajectory in METHODS
            for epoch in _epochs(measured)
            for step in (PAPER, DOUBLE)
            if epoch or trajectory == BASELINE
        ],
    )


def _of_methods(measured: Sequence[Measured]) -> Table:
    return Table(
        "Against `sgd` on its own trajectory at the same epoch.",
        [
            "method",
            "epoch",
            "variance",
            "relative variance",
            "cosine, training",
            "cosine, held out",
        ],
        [
            [
                method,
                str(epoch),
                *Comparison(
                    measured, epoch, (method, method), (BASELINE, BASELINE)
                ).cells(),
            ]
            for method in (PAPER, DOUBLE)
            for epoch in _epochs(measured)
            if epoch
        ],
    )


def _of_layers(measured: Sequence[Measured]) -> Table:
    layers = list(measured[0].layers)
    return Table(
        "Ratio of the variance; in brackets, of the relative variance.",
        ["trajectory", "epoch", *layers],
        [
            [
                trajectory if epoch else "all",
                str(epoch),
                *(_layer_cell(measured, trajectory, epoch, k) for k in layers),
            ]
            for trajectory in (BASELINE, PAPER)
            for epoch in _epochs(measured)
            if epoch or trajectory == BASELINE
        ],
    )


def _layer_cell(
    measured: Sequence[Measured], trajectory: str, epoch: int, layer: str
) -> str:
    pairs = Comparison(
        measured, epoch, (trajectory, PAPER), (trajectory, BASELINE)
    )
    ratios = [
        pairs.ratio(of_layer(layer, part)).mean
        for part in ("variance", "relative")
    ]
    return "{:.2f} ({:.2f})".format(*ratios)


def _of_means(measured: Sequence[Measured]) -> Table:
    return Table(
        "Geometric means over the seeds; of the cosines, means.",
        [
            "trajectory",
            "epoch",
            "step",
            "variance",
            "squared mean",
            "cosine, training",
            "cosine, held out",
        ],
        [
            [
                trajectory if epoch else "all",
                str(epoch),
                step,
                *_means(
                    [
                        m
                        for m in measured
                        if (m.trajectory, m.epoch, m.step)
                        == (trajectory, epoch, step)
                    ]
                ),
            ]
            for trajectory in METHODS
            for epoch in _epochs(measured)
            for step in METHODS
            if epoch or trajectory == BASELINE
        ],
    )


def _means(group: Sequence[Measured]) -> list[str]:
    def mean(values: Sequence[float]) -> float:
        return sum(values) / len(values)

    return [
        f"{math.exp(mean([_log(m.variance) for m in group])):.3g}",
        f"{math.exp(mean([_log(m.squared_mean) for m in group])):.3g}",
        f"{mean([m.cosine for m in group]):.3f}",
        f"{mean([m.held_out_cosine for m in group]):.3f}",
    ]


#: Trajectory, step, look.
_LINES = (
    (BASELINE, PAPER, 1, "-"),
    (PAPER, PAPER, 1, (0, (4, 1.5))),
    (BASELINE, DOUBLE, 2, "-"),
    (PAPER, DOUBLE, 2, (0, (4, 1.5))),
)


def plot(measured: Sequence[Measured]) -> Figure:
    """The measures of both steps against that of SGD, stage by stage."""
    figure = style.figure(10.0, 3.7)
    epochs = _epochs(measured)
    handles: dict[str, Any] = {}
    for axes, (title, value, ticks) in zip(
        style.grid(figure, 3, 3),
        (
            ("variance", variance, (0.6, 0.8, 1, 1.2, 1.4)),
            ("relative variance", relative, (0.2, 0.5, 1, 2, 5, 10, 20)),
            ("cosine to the held-out gradient", held_out_cosine, None),
        ),
        strict=True,
    ):
        axes.axhline(1.0 if ticks else 0.0, color="0.4", linewidth=1)
        for rank, (trajectory, step, colour, line) in enumerate(_LINES):
            intervals = []
            for epoch in epochs:
                pairs = Comparison(
                    measured, epoch, (trajectory, step), (trajectory, BASELINE)
                )
                measure = pairs.ratio if ticks else pairs.difference
                intervals.append(measure(value))
            label = f"step of {step}, trajectory of {trajectory}"
            handles[label] = axes.errorbar(
                [i + 0.06 * (rank - 1.5) for i in range(len(epochs))],
                [i.mean for i in intervals],
                [
                    [_half(i.mean - i.low) for i in intervals],
                    [_half(i.high - i.mean) for i in intervals],
                ],
                color=style.COLOURS[colour],
                linestyle=line,
                marker="o",
                markersize=4,
                capsize=3,
                linewidth=1.6,
            )
        axes.set_xticks(range(len(epochs)), [str(e) for e in epochs])
        axes.set(title=title, xlabel="epoch")
        axes.set_ylabel("ratio to SGD" if ticks else "difference to SGD")
        if ticks:
            axes.set_yscale("log")
            axes.set_yticks(ticks, map(str, ticks))
            axes.minorticks_off()
        style.tidy(axes)
    figure.legend(
        handles=list(handles.values()),
        labels=list(handles),
        loc="outside lower center",
        ncols=2,
        fontsize=style.SMALL_FONT_SIZE,
        frameon=False,
        handlelength=3.0,
    )
    return figure


def _epochs(measured: Sequence[Measured]) -> list[int]:
    return sorted({one.epoch for one in measured})


def _relative(variance: float, squared_mean: float) -> float:
    return variance / squared_mean if squared_mean > 0 else math.nan


def _log(value: float) -> float:
    return math.log(value) if value > 0 else math.nan


def _half(length: float) -> float:
    """Of an error bar; none of a single seed."""
    return 0.0 if math.isnan(length) else length

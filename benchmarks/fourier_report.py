"""Tables and picture of the error of the Fourier form."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from benchmarks.fourier_bytes import FLOAT, byte_table
from keras_itra.plots import style

DIMS = (256, 1024, 4096)
CLASSES, WIDTH, ROWS = 10, 64, 320  # rows of S1 and S2 together


@dataclass(frozen=True)
class Error:
    """Relative errors of one draw of the frequencies on one mini-batch.

    Attributes:
        features: Name of the feature matrix.
        rooted: Whether each class's MMD is a root.
        dim: D.
        seed: Of the frequencies and the mini-batch.
        value: `|found - exact| / exact`.
        gradient: The same of the gradient, with Euclidean norms.
        cosine: Of the angle between the two gradients.
    """

    features: str
    rooted: bool
    dim: int
    seed: int
    value: float
    gradient: float
    cosine: float


def error_table(errors: Sequence[Error]) -> str:
    """Mean and standard deviation over the seeds, in Markdown."""
    lines = [
        "| features | MMD | D | error of the value, % "
        "| error of the gradient, % | cosine of the gradients |",
        "| --- | --- | ---: | ---: | ---: | ---: |",
    ]
    for name, rooted, dim in _groups(errors):
        group = _select(errors, name, rooted, dim)
        cells = [
            "rooted" if rooted else "squared",
            str(dim),
            _mean_and_deviation([100 * e.value for e in group], 2),
            _mean_and_deviation([100 * e.gradient for e in group], 1),
            _mean_and_deviation([e.cosine for e in group], 3),
        ]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def report(errors: Sequence[Error]) -> str:
    """Both tables with what they mean, in Markdown."""
    seeds = len({error.seed for error in errors})
    return f"""# Random Fourier features: error and bytes

Made by `make fourier`.

## Error against the exact MMD

Class-conditional MMD of {ROWS // 2} + {ROWS // 2} rows, {CLASSES} classes,
{WIDTH} features, five Gaussians around the mean squared distance of each
class. Relative error of the value and of the gradient by the features
(Euclidean norm); mean ± standard deviation over {seeds} seeds, each with its
own mini-batch and frequencies.

{error_table(errors)}

The gradient is much harder than the value: it has a direction for each row.
Its error, not that of the value, should decide on D. How training fares with
it is not measured here.

![Errors as D grows](errors.png)

## Bytes per step

What each replica sends in a step for the alignment, in float32, if the
collectives run as rings. "rows" are those of S1 and S2 on all replicas
together; labels and logits, which the compiled loss needs, cost the same in
both forms, and going back costs nothing in either.

```
gathered:  (N - 1) / N * rows * d * {FLOAT}
Fourier:   2 (N - 1) / N * (K * (D + d + 4) + 2) * {FLOAT}
```

{byte_table()}

Below 1 in the last column **the Fourier form sends more**: it pays only where
`rows * d > 2 K (D + d)`, so for many rows, wide features and few classes.
These are counts of what is exchanged, not measured times; the Fourier form has
three exchanges in a row instead of one.
"""


def plot(errors: Sequence[Error]) -> Figure:
    """Errors against D, with the slope of 1 / sqrt(D)."""
    figure = style.figure(7.0, 3.0)
    names = list(dict.fromkeys(error.features for error in errors))
    colours = style.palette(len(names))
    for axes, part in zip(
        style.grid(figure, 2, 2, sharey=True), ("value", "gradient"),
        strict=True,
    ):  # fmt: skip
        for name, colour in zip(names, colours, strict=True):
            for rooted, line in ((True, "-"), (False, "--")):
                values = [
                    [getattr(e, part) for e in _select(errors, name, rooted, d)]
                    for d in DIMS
                ]
                axes.errorbar(
                    DIMS,
                    np.mean(values, axis=1),
                    np.std(values, axis=1, ddof=1),
                    linestyle=line,
                    color=colour,
                    capsize=2,
                    label=f"{name}, {'rooted' if rooted else 'squared'}",
                )
        start = np.mean(values[0])
        axes.plot(
            DIMS,
            start * np.sqrt(DIMS[0] / np.array(DIMS)),
            ":",
            color="0.5",
            label="1 / sqrt(D)",
        )
        axes.set(xscale="log", yscale="log", title=part, xlabel="D")
        axes.set_xticks(DIMS, [str(d) for d in DIMS], minor=False)
        axes.minorticks_off()
        style.tidy(axes)
    axes.legend(fontsize=style.SMALL_FONT_SIZE, frameon=False)
    figure.axes[0].set_ylabel("relative error")
    return figure


def _groups(errors: Sequence[Error]) -> list[tuple[str, bool, int]]:
    return list(dict.fromkeys((e.features, e.rooted, e.dim) for e in errors))


def _select(
    errors: Sequence[Error], name: str, rooted: bool, dim: int
) -> list[Error]:
    chosen = (name, rooted, dim)
    return [e for e in errors if (e.features, e.rooted, e.dim) == chosen]


def _mean_and_deviation(values: Sequence[float], digits: int) -> str:
    deviation = np.std(values, ddof=1)
    return f"{np.mean(values):.{digits}f} ± {deviation:.{digits}f}"

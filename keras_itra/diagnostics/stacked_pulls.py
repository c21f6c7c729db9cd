"""Pulls between the rows of two samples: the gradient of the MMD, taken apart.

With signed weights w (`+1/n` on S1, `-1/m` on S2) and the derivative of the
kernel, `dk(x_i, x_j)/dx_i = c_ij (x_j - x_i)`,

```
- d MMD^2 / dx_i = -2 w_i sum_j w_j c_ij (x_j - x_i)
```

where j of the other sample pull (c > 0) and those of the own one push.
"""

from typing import Any, NamedTuple

from keras import ops

from keras_itra import kernels
from keras_itra.discrepancies.forms import over_group, ratio
from keras_itra.discrepancies.labels import (
    as_labels,
    of_classes,
    same_class,
    together,
)
from keras_itra.discrepancies.samples import Samples, stacked
from keras_itra.kernels.distances import (
    RESOLUTION,
    center,
    safe_sqrt,
    squared_distances,
)
from keras_itra.typing import Tensor
from keras_itra.validation import require, require_integer


class StackedPulls(NamedTuple):
    """Of the n rows of S1 and, behind them, the m rows of S2.

    Attributes:
        samples: The rows.
        weights: `(n + m, n + m)`: adaptive weights of the rows of the other
            sample.
        cross: `(n + m, d)`: pull of the other sample.
        own: `(n + m, d)`: push of the own sample.
        terms: `(n + m,)`: what the row's class adds to the alignment.
    """

    samples: Samples
    weights: Tensor
    cross: Tensor
    own: Tensor
    terms: Tensor


def stacked_pulls(
    h1: Tensor,
    h2: Tensor,
    labels_1: Tensor | None,
    labels_2: Tensor | None,
    *,
    kernel: Any,
    rooted: bool,
    num_classes: int | None,
) -> StackedPulls:
    """Pulls on all rows; arguments as of `feature_pulls`.

    Raises:
        ValueError: As `feature_pulls`.
    """
    kernel = kernels.get(kernel)
    require(
        isinstance(kernel, kernels.RadialKernel) and kernel.has_slope,
        "a radial kernel with a `slope`",
        kernel=type(kernel).__name__,
    )
    samples = stacked(h1, h2)
    dtype = samples.features.dtype
    labels = _stacked_labels(h1, h2, labels_1, labels_2)
    if labels is not None:
        samples = of_classes(samples, labels, num_classes)
    everything = together(samples.keep, dtype)
    group = (
        everything
        if labels is None
        else same_class(labels, samples.keep, dtype)
    )
    total = over_group(group)
    first, second = samples.first, 1.0 - samples.first
    sizes_1, sizes_2 = total(first), total(second)
    present = ops.logical_and(sizes_1 > 0, sizes_2 > 0)
    weights = (first - second) * ratio(
        1.0, first * sizes_1 + second * sizes_2, present
    )
    distances = squared_distances(samples.features, samples.keep)
    sigma = kernel.bandwidth(
        distances, group if kernel.per_class else everything
    )
    pairs = kernel.pairs(distances.values, sigma)
    values = group * pairs.values * pairs.value_factor
    pull = group * pairs.pull * pairs.pull_factor
    squares = total(weights * ops.matmul(values, weights))
    floor = RESOLUTION * kernel.bound(distances.unit)
    squares = ops.where(squares > floor, squares, 0.0)
    scale = 1.0 / _divisor(labels, num_classes, group, present)
    roots = safe_sqrt(squares)
    # Of the root, with derivative 0 where it is 0.
    outer = ratio(0.5, roots, roots > 0) if rooted else 1.0
    factor = -2.0 * scale * outer * weights / distances.unit
    z = center(samples.features, samples.keep) / distances.unit

    def towards(coefficients: Tensor) -> Tensor:
        sums = ops.matmul(coefficients, ops.ones_like(z[:, :1]))
        return factor * (ops.matmul(coefficients, z) - sums * z)

    signed = pull * ops.transpose(weights)
    other = ops.cast(first != ops.transpose(first), dtype)
    across = pull * other
    strength = ops.sum(across, axis=1, keepdims=True)
    return StackedPulls(
        samples,
        ratio(across, strength, strength > 0),
        towards(signed * other),
        towards(signed * (1.0 - other)),
        (scale * (roots if rooted else squares))[:, 0],
    )


def _stacked_labels(
    h1: Tensor, h2: Tensor, labels_1: Tensor | None, labels_2: Tensor | None
) -> Tensor | None:
    require(
        (labels_1 is None) == (labels_2 is None),
        "labels of both samples or of none",
        labels_1=type(labels_1).__name__,
        labels_2=type(labels_2).__name__,
    )
    if labels_1 is None or labels_2 is None:
        return None
    parts = []
    for name, rows, labels in (
        ("labels_1", h1, labels_1),
        ("labels_2", h2, labels_2),
    ):
        labels = as_labels(labels, ops.shape(rows)[0], name)
        require(
            len(labels.shape) == 1,
            f"integer `{name}` of shape (n,) or (n, 1)",
            **{f"{name}_shape": tuple(labels.shape)},
        )
        parts.append(labels)
    return ops.concatenate(parts)


def _divisor(
    labels: Tensor | None,
    num_classes: int | None,
    group: Tensor,
    present: Tensor,
) -> Any:
    """K, or the number of classes in both samples; 1 without labels."""
    if num_classes is not None:
        require_integer("num_classes", num_classes, minimum=1)
        require(labels is not None, "labels with `num_classes`", labels=None)
        return ops.cast(num_classes, group.dtype)
    members = ops.sum(group, axis=1, keepdims=True)
    return ops.maximum(ops.sum(ratio(1.0, members, present)), 1.0)

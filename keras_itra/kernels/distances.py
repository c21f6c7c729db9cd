"""Squared Euclidean distances that stay finite in float32."""

from typing import NamedTuple

from keras import ops

from keras_itra.indexing import indices
from keras_itra.typing import Tensor

#: A sum in float32 below this share of its largest term is rounding error: a
#: squared distance in Gram form against the squared norms, for instance.
RESOLUTION = 4 * 1.1920929e-07


class SquaredDistances(NamedTuple):
    """Pairwise squared distances in units of `unit**2`.

    Attributes:
        values: `(n, n)`, symmetric, zero on the diagonal; or `(blocks, e)`,
            see `keras_itra.kernels.Bandwidth.of_blocks`.
        unit: scalar; distances in the space of the features are
            `sqrt(values) * unit`.
    """

    values: Tensor
    unit: Tensor


def center(features: Tensor, keep: Tensor) -> Tensor:
    """Subtract the (detached) mean of the kept rows; zero the others.

    Distances do not change, but the Gram form of a distance loses all its
    digits when the mean is large against the spread.

    Args:
        features: `(n, d)`.
        keep: boolean `(n,)`; rows to leave out are `False`.

    Returns:
        `(n, d)`, in float32 at least.
    """
    features = ops.where(keep[:, None], features, 0.0)
    count = ops.maximum(ops.sum(ops.cast(keep, features.dtype)), 1.0)
    # Dividing first keeps the sum of huge features finite.
    mean = ops.sum(features / count, axis=0, keepdims=True)
    centered = features - ops.stop_gradient(mean)
    return ops.where(keep[:, None], centered, 0.0)


def squared_distances(features: Tensor, keep: Tensor) -> SquaredDistances:
    """Pairwise squared distances between the rows of `features`.

    The rows are centred and divided by their largest absolute entry (both
    detached), so that neither an offset nor a tiny or huge scale costs
    digits. Distances below the resolution of float32 are exactly zero, and
    so is their gradient.

    Args:
        features: `(n, d)`.
        keep: boolean `(n,)`; rows that are `False` are treated as zeros.

    Returns:
        The distances and the unit they are measured in.
    """
    centered = center(features, keep)
    largest = ops.stop_gradient(ops.max(ops.abs(centered)))
    unit = ops.where(largest > 0, largest, ops.ones_like(largest))
    scaled = centered / unit
    return SquaredDistances(distances_within(scaled), unit)


def distances_between(x: Tensor, y: Tensor) -> Tensor:
    """Squared distances between rows that are centred and scaled already.

    Args:
        x: `(..., n, d)`.
        y: `(..., m, d)`.

    Returns:
        `(..., n, m)`; 0 below the resolution of float32. Between a row and
        itself it may miss 0 by a few times as much.
    """
    doubled = -2.0 * x
    # Of `doubled`, for a gradient that adds two terms and no more.
    x_norms = 0.25 * ops.sum(ops.square(doubled), axis=-1)
    y_norms = x_norms if y is x else ops.sum(ops.square(y), axis=-1)
    x_norms = x_norms[..., :, None]
    values = ops.matmul(doubled, ops.swapaxes(y, -1, -2))
    values = values + x_norms + y_norms[..., None, :]
    # Of rows that are as close as that, the norms are equal.
    distinct = values > 2.0 * RESOLUTION * x_norms
    # A product takes half the time of a choice.
    return values * ops.cast(distinct, values.dtype)


def distances_within(x: Tensor) -> Tensor:
    """Squared distances between all rows `(..., n, d)`: `(..., n, n)`."""
    index = indices(ops.shape(x)[-2])
    others = ops.cast(index[:, None] != index[None, :], x.dtype)
    return others * distances_between(x, x)


def safe_sqrt(x: Tensor) -> Tensor:
    """Square root with value and gradient 0 wherever `x <= 0`."""
    none = x <= 0
    return ops.where(none, 0.0, ops.sqrt(ops.where(none, 1.0, x)))


def safe_rsqrt(x: Tensor) -> Tensor:
    """One over the square root, 0 wherever `x <= 0`."""
    positive = x > 0
    return ops.where(positive, ops.rsqrt(ops.where(positive, x, 1.0)), 0.0)

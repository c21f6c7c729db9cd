"""Cosines between the rows of a mini-batch, and which pairs share a class."""

from typing import NamedTuple

from keras import ops

from keras_itra.discrepancies.label_kernels import label_kernel_matrix
from keras_itra.discrepancies.labels import as_labels, together
from keras_itra.discrepancies.samples import Samples
from keras_itra.typing import Tensor

# Entries below are no direction: float32 on some devices has no smaller ones
# whose inverse is finite.
_SMALLEST = 1e-30


class Pairs(NamedTuple):
    """All pairs of two different rows that take part.

    Attributes:
        cosines: `(n, n)`; 0 for a row that is 0.
        others: `(n, n)` of 0 and 1: row and column differ and take part.
        same: `(n, n)` in [0, 1]: the share of a pair that is of one class;
            0 outside of `others`.
        weights: `(n,)`: the sample weights.
    """

    cosines: Tensor
    others: Tensor
    same: Tensor
    weights: Tensor


def pairs_of(
    labels: Tensor, features: Tensor, sample_weight: Tensor | None
) -> Pairs:
    """Compare all rows of a mini-batch.

    Args:
        labels: `(n,)`, `(n, 1)` or `(n, num_classes)`. Rows of soft labels
            share a class to the extent of their inner product.
        features: `(n, ...)`.
        sample_weight: `(n,)` or `(n, 1)`, >= 0; rows of 0 take no part.

    Returns:
        Cosines and masks.
    """
    samples = Samples.of_one(features, sample_weight)
    keep, dtype = samples.keep, samples.features.dtype
    labels = as_labels(labels, samples.features.shape[0])
    rows = ops.arange(ops.shape(samples.features)[0], dtype="int32")
    distinct = ops.cast(rows[:, None] != rows[None, :], dtype)
    others = together(keep, dtype) * distinct
    same = ops.cast(label_kernel_matrix(labels, keep), dtype) * others
    unit = directions(ops.where(keep[:, None], samples.features, 0.0))
    cosines = ops.matmul(unit, ops.transpose(unit))
    return Pairs(cosines, others, same, samples.weights[:, 0])


def directions(features: Tensor) -> Tensor:
    """Rows divided by their lengths; a row of zeros stays, with gradient 0.

    Args:
        features: `(n, d)` of any scale: no square overflows.

    Returns:
        `(n, d)`.
    """
    # A factor of its own for each row changes no direction, and no gradient.
    largest = ops.max(ops.abs(features), axis=1, keepdims=True)
    points = largest > _SMALLEST
    largest = ops.stop_gradient(ops.where(points, largest, 1.0))
    features = ops.where(points, features / largest, 0.0)
    squares = ops.sum(ops.square(features), axis=1, keepdims=True)
    # Two `where`s: the root has no finite derivative at 0.
    return features * ops.rsqrt(ops.where(points, squares, 1.0))

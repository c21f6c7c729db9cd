"""Rows and their numbers."""

from typing import Any

from keras import backend, ops

from keras_itra.typing import Tensor


def rows_at(tensor: Tensor, index: Tensor) -> Tensor:
    """`ops.take(tensor, index, axis=0)` for indices that are not negative.

    Under TensorFlow `ops.take` looks for negative ones, which takes longer
    than a small discrepancy has time for.

    Args:
        tensor: `(n, ...)`.
        index: Integers from 0 to n - 1, of any shape.

    Returns:
        `(*index.shape, ...)`.
    """
    if backend.backend() == "tensorflow":
        import tensorflow as tf

        return tf.gather(tensor, index)
    return ops.take(tensor, index, axis=0)


def indices(count: Any) -> Tensor:
    """`(count,)`: 0, 1, 2, ... as int32.

    The default dtype of `ops.arange` goes with `floatx`: int16 where that is
    float16, too small for the pairs of a mini-batch.
    """
    return ops.arange(count, dtype="int32")


def slice_rows(tensor: Tensor, start: Tensor, count: int) -> Tensor:
    """`tensor[start : start + count]`, of rows that are all there."""
    rest = tuple(tensor.shape[1:])
    begin = ops.stack([start, *[ops.zeros_like(start)] * len(rest)])
    return ops.slice(tensor, begin, (count, *rest))

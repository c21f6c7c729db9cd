"""What the streaming metrics share: dtypes, names, and what Keras passes."""

from __future__ import annotations

import re
from typing import Any

import keras
from keras import backend, ops

from keras_itra.typing import Tensor
from keras_itra.validation import require


def wide_dtype(dtype: Any) -> str:
    """Name of `dtype` or of Keras's default, float32 at least."""
    policy = keras.dtype_policies.get(dtype or backend.floatx())
    return backend.result_type(policy.compute_dtype, "float32")


def snake_case(name: str) -> str:
    """The default name of a metric, from that of its class."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def or_one(count: Tensor) -> Tensor:
    """The count as a divisor of what is 0 wherever the count is."""
    count = ops.convert_to_tensor(count)
    return ops.where(count > 0, count, 1.0)


def batch_rows(
    y_true: Tensor,
    y_pred: Tensor,
    sample_weight: Tensor | None,
    num_classes: int,
    dtype: str,
) -> tuple[Tensor, Tensor, Tensor]:
    """Labels, rows and weights of a mini-batch.

    Args:
        y_true: Integers `(n,)` or `(n, 1)`, or one-hot `(n, K)`.
        y_pred: `(n, columns)`.
        sample_weight: A number, `(n,)`, `(n, 1)` or None.
        num_classes: K.
        dtype: Of the rows and weights.

    Returns:
        `(n,)` from 0 to K - 1, `(n, columns)` and `(n,)`. The weight is 0
        where the label was not of the K classes.
    """
    rows = ops.cast(y_pred, dtype)
    count = ops.shape(rows)[0]
    labels = _class_indices(y_true, num_classes)
    known = ops.logical_and(labels >= 0, labels < num_classes)
    weights = ops.ones((count,), dtype)
    if sample_weight is not None:
        given = ops.reshape(ops.cast(sample_weight, dtype), (-1,))
        weights = ops.broadcast_to(given, (count,))
    return (
        ops.where(known, labels, 0),
        rows,
        ops.where(known, weights, 0.0),
    )


def _class_indices(y_true: Tensor, num_classes: int) -> Tensor:
    y_true = ops.convert_to_tensor(y_true)
    shape = tuple(y_true.shape)
    require(
        len(shape) == 1 or (len(shape) == 2 and shape[1] in (1, num_classes)),
        f"labels of shape (n,), (n, 1) or one-hot (n, {num_classes})",
        shape=shape,
    )
    if len(shape) == 2:
        if shape[1] > 1:
            return ops.cast(ops.argmax(y_true, axis=1), "int32")
        y_true = y_true[:, 0]
    return ops.cast(y_true, "int32")

"""Labels as the discrepancies use them."""

from typing import Any

from keras import backend, ops

from keras_itra.discrepancies.samples import Samples
from keras_itra.typing import Tensor
from keras_itra.validation import require


def as_labels(labels: Tensor, rows: int | None, name: str = "labels") -> Tensor:
    """Bring labels to integers `(n,)` or to a dense matrix `(n, K)`.

    Args:
        labels: Integers `(n,)` or `(n, 1)`, or one-hot or soft `(n, K)`.
        rows: Number of rows that the labels belong to, if known.
        name: Name of the argument, for the error message.

    Raises:
        ValueError: If the shape is none of these.
    """
    labels = ops.convert_to_tensor(labels)
    require(
        len(labels.shape) in (1, 2)
        and (None in (rows, labels.shape[0]) or labels.shape[0] == rows),
        f"`{name}` of shape (n,), (n, 1) or (n, num_classes), "
        "one row per sample",
        samples=rows,
        **{f"{name}_shape": tuple(labels.shape)},
    )
    if len(labels.shape) == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    if len(labels.shape) == 1:
        if backend.is_float_dtype(labels.dtype):
            labels = ops.round(labels)
        return ops.cast(labels, "int32")
    return ops.cast(labels, "float32")


def is_dense(labels: Tensor) -> bool:
    """Whether labels are a matrix of class shares (one-hot or soft)."""
    return len(labels.shape) == 2


def one_hot(labels: Tensor, num_classes: Any, dtype: Any) -> Tensor:
    """`(n, num_classes)`; zeros for a label outside of the classes.

    `ops.one_hot` fails for such labels under PyTorch.
    """
    labels = ops.convert_to_tensor(labels)
    classes = ops.arange(num_classes, dtype=labels.dtype)
    return ops.cast(labels[:, None] == classes[None, :], dtype)


def one_hot_rows(labels: Tensor) -> Tensor:
    """Boolean `(n,)`: rows of a single 1 and zeros."""
    zeros_and_ones = ops.all(ops.logical_or(labels == 0, labels == 1), axis=1)
    return ops.logical_and(zeros_and_ones, ops.sum(labels, axis=1) == 1)


def of_classes(
    samples: Samples, labels: Tensor, num_classes: int | None
) -> Samples:
    """The samples, with weight 0 for rows whose label is no class.

    Args:
        samples: The rows.
        labels: From `as_labels`; dense ones are always classes.
        num_classes: None: every integer is a class.
    """
    if is_dense(labels) or num_classes is None:
        return samples
    is_class = ops.logical_and(labels >= 0, labels < num_classes)
    weights = ops.where(is_class[:, None], samples.weights, 0.0)
    return samples._replace(weights=weights)


def is_one_hot(labels: Tensor, keep: Tensor) -> Tensor:
    """Boolean scalar: every kept row has a single 1 and zeros."""
    return ops.all(ops.logical_or(one_hot_rows(labels), ops.logical_not(keep)))


def same_class(labels: Tensor, keep: Tensor, dtype: str) -> Tensor:
    """`(n, n)` of 0 and 1: kept rows of equal integer label."""
    same = labels[:, None] == labels[None, :]
    return ops.cast(same, dtype) * together(keep, dtype)


def together(keep: Tensor, dtype: str) -> Tensor:
    """`(n, n)` of 0 and 1: pairs of kept rows."""
    kept = ops.cast(keep, dtype)
    return kept[:, None] * kept[None, :]

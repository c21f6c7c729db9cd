"""The class of every row, for pairing rows of one class."""

from typing import Any

import numpy as np

from keras_itra.validation import require


def class_ids(
    labels: Any,
    hint: str = "use `sampling='random'` for targets that are not classes",
) -> np.ndarray:
    """Read the class of every row from labels as Keras users write them.

    Args:
        labels: Integers (or whole floats) `(n,)` or `(n, 1)`; one-hot or
            soft labels `(n, K)`, whose class is the largest entry.
        hint: What errors say to do about targets that are not classes.

    Returns:
        `(n,)` integers.

    Raises:
        ValueError: If the labels are not classes: names, of another shape,
            missing, continuous, or rows that do not sum to 1.
    """
    labels = np.asarray(labels)
    require_numbers(labels)
    require(
        labels.ndim in (1, 2),
        f"labels of shape (n,), (n, 1) or (n, num_classes); {hint}",
        labels_shape=labels.shape,
    )
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    if labels.ndim == 2:
        off = np.abs(labels.sum(axis=1, dtype=np.float64) - 1.0)
        require(
            bool(np.all(off < 1e-3)),
            f"rows of one-hot or soft labels to sum to 1; {hint}",
            labels_shape=labels.shape,
            largest_deviation=float(off.max(initial=0.0)),
        )
        return np.argmax(labels, axis=1)
    whole = np.isfinite(labels) & (labels == np.round(labels))
    require(
        bool(np.all(whole)),
        f"whole numbers as class labels; {hint}",
        first_other=None if whole.all() else labels[~whole][0].item(),
    )
    return labels.astype(np.int64)


def require_numbers(labels: np.ndarray) -> None:
    """Refuse names of classes, and whatever else is no number.

    Raises:
        ValueError: If the labels are not of a numeric dtype.
    """
    require(
        labels.dtype.kind in "biu" or "float" in labels.dtype.name,
        "numbers as class labels; turn names into integers, for instance by "
        "`numpy.unique(labels, return_inverse=True)`",
        labels_dtype=str(labels.dtype),
    )

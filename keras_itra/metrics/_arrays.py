"""Checks of the arrays that the measures take, and the softmax."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from keras_itra.validation import require

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


def checked_logits(
    logits: ArrayLike, labels: ArrayLike
) -> tuple[Floats, Integers]:
    """Returns `(n, K)` float64 logits and `(n,)` labels in `0..K-1`."""
    rows = checked_logit_rows(logits)
    classes = checked_labels("labels", labels, "logits", len(rows))
    require(
        classes.max() < rows.shape[1],
        f"`labels` below the number of classes, {rows.shape[1]}",
        largest=int(classes.max()),
    )
    return rows, classes


def checked_logit_rows(logits: ArrayLike) -> Floats:
    """Returns `(n, K)` float64 logits of two classes or more."""
    rows = checked_rows("logits", logits)
    require(
        rows.shape[1] > 1,
        "`logits` of two classes or more (a sigmoid output z stands for the "
        "two logits (0, z))",
        shape=rows.shape,
    )
    return rows


def checked_features(
    features: ArrayLike, labels: ArrayLike, of: str = "{}"
) -> tuple[Floats, Integers]:
    """Returns `(n, d)` float64 features and `(n,)` labels from 0 on.

    `of` makes the names of both in errors, for example `"train_{}"`.
    """
    name = of.format("features")
    rows = checked_rows(name, features)
    return rows, checked_labels(of.format("labels"), labels, name, len(rows))


def checked_rows(name: str, values: ArrayLike) -> Floats:
    """Returns finite float64 rows of shape `(n, columns)`."""
    rows = np.asarray(values, dtype=np.float64)
    require(
        rows.ndim == 2 and rows.size > 0,
        f"`{name}` of shape (n, columns), not empty",
        shape=rows.shape,
    )
    bad = int(np.count_nonzero(~np.isfinite(rows)))
    require(bad == 0, f"`{name}` to be finite", nan_or_infinite=bad)
    return rows


def checked_labels(
    name: str, labels: ArrayLike, rows_name: str, rows: int
) -> Integers:
    """Returns `(rows,)` labels from 0 on, one for each row of `rows_name`."""
    classes = np.asarray(labels)
    require(
        classes.shape == (rows,),
        f"`{name}` of shape ({rows},), a class index per row of `{rows_name}`",
        shape=classes.shape,
    )
    require(
        np.issubdtype(classes.dtype, np.integer),
        f"`{name}` to be integers",
        dtype=classes.dtype.name,
    )
    require(
        classes.min() >= 0,
        f"`{name}` of 0 or more",
        smallest=int(classes.min()),
    )
    return classes.astype(np.int64)


def require_same_width(
    name: str, rows: Floats, other_name: str, other: Floats
) -> None:
    """Raises unless both have the same number of columns."""
    require(
        rows.shape[1] == other.shape[1],
        f"`{name}` with the {other.shape[1]} columns of `{other_name}`",
        columns=rows.shape[1],
    )


def log_softmax(logits: Floats) -> Floats:
    """Returns the logarithms of the class probabilities, row by row."""
    shifted = logits - logits.max(axis=1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))


def class_means(features: Floats, labels: Integers) -> tuple[Floats, Integers]:
    """Returns the mean of each class that has rows, and these classes."""
    classes, index, counts = np.unique(
        labels, return_inverse=True, return_counts=True
    )
    # Differences to the first row: exact for constant features.
    sums = np.zeros((len(classes), features.shape[1]))
    np.add.at(sums, index, features - features[0])
    return features[0] + sums / counts[:, None], classes

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
    rows, classes = _checked("logits", logits, labels)
    require(
        rows.shape[1] > 1,
        "`logits` of two classes or more (a sigmoid output z stands for the "
        "two logits (0, z))",
        shape=rows.shape,
    )
    require(
        classes.max() < rows.shape[1],
        f"`labels` below the number of classes, {rows.shape[1]}",
        largest=int(classes.max()),
    )
    return rows, classes


def checked_features(
    features: ArrayLike, labels: ArrayLike
) -> tuple[Floats, Integers]:
    """Returns `(n, d)` float64 features and `(n,)` labels from 0 on."""
    return _checked("features", features, labels)


def log_softmax(logits: Floats) -> Floats:
    """Returns the logarithms of the class probabilities, row by row."""
    shifted = logits - logits.max(axis=1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))


def _checked(
    name: str, values: ArrayLike, labels: ArrayLike
) -> tuple[Floats, Integers]:
    rows = np.asarray(values, dtype=np.float64)
    classes = np.asarray(labels)
    require(
        rows.ndim == 2 and rows.size > 0,
        f"`{name}` of shape (n, columns), not empty",
        shape=rows.shape,
    )
    require(
        classes.shape == rows.shape[:1],
        f"`labels` of shape ({len(rows)},), a class index per row of `{name}`",
        shape=classes.shape,
    )
    require(
        np.issubdtype(classes.dtype, np.integer),
        "`labels` to be integers",
        dtype=classes.dtype.name,
    )
    require(
        classes.min() >= 0,
        "`labels` of 0 or more",
        smallest=int(classes.min()),
    )
    bad = int(np.count_nonzero(~np.isfinite(rows)))
    require(bad == 0, f"`{name}` to be finite", nan_or_infinite=bad)
    return rows, classes.astype(np.int64)

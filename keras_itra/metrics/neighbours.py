"""Measures of the nearest neighbours of a row."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike

from keras_itra._optional import require_module
from keras_itra.metrics._arrays import (
    Floats,
    Integers,
    checked_features,
    checked_labels,
    checked_rows,
    require_same_width,
)
from keras_itra.metrics._distances import distance_blocks
from keras_itra.validation import require, require_integer

# Distances closer than this are equal: what float32 cannot tell apart.
_TIE = 1e-7


def nearest_neighbour_purity(
    features: ArrayLike,
    modes: ArrayLike,
    *,
    k: int = 10,
    labels: ArrayLike | None = None,
) -> float:
    """Returns the share of the k nearest neighbours that have a row's mode.

    Where classes were merged, the modes of the new class are the old classes.
    Given `labels`, the new classes, only rows of the same class are
    neighbours: the value says whether the modes inside a class stay apart.

    ```
    purity = mean_i #{j in N_k(i): mode_j = mode_i} / k
    ```

    Neighbours are other rows, by Euclidean distance. Rows that are equally
    far share the places left in N_k, so that the order of the rows does not
    matter. A row with fewer than k possible neighbours takes them all; the
    value for `k=len(features)` is therefore that of neighbours picked by
    chance, the one to compare with.

    Args:
        features: Shape `(n, d)`.
        modes: Integer modes of shape `(n,)`.
        k: Number of neighbours. Defaults to 10.
        labels: Integer classes of shape `(n,)`, or None (default): every
            other row may be a neighbour. Rows that are alone in their class
            do not count.

    Returns:
        The purity, between 0 and 1. If all rows coincide, the value by
        chance.

    Raises:
        ValueError: If shapes disagree, a feature is not finite, `k` is below
            1, or no row has a neighbour.

    Example:

    ```python
    from keras_itra.metrics import nearest_neighbour_purity

    features, modes = [[0.0], [0.1], [5.0], [5.1]], [0, 0, 1, 1]
    assert nearest_neighbour_purity(features, modes, k=1) == 1.0
    ```
    """
    require_integer("k", k, minimum=1)
    rows = checked_rows("features", features)
    modes = checked_labels("modes", modes, "features", len(rows))
    if labels is None:
        groups = np.zeros(len(rows), dtype=np.int64)
    else:
        groups = checked_labels("labels", labels, "features", len(rows))
    found = [
        purity
        for group in np.unique(groups)
        for purity in _purities(
            rows[groups == group], modes[groups == group], k
        )
    ]
    require(
        len(found) > 0,
        "two rows or more"
        if labels is None
        else "two rows or more in some class of `labels`",
        rows=len(rows),
    )
    return float(np.concatenate(found).mean())


def nearest_neighbour_accuracy(
    features: ArrayLike,
    labels: ArrayLike,
    train_features: ArrayLike,
    train_labels: ArrayLike,
    *,
    k: int = 5,
) -> float:
    """Returns how often the k nearest training rows vote for a row's class.

    Computed by scikit-learn, with Euclidean distances and equal votes.

    Args:
        features: Rows to classify, shape `(n, d)`.
        labels: Their integer classes, shape `(n,)`.
        train_features: Rows that vote, shape `(m, d)`; all of them do if
            there are fewer than k. Rows of `features` among them vote for
            themselves.
        train_labels: Their integer classes, shape `(m,)`.
        k: Number of neighbours. Defaults to 5.

    Returns:
        A fraction between 0 and 1. Of classes with as many votes the lowest
        counts.

    Raises:
        ImportError: If scikit-learn is not installed.
        ValueError: If shapes disagree, a feature is not finite, or `k` is
            below 1.

    Example:

    ```python
    from keras_itra.metrics import nearest_neighbour_accuracy

    train = [[0.0], [2.0], [10.0]], [0, 0, 1]
    assert nearest_neighbour_accuracy([[7.0]], [1], *train, k=1) == 1.0
    ```
    """
    sklearn_neighbors = require_module("sklearn.neighbors", "experiments")
    require_integer("k", k, minimum=1)
    rows, labels = checked_features(features, labels)
    train, of_train = checked_features(train_features, train_labels, "train_{}")
    require_same_width("features", rows, "train_features", train)
    # scikit-learn finds distances by products, which an offset would round.
    center = np.median(train, axis=0)
    voting = sklearn_neighbors.KNeighborsClassifier(min(k, len(train)))
    voting.fit(train - center, of_train)
    return float(voting.score(rows - center, labels))


def _purities(rows: Floats, modes: Integers, k: int) -> Iterator[Floats]:
    """The purity of each row, a block of rows at a time."""
    k = min(k, len(rows) - 1)
    if k == 0:
        return
    for block, distances in distance_blocks(rows, rows):
        own = np.arange(len(distances))
        distances[own, own + block.start] = np.inf
        farthest = np.partition(distances, k - 1, axis=1)[:, k - 1, None]
        nearer = distances < (1 - _TIE) * farthest
        tied = ~nearer & (distances <= (1 + _TIE) * farthest)
        same = modes[block, None] == modes
        places = k - nearer.sum(axis=1)
        share = (tied & same).sum(axis=1) / tied.sum(axis=1)
        yield ((nearer & same).sum(axis=1) + places * share) / k

"""Distances between the rows of two mini-batches (the paper's Fig. 1)."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from keras_itra.metrics._arrays import checked_features, require_same_width
from keras_itra.metrics._distances import distance_blocks
from keras_itra.validation import require


def same_class_distance(
    features_1: ArrayLike,
    labels_1: ArrayLike,
    features_2: ArrayLike,
    labels_2: ArrayLike,
) -> float:
    """Returns the mean distance of rows of one class from two mini-batches.

    ```
    mean of ||h_i - h'_j|| over all pairs (i, j) with y_i = y'_j
    ```

    It shrinks if the features do, with nothing gained: to compare methods or
    stages of training, take `relative_same_class_distance`.

    Args:
        features_1: Features of S1, shape `(n, d)`.
        labels_1: Their integer classes, shape `(n,)`.
        features_2: Features of S2, shape `(m, d)`. A row that is also in S1
            adds pairs at distance 0.
        labels_2: Their integer classes, shape `(m,)`.

    Returns:
        The mean Euclidean distance, in feature units; 0 if each class is one
        point.

    Raises:
        ValueError: If shapes disagree, a feature is not finite, or no class
            is in both mini-batches.

    Example:

    ```python
    from keras_itra.metrics import same_class_distance

    s1, s2 = ([[0.0], [9.0]], [0, 1]), ([[1.0], [6.0]], [0, 1])
    assert same_class_distance(*s1, *s2) == 2.0
    ```

    Reference:
        Li et al., "Learning Compact Features via In-Training Representation
        Alignment", AAAI 2023, Fig. 1.
    """
    return _mean_distances(features_1, labels_1, features_2, labels_2)[0]


def relative_same_class_distance(
    features_1: ArrayLike,
    labels_1: ArrayLike,
    features_2: ArrayLike,
    labels_2: ArrayLike,
) -> float:
    """Returns the same-class over the different-class distance.

    ```
    mean over y_i = y'_j of ||h_i - h'_j||
    --------------------------------------
    mean over y_i != y'_j of ||h_i - h'_j||
    ```

    The ratio does not depend on the scale, the position or a rotation of the
    features, so that networks and stages of training can be compared. It is
    about 1 for features that know nothing of the classes, and near 0 for
    compact ones.

    Args:
        features_1: Features of S1, shape `(n, d)`.
        labels_1: Their integer classes, shape `(n,)`.
        features_2: Features of S2, shape `(m, d)`.
        labels_2: Their integer classes, shape `(m,)`.

    Returns:
        The ratio, 0 or more; infinity if there is one class only, or rows of
        different classes coincide.

    Raises:
        ValueError: If shapes disagree, a feature is not finite, or no class
            is in both mini-batches.

    Example:

    ```python
    from keras_itra.metrics import relative_same_class_distance

    s1, s2 = ([[0.0], [9.0]], [0, 1]), ([[1.0], [6.0]], [0, 1])
    assert relative_same_class_distance(*s1, *s2) == 2.0 / 7.0
    ```
    """
    same, different = _mean_distances(
        features_1, labels_1, features_2, labels_2
    )
    return same / different if different > 0 else math.inf


def _mean_distances(
    features_1: ArrayLike,
    labels_1: ArrayLike,
    features_2: ArrayLike,
    labels_2: ArrayLike,
) -> tuple[float, float]:
    """Means over the pairs of the same and of different classes, or 0."""
    x, of_x = checked_features(features_1, labels_1, of="{}_1")
    y, of_y = checked_features(features_2, labels_2, of="{}_2")
    require_same_width("features_1", x, "features_2", y)
    common = np.intersect1d(of_x, of_y)
    require(
        len(common) > 0,
        "a class that is in both mini-batches",
        labels_1=np.unique(of_x).tolist(),
        labels_2=np.unique(of_y).tolist(),
    )
    counts, totals = np.zeros(2), np.zeros(2)
    for block, distances in distance_blocks(x, y):
        same = of_x[block, None] == of_y
        for i, pairs in enumerate((same, ~same)):
            counts[i] += pairs.sum()
            totals[i] += distances[pairs].sum()
    same_class, different_class = totals / np.maximum(counts, 1)
    return float(same_class), float(different_class)

"""Distances to the nearest class mean, as scores of familiar rows.

Large (near 0) for rows that look like training data; see
`keras_itra.metrics.auroc`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from keras_itra.metrics._arrays import (
    Floats,
    Integers,
    checked_features,
    checked_rows,
    class_means,
    require_same_width,
)
from keras_itra.metrics._distances import distance_blocks

# Variation below this share of the whole is rounding: features are float32.
_ROUNDING = 1e-7


def class_mean_distance(
    features: ArrayLike, train_features: ArrayLike, train_labels: ArrayLike
) -> Floats:
    """Returns minus the Euclidean distance to the nearest class mean.

    Args:
        features: Rows to score, shape `(n, d)`.
        train_features: Rows that make the means, shape `(m, d)`.
        train_labels: Their integer classes, shape `(m,)`.

    Returns:
        Scores of shape `(n,)`, in feature units; 0 at a class mean.

    Raises:
        ValueError: If shapes disagree or a feature is not finite.

    Example:

    ```python
    from keras_itra.metrics import class_mean_distance

    train = [[0.0], [2.0], [10.0]], [0, 0, 1]
    assert class_mean_distance([[4.0], [13.0]], *train).tolist() == [-3, -3]
    ```
    """
    rows, train, labels = _checked_with_training(
        features, train_features, train_labels
    )
    means, _ = class_means(train, labels)
    return -_nearest(rows, means)


def mahalanobis_distance(
    features: ArrayLike, train_features: ArrayLike, train_labels: ArrayLike
) -> Floats:
    """Returns minus the Mahalanobis distance to the nearest class mean.

    ```
    score_i = -min_k sqrt( (h_i - mean_k)^T pinv(Sigma_W) (h_i - mean_k) )
    ```

    Sigma_W is the within-class covariance of the training rows, shared by the
    classes. Directions in which these rows do not vary within their classes
    do not count (pseudo-inverse).

    Args:
        features: Rows to score, shape `(n, d)`.
        train_features: Rows that make the means and the covariance, shape
            `(m, d)`.
        train_labels: Their integer classes, shape `(m,)`.

    Returns:
        Scores of shape `(n,)`, without a unit; all 0 if each class of the
        training rows is one point.

    Raises:
        ValueError: If shapes disagree or a feature is not finite.

    Example:

    ```python
    from keras_itra.metrics import mahalanobis_distance

    train = [[0.0], [4.0], [10.0], [14.0]], [0, 0, 1, 1]
    assert abs(mahalanobis_distance([[5.0]], *train)[0] + 1.5) < 1e-9
    ```

    Reference:
        Lee et al., "A Simple Unified Framework for Detecting
        Out-of-Distribution Samples and Adversarial Attacks", NeurIPS 2018.
    """
    rows, train, labels = _checked_with_training(
        features, train_features, train_labels
    )
    means, classes = class_means(train, labels)
    residuals = train - means[np.searchsorted(classes, labels)]
    # pinv(Sigma_W) = W W^T from the singular values of the residuals.
    _, sizes, directions = np.linalg.svd(residuals, full_matrices=False)
    varying = sizes > _ROUNDING * np.linalg.norm(train - train.mean(axis=0))
    whiten = np.sqrt(len(train)) * directions[varying].T / sizes[varying]
    return -_nearest(rows @ whiten, means @ whiten)


def _nearest(rows: Floats, means: Floats) -> Floats:
    blocks = (block for _, block in distance_blocks(rows, means))
    return np.concatenate([block.min(axis=1) for block in blocks])


def _checked_with_training(
    features: ArrayLike, train_features: ArrayLike, train_labels: ArrayLike
) -> tuple[Floats, Floats, Integers]:
    rows = checked_rows("features", features)
    train, labels = checked_features(train_features, train_labels, "train_{}")
    require_same_width("features", rows, "train_features", train)
    return rows, train, labels

"""Compactness of features: scatter within and between the classes."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from keras_itra.metrics._arrays import Floats, Integers, checked_features

# Below this share of the whole, scatter between classes is rounding error.
_ROUNDING = 1e-24


def within_class_scatter(features: ArrayLike, labels: ArrayLike) -> float:
    """Returns the mean squared distance of a row to its class mean.

    ```
    tr(Sigma_W) = (1/n) * sum_i ||h_i - mean_{y_i}||^2
    ```

    Args:
        features: Shape `(n, d)`.
        labels: Integer classes of shape `(n,)`; unused classes are ignored.

    Returns:
        The trace of the within-class covariance, in squared feature units;
        0 if each class is one point.

    Raises:
        ValueError: If shapes disagree or a feature is not finite.

    Example:

    ```python
    from keras_itra.metrics import within_class_scatter

    features = [[0.0], [2.0], [10.0], [12.0]]
    assert within_class_scatter(features, [0, 0, 1, 1]) == 1.0
    ```
    """
    return _scatters(*checked_features(features, labels))[0]


def between_class_scatter(features: ArrayLike, labels: ArrayLike) -> float:
    """Returns the mean squared distance of a row's class mean to the mean.

    ```
    tr(Sigma_B) = (1/n) * sum_k n_k * ||mean_k - mean||^2
    ```

    Within-class and between-class scatter add up to the total variance.

    Args:
        features: Shape `(n, d)`.
        labels: Integer classes of shape `(n,)`; unused classes are ignored.

    Returns:
        The trace of the between-class covariance, in squared feature units;
        0 if there is one class only.

    Raises:
        ValueError: If shapes disagree or a feature is not finite.

    Example:

    ```python
    from keras_itra.metrics import between_class_scatter

    features = [[0.0], [2.0], [10.0], [12.0]]
    assert between_class_scatter(features, [0, 0, 1, 1]) == 25.0
    ```
    """
    return _scatters(*checked_features(features, labels))[1]


def scatter(features: ArrayLike, labels: ArrayLike) -> float:
    """Returns within-class over between-class scatter: small is compact.

    ```
    scatter = tr(Sigma_W) / tr(Sigma_B)
    ```

    The ratio does not depend on the scale, the position or a rotation of the
    features. It is the inverse of Fisher's criterion in its trace form.

    Args:
        features: Shape `(n, d)`, usually the test features.
        labels: Integer classes of shape `(n,)`.

    Returns:
        The ratio, 0 or more; infinity if the class means coincide (one class,
        or constant features).

    Raises:
        ValueError: If shapes disagree or a feature is not finite.

    Example:

    ```python
    from keras_itra.metrics import scatter

    features = [[0.0], [2.0], [10.0], [12.0]]
    assert scatter(features, [0, 0, 1, 1]) == 0.04
    ```

    Reference:
        Fukunaga, "Introduction to Statistical Pattern Recognition", 1990,
        chapter 10 (the criterion J4).
    """
    within, between = _scatters(*checked_features(features, labels))
    return within / between if between > 0 else math.inf


def _scatters(features: Floats, labels: Integers) -> tuple[float, float]:
    # Differences to the first row: exact zeros for constant features.
    offsets = features - features[0]
    classes, index, counts = np.unique(
        labels, return_inverse=True, return_counts=True
    )
    sums = np.zeros((len(classes), features.shape[1]))
    np.add.at(sums, index, offsets)
    means = sums / counts[:, None]
    within = float(np.square(offsets - means[index]).sum()) / len(labels)
    spread = np.square(means - offsets.mean(axis=0)).sum(axis=1)
    between = float(counts @ spread) / len(labels)
    return within, between if between > _ROUNDING * within else 0.0

"""Angles between the class means, as seen from their centre."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from keras_itra.metrics._arrays import Floats, checked_features, class_means
from keras_itra.validation import require


def class_mean_angles(features: ArrayLike, labels: ArrayLike) -> Floats:
    """Returns the angles between the class means, seen from their centre.

    ```
    angle_kl = arccos( <m_k, m_l> / (||m_k|| ||m_l||) )
    m_k = mean_k - mean over classes
    ```

    In a simplex all are arccos(-1/(K-1)): 180 degrees for two classes, 96.4
    for ten.

    Args:
        features: Shape `(n, d)`.
        labels: Integer classes of shape `(n,)`, of two classes or more.

    Returns:
        Degrees, of shape `(K, K)`, for the K classes that have rows, in
        ascending order. 0 on the diagonal; 90 to a class whose mean is the
        centre, which has no direction.

    Raises:
        ValueError: If shapes disagree, a feature is not finite, or there is
            one class only.

    Example:

    ```python
    from keras_itra.metrics import class_mean_angles

    angles = class_mean_angles([[1.0, 0.0], [0.0, 1.0]], [0, 1])
    assert angles.round(3).tolist() == [[0.0, 180.0], [180.0, 0.0]]
    ```
    """
    means, classes = class_means(*checked_features(features, labels))
    require(len(classes) > 1, "two classes or more", classes=classes.tolist())
    centered = means - means.mean(axis=0)
    norms = np.linalg.norm(centered, axis=1, keepdims=True)
    # A mean this close to the centre is there but for rounding.
    norms[norms <= 1e-14 * np.abs(means).max()] = np.inf
    directions = centered / norms
    cosines = np.clip(directions @ directions.T, -1, 1)
    np.fill_diagonal(cosines, 1)
    return np.degrees(np.arccos(cosines))

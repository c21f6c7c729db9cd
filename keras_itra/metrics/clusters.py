"""How well the classes are clusters: silhouette and Davies-Bouldin index."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from keras_itra._optional import require_module
from keras_itra.metrics._arrays import Floats, checked_features, class_means
from keras_itra.metrics.compactness import scatter


def silhouette(features: ArrayLike, labels: ArrayLike) -> float:
    """Returns how much nearer a row is to its class than to the next one.

    ```
    mean_i (b_i - a_i) / max(a_i, b_i)
    ```

    a_i is the mean distance to the rows of the own class, b_i that to the
    rows of the nearest other class. Computed by scikit-learn.

    Args:
        features: Shape `(n, d)`. The time grows with n^2.
        labels: Integer classes of shape `(n,)`.

    Returns:
        Between -1 and 1; rows alone in their class count 0. 0 if there is one
        class only.

    Raises:
        ImportError: If scikit-learn is not installed.
        ValueError: If shapes disagree or a feature is not finite.

    Example:

    ```python
    from keras_itra.metrics import silhouette

    compact = [[0.0], [0.1], [9.0], [9.1]]
    assert silhouette(compact, [0, 0, 1, 1]) > 0.98
    ```

    Reference:
        Rousseeuw, "Silhouettes: A Graphical Aid to the Interpretation and
        Validation of Cluster Analysis", 1987.
    """
    sklearn_metrics = require_module("sklearn.metrics", extra="experiments")
    rows, labels = checked_features(features, labels)
    if len(np.unique(labels)) in (1, len(labels)):
        return 0.0
    rows = _standardised(rows)
    return float(sklearn_metrics.silhouette_score(rows, labels))


def davies_bouldin(features: ArrayLike, labels: ArrayLike) -> float:
    """Returns the Davies-Bouldin index: small is compact and apart.

    ```
    mean_k max_l (s_k + s_l) / ||mean_k - mean_l||
    ```

    s_k is the mean distance of the rows of class k to their mean. Pairs of
    classes of exactly the same mean are left out, as scikit-learn does.

    Args:
        features: Shape `(n, d)`.
        labels: Integer classes of shape `(n,)`.

    Returns:
        The index, 0 or more; 0 if each class is one point, infinity if all
        class means coincide (one class, or constant features).

    Raises:
        ValueError: If shapes disagree or a feature is not finite.

    Example:

    ```python
    from keras_itra.metrics import davies_bouldin

    features = [[0.0], [2.0], [10.0], [12.0]]
    assert abs(davies_bouldin(features, [0, 0, 1, 1]) - 0.2) < 1e-12
    ```

    Reference:
        Davies and Bouldin, "A Cluster Separation Measure", 1979.
    """
    rows, labels = checked_features(features, labels)
    if scatter(rows, labels) == math.inf:
        return math.inf
    rows = _standardised(rows)
    means, classes = class_means(rows, labels)
    spreads = np.array(
        [
            np.linalg.norm(rows[labels == k] - mean, axis=1).mean()
            for k, mean in zip(classes, means, strict=True)
        ]
    )
    largest = np.zeros(len(classes))
    for k, mean in enumerate(means):
        gaps = np.linalg.norm(means - mean, axis=1)
        both = spreads[k] + spreads
        largest[k] = np.divide(both, gaps, where=gaps > 0, out=0 * gaps).max()
    return float(largest.mean())


def _standardised(rows: Floats) -> Floats:
    """Around the origin: distances found by products round far from it."""
    rows = rows - np.median(rows, axis=0)
    return rows / (np.abs(rows).max() or 1.0)

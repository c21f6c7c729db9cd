"""Alignment and uniformity of the directions of the features."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from keras_itra.metrics._arrays import (
    Floats,
    checked_features,
    checked_rows,
    class_means,
)
from keras_itra.metrics._distances import distance_blocks
from keras_itra.validation import require


def hypersphere_alignment(features: ArrayLike, labels: ArrayLike) -> float:
    """Returns the mean squared distance of directions of the same class.

    ```
    mean over i != j, y_i = y_j of ||u_i - u_j||^2,    u = h / ||h||
    ```

    Not to be confused with the alignment of two mini-batches.

    Args:
        features: Shape `(n, d)`. Rows of zeros stay zeros.
        labels: Integer classes of shape `(n,)`.

    Returns:
        Between 0 (one direction for each class) and 4.

    Raises:
        ValueError: If shapes disagree, a feature is not finite, or no class
            has two rows.

    Example:

    ```python
    from keras_itra.metrics import hypersphere_alignment

    features = [[1.0, 0.0], [0.0, 3.0], [5.0, 5.0]]
    assert abs(hypersphere_alignment(features, [0, 0, 1]) - 2) < 1e-12
    ```

    Reference:
        Wang and Isola, "Understanding Contrastive Representation Learning
        through Alignment and Uniformity on the Hypersphere", ICML 2020.
    """
    rows, labels = checked_features(features, labels)
    directions = _directions(rows)
    means, classes = class_means(directions, labels)
    index = np.searchsorted(classes, labels)
    counts = np.bincount(index)
    require(counts.max() > 1, "a class of two rows or more", largest_class=1)
    # Of n rows, sum over pairs ||u_i - u_j||^2 = 2 n sum ||u_i - mean||^2.
    squares = np.square(directions - means[index]).sum(axis=1)
    total = 2 * counts @ np.bincount(index, weights=squares)
    return float(total / (counts @ (counts - 1)))


def hypersphere_uniformity(features: ArrayLike) -> float:
    """Returns how evenly the directions of the features are spread.

    ```
    log mean over i != j of exp(-2 ||u_i - u_j||^2),    u = h / ||h||
    ```

    Args:
        features: Shape `(n, d)`. Rows of zeros stay zeros.

    Returns:
        Between -8 and 0, the value of a single direction; low is uniform.

    Raises:
        ValueError: If there are less than two rows, or one is not finite.

    Example:

    ```python
    from keras_itra.metrics import hypersphere_uniformity

    assert abs(hypersphere_uniformity([[3.0, 0.0], [0.0, 1.0]]) + 4) < 1e-9
    ```

    Reference:
        Wang and Isola, "Understanding Contrastive Representation Learning
        through Alignment and Uniformity on the Hypersphere", ICML 2020.
    """
    directions = _directions(checked_rows("features", features))
    count = len(directions)
    require(count > 1, "two rows or more", rows=count)
    total = sum(
        float(np.exp(-2 * np.square(block)).sum())
        for _, block in distance_blocks(directions, directions)
    )
    # less the pairs of a row with itself; not above 0 by rounding
    return min(0.0, math.log((total - count) / (count * (count - 1))))


def _directions(rows: Floats) -> Floats:
    scaled = rows / np.maximum(np.abs(rows).max(axis=1, keepdims=True), 1e-300)
    norms = np.linalg.norm(scaled, axis=1, keepdims=True)
    return scaled / np.where(norms > 0, norms, 1.0)

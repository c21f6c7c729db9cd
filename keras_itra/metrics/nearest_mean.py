"""The classifier of the nearest class mean, and the last layer's weights."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from keras_itra.metrics._arrays import (
    Integers,
    checked_features,
    checked_logit_rows,
    checked_rows,
    class_means,
    require_same_width,
)
from keras_itra.metrics._distances import distance_blocks
from keras_itra.validation import require


def nearest_class_mean_accuracy(
    features: ArrayLike,
    labels: ArrayLike,
    train_features: ArrayLike,
    train_labels: ArrayLike,
) -> float:
    """Returns how often the nearest class mean is that of a row's class.

    Args:
        features: Rows to classify, shape `(n, d)`.
        labels: Their integer classes, shape `(n,)`.
        train_features: Rows that make the means, shape `(m, d)`. May be the
            same rows.
        train_labels: Their integer classes, shape `(m,)`. A class that is
            missing here is never right.

    Returns:
        A fraction between 0 and 1. Of means equally near the lowest class
        counts.

    Raises:
        ValueError: If shapes disagree or a feature is not finite.

    Example:

    ```python
    from keras_itra.metrics import nearest_class_mean_accuracy

    train = [[0.0], [2.0], [10.0]], [0, 0, 1]
    assert nearest_class_mean_accuracy([[5.0], [6.0]], [0, 0], *train) == 0.5
    ```
    """
    _, labels = checked_features(features, labels)
    return float(
        np.mean(_nearest(features, train_features, train_labels) == labels)
    )


def nearest_class_mean_agreement(
    features: ArrayLike,
    logits: ArrayLike,
    train_features: ArrayLike,
    train_labels: ArrayLike,
) -> float:
    """Returns how often the network decides for the nearest class mean (NC4).

    ```
    mean_i 1[ argmax_k logit_ik = argmin_k ||h_i - mean_k|| ]
    ```

    Papyan et al. report 1 minus this value.

    Args:
        features: Shape `(n, d)`.
        logits: Of the same rows, shape `(n, K)`.
        train_features: Rows that make the means, shape `(m, d)`. May be the
            same rows.
        train_labels: Their integer classes, shape `(m,)`.

    Returns:
        A fraction between 0 and 1. Of equal logits, and of means equally
        near, the lowest class counts.

    Raises:
        ValueError: If shapes disagree or a number is not finite.

    Example:

    ```python
    from keras_itra.metrics import nearest_class_mean_agreement

    train = [[0.0], [2.0], [10.0]], [0, 0, 1]
    logits = [[1.0, 0.0], [1.0, 0.0]]
    assert nearest_class_mean_agreement([[5.0], [6.0]], logits, *train) == 0.5
    ```

    Reference:
        Papyan, Han and Donoho, "Prevalence of Neural Collapse During the
        Terminal Phase of Deep Learning Training", PNAS 2020.
    """
    decisions = checked_logit_rows(logits).argmax(axis=1)
    nearest = _nearest(features, train_features, train_labels)
    require(
        len(decisions) == len(nearest),
        f"`logits` of the {len(nearest)} rows of `features`",
        rows=len(decisions),
    )
    return float(np.mean(nearest == decisions))


def self_duality(
    features: ArrayLike, labels: ArrayLike, classifier_weights: ArrayLike
) -> float:
    """Returns the distance of class means and classifier weights (NC3).

    ```
    || W / ||W|| - M / ||M|| ||^2
    ```

    in the Frobenius norm. The rows of M are the class means less their mean,
    those of W the weights of the same classes.

    Args:
        features: Shape `(n, d)`.
        labels: Integer classes of shape `(n,)`; classes without rows are left
            out.
        classifier_weights: Kernel of the last layer, shape `(d, K)`.

    Returns:
        Between 0 (each weight points to its class mean) and 4; 2 if the two
        have nothing in common, or the class means coincide, or all weights
        are 0.

    Raises:
        ValueError: If shapes disagree, a label is not below K, or a number is
            not finite.

    Example:

    ```python
    from keras_itra.metrics import self_duality

    features = [[1.0, 0.0], [0.0, 1.0]]
    weights = [[3.0, -3.0], [-3.0, 3.0]]
    assert abs(self_duality(features, [0, 1], weights)) < 1e-12
    ```

    Reference:
        Papyan, Han and Donoho, "Prevalence of Neural Collapse During the
        Terminal Phase of Deep Learning Training", PNAS 2020.
    """
    rows, labels = checked_features(features, labels)
    weights = checked_rows("classifier_weights", classifier_weights)
    require(
        len(weights) == rows.shape[1],
        f"`classifier_weights` of shape ({rows.shape[1]}, K)",
        shape=weights.shape,
    )
    require(
        labels.max() < weights.shape[1],
        f"`labels` below the number of classes, {weights.shape[1]}",
        largest=int(labels.max()),
    )
    means, classes = class_means(rows, labels)
    centered, of_classes = means - means.mean(axis=0), weights.T[classes]
    sizes = np.linalg.norm(centered), np.linalg.norm(of_classes)
    if sizes[0] <= 1e-14 * np.abs(rows).max() or sizes[1] == 0:
        return 2.0
    return float(np.square(centered / sizes[0] - of_classes / sizes[1]).sum())


def _nearest(
    features: ArrayLike, train_features: ArrayLike, train_labels: ArrayLike
) -> Integers:
    """The class whose mean is nearest, for each row."""
    rows = checked_rows("features", features)
    train, labels = checked_features(train_features, train_labels, "train_{}")
    require_same_width("features", rows, "train_features", train)
    means, classes = class_means(train, labels)
    found = [block.argmin(axis=1) for _, block in distance_blocks(rows, means)]
    return classes[np.concatenate(found)]

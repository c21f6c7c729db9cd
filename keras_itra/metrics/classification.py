"""Quality of the predictions: accuracy and cross-entropy."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from keras_itra.metrics._arrays import Floats, checked_logits, log_softmax


def accuracy(logits: ArrayLike, labels: ArrayLike) -> float:
    """Returns the fraction of rows whose largest logit is the label's.

    Args:
        logits: Shape `(n, K)`. A tie counts for the first of its classes.
        labels: Integer classes of shape `(n,)`.

    Returns:
        A fraction between 0 and 1.

    Raises:
        ValueError: If shapes disagree, a label is not in `0..K-1`, or a logit
            is not finite.

    Example:

    ```python
    from keras_itra.metrics import accuracy

    assert accuracy([[2.0, 1.0], [0.0, 3.0]], [0, 0]) == 0.5
    ```
    """
    logits, labels = checked_logits(logits, labels)
    return float(np.mean(logits.argmax(axis=1) == labels))


def cross_entropy(logits: ArrayLike, labels: ArrayLike) -> float:
    """Returns the mean of `-log softmax(logits)[label]`, in nats.

    Computed in float64 whatever the input, without forming probabilities, so
    that a confident mistake keeps its true, large value.

    Args:
        logits: Shape `(n, K)`.
        labels: Integer classes of shape `(n,)`.

    Returns:
        The cross-entropy, 0 or more.

    Raises:
        ValueError: If shapes disagree, a label is not in `0..K-1`, or a logit
            is not finite.

    Example:

    ```python
    from keras_itra.metrics import cross_entropy

    assert cross_entropy([[0.0, 1e4]], [0]) == 1e4
    ```
    """
    # the maximum keeps a perfect prediction from reading -0.0
    return max(0.0, float(np.mean(cross_entropies(logits, labels))))


def cross_entropies(logits: ArrayLike, labels: ArrayLike) -> Floats:
    """Returns `-log softmax(logits)[label]` of every row; see above."""
    logits, labels = checked_logits(logits, labels)
    return -log_softmax(logits)[np.arange(len(labels)), labels]

"""Agreement of confidence and accuracy, and temperature scaling."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from keras_itra.metrics._arrays import checked_logits, log_softmax
from keras_itra.validation import require_integer

TEMPERATURE_RANGE = (1e-3, 1e3)
# Of log T, which is then known to 1e-12.
_HALVINGS = 44


def expected_calibration_error(
    logits: ArrayLike, labels: ArrayLike, bins: int = 15
) -> float:
    """Returns the gap between confidence and accuracy, averaged over bins.

    The confidence of a row is the probability of its most probable class.
    Rows are sorted into `bins` intervals `(b/B, (b+1)/B]` of equal width:

    ```
    ECE = sum_b (n_b / n) * |accuracy_b - mean confidence_b|
    ```

    Args:
        logits: Shape `(n, K)`.
        labels: Integer classes of shape `(n,)`.
        bins: Number of intervals B, 15 by default.

    Returns:
        The expected calibration error, between 0 and 1.

    Raises:
        ValueError: If `bins` is below 1, shapes disagree, a label is not in
            `0..K-1`, or a logit is not finite.

    Example:

    ```python
    from keras_itra.metrics import expected_calibration_error

    # two coin tosses, of which one is won
    assert expected_calibration_error([[0.0, 0.0]] * 2, [0, 1]) == 0.0
    ```

    Reference:
        Guo et al., "On Calibration of Modern Neural Networks", ICML 2017.
    """
    require_integer("bins", bins, minimum=1)
    logits, labels = checked_logits(logits, labels)
    confidence = np.exp(log_softmax(logits).max(axis=1))
    gap = (logits.argmax(axis=1) == labels) - confidence
    index = np.clip(np.ceil(confidence * bins).astype(int) - 1, 0, bins - 1)
    return float(np.abs(np.bincount(index, weights=gap)).sum() / len(labels))


def fit_temperature(logits: ArrayLike, labels: ArrayLike) -> float:
    """Returns the temperature T that calibrates `logits / T`.

    T minimises the cross-entropy of `logits / T` on the given (validation)
    rows. On rows that are all classified correctly that minimum lies at T = 0,
    which would make every later mistake infinitely costly. Therefore, as in
    Platt's scaling, one further observation with no preferred class is counted
    in: the target of each row is

    ```
    (1 - e) * one_hot(label) + e / K        with e = 1 / (n + 1)
    ```

    which has a minimum at T > 0 and moves the result by a term of order 1/n.

    Args:
        logits: Shape `(n, K)`.
        labels: Integer classes of shape `(n,)`.

    Returns:
        T between 0.001 and 1000. The upper end means that the labels agree
        with the logits no better than by chance. 1.0 if the logits of every
        row are constant, where T changes nothing.

    Raises:
        ValueError: If shapes disagree, a label is not in `0..K-1`, or a logit
            is not finite.

    Example:

    ```python
    from keras_itra.metrics import fit_temperature

    # sure of itself, and right half the time
    logits, labels = [[9.0, 0.0], [9.0, 0.0]], [0, 1]
    assert fit_temperature(logits, labels) > 100
    ```

    Reference:
        Guo et al., "On Calibration of Modern Neural Networks", ICML 2017;
        Platt, "Probabilistic Outputs for Support Vector Machines", 1999.
    """
    logits, labels = checked_logits(logits, labels)
    shifted = logits - logits.max(axis=1, keepdims=True)
    if not shifted.any():
        return 1.0
    smoothing = 1 / (len(labels) + 1)
    of_label = shifted[np.arange(len(labels)), labels]
    target = (1 - smoothing) * of_label + smoothing * shifted.mean(axis=1)

    def slope(log_temperature: float) -> float:
        """T times the derivative to log T, which changes sign only once."""
        probabilities = np.exp(log_softmax(shifted / math.exp(log_temperature)))
        expected = (probabilities * shifted).sum(axis=1)
        return float(np.mean(target - expected))

    low, high = map(math.log, TEMPERATURE_RANGE)
    if slope(low) >= 0:
        return TEMPERATURE_RANGE[0]
    if slope(high) <= 0:
        return TEMPERATURE_RANGE[1]
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        low, high = (low, middle) if slope(middle) > 0 else (middle, high)
    return math.exp(0.5 * (low + high))

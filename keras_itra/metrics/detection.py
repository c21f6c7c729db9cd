"""Detection of rows from another distribution than the training data's.

A score is large for rows that look like training data. `auroc` says how well
it separates them from others.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from keras_itra.metrics._arrays import (
    Floats,
    checked_logit_rows,
    log_softmax,
)
from keras_itra.validation import require


def auroc(scores_in: ArrayLike, scores_out: ArrayLike) -> float:
    """Returns the area under the receiver operating characteristic.

    It is the probability that a row from inside the distribution scores
    higher than one from outside; ties count half:

    ```
    AUROC = P(s_in > s_out) + P(s_in = s_out) / 2
    ```

    Args:
        scores_in: Scores of rows like the training data, shape `(n,)`. May be
            infinite.
        scores_out: Scores of other rows, shape `(m,)`.

    Returns:
        A number between 0 and 1: 1 if the scores separate the two, 0.5 if
        they say nothing (all are equal, for example), less if they mislead.

    Raises:
        ValueError: If there are no scores, or one is nan.

    Example:

    ```python
    from keras_itra.metrics import auroc

    assert auroc([3.0, 2.0], [2.0, 1.0]) == 0.875
    ```

    Reference:
        Hendrycks and Gimpel, "A Baseline for Detecting Misclassified and
        Out-of-Distribution Examples in Neural Networks", ICLR 2017.
    """
    inside = _checked_scores("scores_in", scores_in)
    outside = np.sort(_checked_scores("scores_out", scores_out))
    below = np.searchsorted(outside, inside, side="left")
    not_above = np.searchsorted(outside, inside, side="right")
    return float((below + not_above).mean() / (2 * len(outside)))


def max_softmax(logits: ArrayLike) -> Floats:
    """Returns the probability of each row's most probable class.

    Args:
        logits: Shape `(n, K)`.

    Returns:
        Scores of shape `(n,)`, from 1/K to 1.

    Raises:
        ValueError: If `logits` is not of two columns or more, or not finite.

    Example:

    ```python
    from keras_itra.metrics import auroc, max_softmax

    familiar, strange = [[5.0, 0.0]], [[0.2, 0.0]]
    assert auroc(max_softmax(familiar), max_softmax(strange)) == 1.0
    ```

    Reference:
        Hendrycks and Gimpel, "A Baseline for Detecting Misclassified and
        Out-of-Distribution Examples in Neural Networks", ICLR 2017.
    """
    return np.exp(log_softmax(checked_logit_rows(logits)).max(axis=1))


def energy_score(logits: ArrayLike) -> Floats:
    """Returns the negative energy of each row: the log-sum-exp of its logits.

    ```
    score_i = log sum_k exp(logit_ik)
    ```

    Unlike the softmax it keeps the size of the logits.

    Args:
        logits: Shape `(n, K)`.

    Returns:
        Scores of shape `(n,)`.

    Raises:
        ValueError: If `logits` is not of two columns or more, or not finite.

    Example:

    ```python
    from keras_itra.metrics import energy_score

    assert energy_score([[1000.0, 0.0]])[0] == 1000.0
    ```

    Reference:
        Liu et al., "Energy-based Out-of-distribution Detection", NeurIPS 2020.
    """
    return np.logaddexp.reduce(checked_logit_rows(logits), axis=1)


def _checked_scores(name: str, scores: ArrayLike) -> Floats:
    values = np.asarray(scores, dtype=np.float64)
    require(
        values.ndim == 1 and values.size > 0,
        f"`{name}` of shape (n,), not empty",
        shape=values.shape,
    )
    missing = int(np.count_nonzero(np.isnan(values)))
    require(missing == 0, f"`{name}` without nan", nan=missing)
    return values

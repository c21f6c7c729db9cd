"""From the outputs of a classifier to logits."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from keras_itra.validation import require

Floats = NDArray[np.float64]

# Sums of float32, float16 or bfloat16 probabilities are that far from 1.
_ROUNDING = 1e-2
# The smallest positive float32: a probability below it was rounded to 0.
_LEAST = float(np.finfo(np.float32).tiny)


def as_logits(outputs: Floats, activation: str | None = None) -> Floats:
    """Logits of two classes or more, from logits or probabilities.

    A single output z stands for the two logits `(0, z)`. What ends in no
    softmax or sigmoid by name is taken for probabilities if it is between 0
    and 1 and, of several columns, every row adds up to 1.

    Args:
        outputs: `(n, K)` or `(n, 1)`.
        activation: Name of the activation the classifier ends in, where that
            is known.

    Returns:
        Logits `(n, K)`, or `(n, 2)`.

    Raises:
        ValueError: If outputs are no rows, or each a probability of its own.
    """
    require(
        outputs.ndim == 2,
        "a classifier with outputs of shape (n, classes)",
        shape=outputs.shape,
    )
    several = outputs.shape[1] > 1
    require(
        not (several and activation == "sigmoid"),
        "one class per example: logits, or probabilities that add up to 1",
        activation=activation,
        outputs=outputs.shape[1],
    )
    if activation == "linear" or not are_probabilities(outputs):
        return (
            outputs
            if several
            else np.concatenate([np.zeros_like(outputs), outputs], axis=1)
        )
    pairs = outputs if several else np.concatenate([1 - outputs, outputs], 1)
    return np.log(np.maximum(pairs, _LEAST))


def are_probabilities(outputs: Floats) -> bool:
    """Whether outputs are between 0 and 1 and, if several, add up to 1."""
    if outputs.min() < 0 or outputs.max() > 1 + _ROUNDING:
        return False
    if outputs.shape[1] == 1:
        return True
    sums = outputs.sum(axis=1)
    return bool(np.abs(sums - 1).max() <= _ROUNDING)

"""How well a classifier does on each row besides its loss."""

import numpy as np

from keras_itra.metrics import fit_temperature
from keras_itra.metrics.classification import cross_entropies
from keras_itra.metrics.logits import as_logits

MISTAKES = "mistakes"
CALIBRATED = "calibrated cross-entropy"

# One-hot and soft labels in float16 add up to 1 within this.
_ROUNDING = 1e-2


def class_measures(
    targets: np.ndarray, outputs: np.ndarray
) -> dict[str, np.ndarray]:
    """Mistakes, and cross-entropies after temperature scaling.

    Args:
        targets: Of a classifier: classes `(n,)` or `(n, 1)`, or one-hot or
            soft `(n, K)`, of which the largest counts.
        outputs: `(n, K)` logits or probabilities, or `(n, 1)` of two classes.

    Returns:
        `(n,)` for each measure, the lower the better; nothing if targets and
        outputs are not those of a classifier.
    """
    labels = _classes(targets, outputs)
    if labels is None:
        return {}
    if not np.isfinite(outputs).all():
        return dict.fromkeys(
            (MISTAKES, CALIBRATED), np.full(len(labels), np.nan)
        )
    logits = as_logits(outputs.astype(np.float64))
    temperature = fit_temperature(logits, labels)
    return {
        MISTAKES: (logits.argmax(axis=1) != labels).astype(np.float64),
        CALIBRATED: cross_entropies(logits / temperature, labels),
    }


def _classes(targets: np.ndarray, outputs: np.ndarray) -> np.ndarray | None:
    if outputs.ndim != 2:
        return None
    rows, columns = outputs.shape
    if columns > 1 and targets.shape == outputs.shape:
        shares = targets.astype(np.float64)
        sums = shares.sum(axis=1)
        if shares.min() < 0 or np.abs(sums - 1).max() > _ROUNDING:
            return None
        return shares.argmax(axis=1)
    if targets.size != rows:
        return None
    labels = targets.reshape(rows)
    if not ((labels >= 0) & (labels < max(columns, 2))).all():
        return None
    classes = labels.astype(np.int64)
    return classes if (classes == labels).all() else None

"""Signs of features that collapse, and of an alignment that does nothing."""

from collections.abc import Mapping

import numpy as np

from keras_itra.metrics.logits import as_logits

#: Share of the first spread below which features count as collapsed ...
COLLAPSED = 0.05
#: ... if the outputs take no more than this share off the entropy of classes.
UNINFORMED = 0.02
#: Share of the supervised loss below which the alignment counts as nothing.
NEGLIGIBLE = 1e-3


def spread(features: np.ndarray) -> float:
    """Mean squared distance to the mean, within and between classes.

    Args:
        features: `(n, d)`.
    """
    # Relative to a row: exactly 0 for equal ones.
    offsets = features - features[0]
    return float(np.square(offsets - offsets.mean(axis=0)).sum(axis=1).mean())


def information(outputs: np.ndarray, labels: np.ndarray) -> float:
    """How much of the uncertainty about the class the outputs take away.

    ```
    1 - cross-entropy / H,   H = -sum_k p_k log p_k
    ```

    with the shares p of the classes in these rows: 0 for outputs that are the
    same for all rows ("the loss stays at log K"), 1 for certainty.

    Args:
        outputs: Logits or probabilities, `(n, K)`, or `(n, 1)` for class 1.
        labels: `(n,)` integers; rows of other labels than 0 to K - 1 are
            left out.

    Returns:
        At most 1, below 0 if the outputs mislead; 0 if there is one class.
    """
    rows = as_logits(outputs)
    inside = (labels >= 0) & (labels < rows.shape[1])
    rows, labels = rows[inside], labels[inside]
    shares = np.bincount(labels)[np.unique(labels)] / len(labels)
    entropy = float(-(shares * np.log(shares)).sum())
    if entropy == 0:
        return 0.0
    rows = rows - rows.max(axis=1, keepdims=True)
    own = rows[np.arange(len(labels)), labels]
    cost = float((np.log(np.exp(rows).sum(axis=1)) - own).mean())
    return 1 - cost / entropy


def has_collapsed(spread_now: float, first: float, informed: float) -> bool:
    """Whether the features of all classes have come together.

    Args:
        spread_now: `spread` of the features.
        first: `spread` before training.
        informed: `information` of the outputs.
    """
    return spread_now <= COLLAPSED * first and informed < UNINFORMED


def idle_reason(logs: Mapping[str, float]) -> str | None:
    """Why the alignment does nothing, by the logs of an `ITRAModel`.

    Args:
        logs: Of an epoch.

    Returns:
        A sentence with what to do, or None if it does something.
    """
    weight, value = logs["alignment_weight"], logs["alignment"]
    if weight == 0:
        return "`alignment_weight` is 0: set it."
    if value == 0:
        return (
            "Its value is 0: no class is in both S1 and S2, or both hold the "
            "same rows (the whole set), or the memory of a queue is not full "
            "yet (a balanced one: of every class). Change `batch_size`, or "
            "take `sampling='matched'`."
        )
    share = weight * abs(value) / max(abs(logs["supervised_loss"]), 1e-12)
    if share < NEGLIGIBLE:
        return (
            f"`alignment_weight * alignment` is {share:.1g} of the supervised "
            "loss. Raise the weight; if `alignment` itself is small, few "
            "classes are in both S1 and S2: take larger mini-batches."
        )
    return None

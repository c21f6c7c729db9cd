"""Sample weights that keep cross-entropy on S1."""

from typing import Any

import keras
import numpy as np

from keras_itra.typing import Batch
from keras_itra.validation import require, require_one_of

#: None, "first" or "both"; or (output name, "first" or "both").
Supervise = None | str | tuple[str, str]


def check_supervise(supervise: Supervise, targets: Any) -> None:
    """Refuse a choice that does not fit the targets.

    Raises:
        ValueError: If the choice is unknown, or names no output.
    """
    if supervise is None:
        return
    if isinstance(supervise, tuple):
        require(
            len(supervise) == 2
            and isinstance(targets, dict)
            and supervise[0] in targets,
            "`supervise` to be (name of an output, 'first' or 'both'), with "
            "the targets as a dict by these names",
            supervise=supervise,
            outputs=sorted(targets) if isinstance(targets, dict) else None,
        )
        supervise = supervise[1]
    else:
        require(
            not keras.tree.is_nested(targets) or supervise == "both",
            "`supervise` to name the output of a dict: (name, 'first')",
            supervise=supervise,
        )
    require_one_of("supervise", supervise, ("first", "both"))


def add_first_weights(batch: Batch, supervise: Supervise) -> Batch:
    """Weight the rows of a paired batch so that only S1 is supervised.

    Rows of S2 get 0; rows of S1 get `rows / rows of S1`, so that the mean
    over the batch is the mean over S1.

    Args:
        batch: `(x, y)` or `(x, y, sample_weight)`.
        supervise: See `check_supervise`.

    Returns:
        `(x, y, sample_weight)`, or the batch itself when all is supervised.
    """
    output, rows_of = (
        supervise if isinstance(supervise, tuple) else (None, supervise)
    )
    if rows_of != "first":
        return batch
    x, y, weight = batch if len(batch) == 3 else (*batch, None)
    rows = len(keras.tree.flatten(y)[0])
    first = np.zeros(rows, dtype="float32")
    first[0::2] = rows / ((rows + 1) // 2)
    if output is None:
        return x, y, first if weight is None else _times(weight, first)
    if not isinstance(weight, dict):
        common = np.ones(rows, "float32") if weight is None else weight
        weight = dict.fromkeys(y, common)
    return x, y, {**weight, output: _times(weight[output], first)}


def _times(weight: np.ndarray, factor: np.ndarray) -> np.ndarray:
    weight = np.asarray(weight)
    return weight * factor.reshape(-1, *[1] * (weight.ndim - 1))

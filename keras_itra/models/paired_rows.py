"""Take a paired mini-batch apart and put it together again."""

from typing import Any

import keras
from keras import ops

from keras_itra.indexing import indices, rows_at
from keras_itra.typing import Tensor


def first_rows(tensors: Any) -> Any:
    """S1: the even rows."""
    return keras.tree.map_structure(lambda t: t[0::2], tensors)


def split_rows(tensors: Any, rows: Any) -> tuple[Any, Any]:
    """S1 and S2 of a mini-batch of `rows` rows.

    A mini-batch of one row has no S2. Its place is taken by the row itself,
    for batch statistics of no rows would not be finite; `merge_rows` drops
    it again.
    """
    start = (
        min(1, rows - 1) if isinstance(rows, int) else ops.minimum(1, rows - 1)
    )
    s2 = keras.tree.map_structure(lambda t: t[start::2], tensors)
    return first_rows(tensors), s2


def merge_rows(s1: Tensor, s2: Tensor, rows: Any) -> Tensor:
    """Interleave S1 and S2 to `rows` rows."""
    index = indices(rows)
    position = index // 2 + (index % 2) * ops.shape(s1)[0]
    return rows_at(ops.concatenate([s1, s2]), position)

"""Take a paired mini-batch apart and put it together again.

The mask that a Keras layer has left on the rows goes with them.
"""

from collections.abc import Callable
from typing import Any

import keras
from keras import ops

from keras_itra.indexing import indices, rows_at
from keras_itra.models.keras_compat import mask_of, with_mask
from keras_itra.typing import Tensor


def first_rows(tensors: Any) -> Any:
    """S1: the even rows."""
    return keras.tree.map_structure(
        lambda rows: _taken(lambda t: t[0::2], rows), tensors
    )


def split_rows(tensors: Any, rows: Any) -> tuple[Any, Any]:
    """S1 and S2 of a mini-batch of `rows` rows.

    A mini-batch of one row has no S2. Its place is taken by the row itself,
    for batch statistics of no rows would not be finite; `merge_rows` drops
    it again.
    """
    start = (
        min(1, rows - 1) if isinstance(rows, int) else ops.minimum(1, rows - 1)
    )
    s2 = keras.tree.map_structure(
        lambda rows: _taken(lambda t: t[start::2], rows), tensors
    )
    return first_rows(tensors), s2


def merge_rows(s1: Tensor, s2: Tensor, rows: Any) -> Tensor:
    """Interleave S1 and S2 to `rows` rows."""
    index = indices(rows)
    position = index // 2 + (index % 2) * ops.shape(s1)[0]
    return _taken(
        lambda *parts: rows_at(ops.concatenate(parts), position), s1, s2
    )


def _taken(take: Callable[..., Tensor], *tensors: Tensor) -> Tensor:
    masks = [mask_of(tensor) for tensor in tensors]
    rows = take(*tensors)
    if any(mask is None for mask in masks):
        return rows
    return with_mask(rows, take(*masks))

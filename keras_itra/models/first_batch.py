"""Checks that need data, before the first step changes a weight."""

from typing import Any

import keras
import numpy as np
from keras import ops

from keras_itra.data.class_ids import class_ids
from keras_itra.typing import Batch
from keras_itra.validation import require


def check_first_batch(model: Any, batch: Batch | None) -> None:
    """Refuse a mini-batch that the alignment could not use.

    Args:
        model: The `ITRAModel`.
        batch: `(x, y)` or `(x, y, sample_weight)`; None where there is no
            way to look at one without using it up.

    Raises:
        ValueError: If there are no targets of one output, fewer than two
            rows, labels that are no classes, or features that are not
            finite.
    """
    if batch is None:
        return
    x, y, _ = keras.utils.unpack_x_y_sample_weight(batch)
    require(
        y is not None and not keras.tree.is_nested(y),
        "targets `y`, of one output",
        y=type(y).__name__,
    )
    rows = len(keras.tree.flatten(x)[0])
    require(
        rows >= 2 or model.pairing == "none",
        "paired mini-batches of at least two rows",
        rows=rows,
    )
    if model.alignment.uses_classes:
        class_ids(y)
    model(x)  # Builds the model, through the call that it is saved by.
    features = model.extract_features(
        keras.tree.map_structure(ops.convert_to_tensor, x), training=False
    )
    finite = bool(np.all(ops.convert_to_numpy(ops.isfinite(features))))
    require(
        finite,
        "finite features; look for NaN or infinite values in the inputs",
        features="NaN or infinite values in the first mini-batch",
    )

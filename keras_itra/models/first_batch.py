"""Checks that need data, before the first step changes a weight."""

import warnings
from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_itra.data.class_ids import class_ids, require_numbers
from keras_itra.data.tf_datasets import is_tf_dataset
from keras_itra.distribution.strategies import scope_of, strategy_of
from keras_itra.models.keras_compat import autocast, loss_of
from keras_itra.models.queue import require_hard_labels
from keras_itra.typing import Batch
from keras_itra.validation import require, require_number


def check_first_batch(
    model: Any, batch: Batch, labels: Any = None, validation_data: Any = None
) -> None:
    """Refuse a mini-batch that the alignment could not use.

    Warns, if no layer in front of the features is trainable.

    Args:
        model: The `ITRAModel`.
        batch: `(x, y)` or `(x, y, sample_weight)`.
        labels: Those of all rows, if known; None: of the mini-batch.
        validation_data: As `fit` was given it: it would be looked at when
            the first epoch is over.

    Raises:
        ValueError: If there are no targets of one output, fewer than two
            rows to split, labels that are no classes, sample weights that
            are no weights, validation data without targets or with such
            labels or weights, features that are not finite, or, on several
            replicas, a compiled loss that is no mean over the rows.
    """
    x, y, sample_weight = keras.utils.unpack_x_y_sample_weight(batch)
    require(
        y is not None and not keras.tree.is_nested(y),
        "targets `y`, of one output",
        y=type(y).__name__,
    )
    rows = len(keras.tree.flatten(x)[0])
    require(
        rows >= 2 or model.row_pairing != "split",
        "mini-batches of at least two rows, to split",
        rows=rows,
    )
    require(
        len(y.shape) > 0,
        "mini-batches; call `.batch(m)` on a dataset of rows",
        y_shape=tuple(y.shape),
    )
    require_numbers(ops.convert_to_numpy(y))
    require_weights(sample_weight)
    classes = None
    if model.alignment.uses_classes:
        classes = class_ids(
            y if labels is None else labels,
            "use `ITRAAlignment(mode='marginal')`, or `mode='joint'` with a "
            "`label_kernel`, for targets that are not classes",
        )
        if model.feature_memory is not None:
            require_hard_labels(y)
    # Builds the model, through the call that it is saved by.
    with scope_of(model):
        outputs = model(x)
    _warn_of_frozen_features(model)
    if classes is not None:
        _require_known(classes, model, outputs.shape[-1])
    _check_validation_data(model, validation_data, outputs.shape[-1])
    if strategy_of(model) is not None:
        _require_mean(model.loss, y, outputs)
    with autocast(model):
        features = model.extract_features(_as_called(model, x), training=False)
    finite = _are_finite(features)
    require(
        finite,
        "finite features; look for NaN or infinite values in the inputs, or "
        "in the weights, where a training that diverged leaves them",
        features="NaN or infinite values in the first mini-batch",
        finite_weights=finite or all(map(_are_finite, _floats_of(model))),
    )


def require_weights(sample_weight: Any, of: str = "") -> None:
    """Refuse sample weights that are negative or not finite.

    Args:
        sample_weight: Of some rows, or None.
        of: What data these are, for the message.

    Raises:
        ValueError: If there are such, in an array; other things pass.
    """
    if sample_weight is None or keras.tree.is_nested(sample_weight):
        return
    weights = ops.convert_to_numpy(sample_weight)
    wrong = weights[~(np.isfinite(weights) & (weights >= 0))]
    require(
        wrong.size == 0,
        f"finite sample weights{of} >= 0",
        sample_weight=wrong[:1].tolist(),
        rows=len(wrong),
    )


def require_class_weights(class_weight: Any) -> None:
    """Refuse class weights that are negative or not finite.

    Raises:
        ValueError: If there are such, or they are no dict.
    """
    require(
        class_weight is None or isinstance(class_weight, Mapping),
        "`class_weight` to be a dict from classes to weights",
        class_weight=class_weight,
    )
    for index, weight in (class_weight or {}).items():
        if hasattr(weight, "shape"):
            weight = ops.convert_to_numpy(weight).tolist()
        require_number(f"class_weight[{index}]", weight)


def _check_validation_data(model: Any, data: Any, outputs: int) -> None:
    """Refuse arrays and `tf.data` without targets, and arrays of bad ones."""
    is_dataset = is_tf_dataset(data)
    if is_dataset:
        data = data.element_spec
    elif not (isinstance(data, (tuple, list)) or hasattr(data, "shape")):
        return
    parts = data if isinstance(data, (tuple, list)) else (data,)
    require(
        2 <= len(parts) <= 3 and parts[1] is not None,
        "`validation_data` of `(x, y)` or `(x, y, sample_weight)`",
        validation_data=[type(part).__name__ for part in parts],
    )
    if is_dataset:
        return
    of = " in `validation_data`"
    for weights in parts[2:]:
        require_weights(weights, of)
    labels = parts[1]
    if not model.alignment.uses_classes or not hasattr(labels, "shape"):
        return
    if len(labels.shape) == 1 or tuple(labels.shape[1:]) == (1,):
        labels = class_ids(
            ops.convert_to_numpy(labels), f"these are the labels{of}"
        )
        _require_known(labels, model, outputs, of)


def _require_known(
    classes: np.ndarray, model: Any, outputs: int, of: str = ""
) -> None:
    """Refuse labels that are no classes, unless a loss ignores them."""
    loss = model.alignment.for_classes(max(outputs, 2))
    number = getattr(loss, "num_classes", None)
    if number is None:
        return
    ignored = [
        getattr(loss, "ignore_class", None)
        for loss in keras.tree.flatten(model.loss)
    ]
    others = classes[~np.isin(classes, [i for i in ignored if i is not None])]
    smallest, largest = others.min(initial=0), others.max(initial=0)
    require(
        smallest >= 0 and largest < number,
        f"labels{of} from 0 to {number - 1}",
        smallest=int(smallest),
        largest=int(largest),
        outputs=outputs,
    )


def _floats_of(model: Any) -> list[Any]:
    return [v for v in model.weights if "float" in str(v.dtype)]


def _are_finite(values: Any) -> bool:
    return bool(np.all(ops.convert_to_numpy(ops.isfinite(values))))


def _warn_of_frozen_features(model: Any) -> None:
    """What comes before the features of a subclass is not known."""
    if model.wrapped is None or model.feature_model.trainable_variables:
        return
    warnings.warn(
        "No layer in front of the features is trainable, so that the "
        "alignment does nothing but take time. Make some trainable, name a "
        "later feature with `feature_layer`, or fit the classifier itself.",
        stacklevel=4,  # Where `fit` was called.
    )


def _as_called(model: Any, x: Any) -> Any:
    """The inputs as they are where the model is called."""

    def cast(leaf: Any) -> Any:
        return model.dtype_policy.convert_input(
            ops.convert_to_tensor(leaf), model.autocast, model.input_dtype
        )

    return keras.tree.map_structure(cast, x)


def _require_mean(losses: Any, y: Any, outputs: Any) -> None:
    """Refuse losses that Keras does not divide by the number of replicas."""
    rows = [ops.convert_to_tensor(value, "float32") for value in (y, outputs)]
    for identifier in keras.tree.flatten(losses):
        loss = loss_of(identifier, *rows)
        if loss is None:
            continue
        values = loss.call(*rows)
        require(
            len(values.shape) > 0
            and loss.reduction not in ("sum", "none", None),
            "a compiled loss with one value per row and their mean as "
            "`reduction` on several replicas, where Keras does not divide "
            "another one by their number",
            loss=loss.name,
            reduction=loss.reduction,
            values_shape=tuple(values.shape),
        )

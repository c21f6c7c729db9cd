"""Split a functional classifier into feature extractor and classifier head.

The parts share the layers, and so the weights, of the model they come from.
"""

from typing import Any, NamedTuple

import keras

from keras_itra.models.keras_compat import Call, producer
from keras_itra.validation import require

# Activations of an output layer, as a layer, an operation or inside `Dense`.
_FINAL_ACTIVATIONS = {"linear", "softmax", "sigmoid", "log_softmax"}
_FINAL_OPERATIONS = {"Softmax", "Sigmoid", "LogSoftmax", "Identity"}
# Regularizers between the last hidden layer and the final linear layer.
_NOISE = (
    keras.layers.Dropout,
    keras.layers.SpatialDropout1D,
    keras.layers.SpatialDropout2D,
    keras.layers.SpatialDropout3D,
    keras.layers.GaussianDropout,
    keras.layers.GaussianNoise,
    keras.layers.AlphaDropout,
    keras.layers.ActivityRegularization,
    keras.layers.Identity,
)
_SUBCLASS = (
    "subclass `keras_itra.ITRAModel` and implement `extract_features` and "
    "`classify` instead"
)


class Split(NamedTuple):
    """A classifier in two parts.

    Attributes:
        feature_model: From the inputs to the features.
        classifier: From the features to the outputs.
    """

    feature_model: keras.Model
    classifier: keras.Model


def split_classifier(
    model: keras.Model, feature_layer: str | None = None
) -> Split:
    """Split a classifier at its features.

    Args:
        model: Functional or Sequential model, or a KerasHub task, with one
            output.
        feature_layer: Name of the layer whose output is the feature; a path
            such as `"backbone/pool"` leads into nested models. None: what
            enters the final linear layer, before any dropout or noise.

    Returns:
        The two parts.

    Raises:
        ValueError: If the model is no built functional model with one
            output, has no such layer, or has no final linear layer.
    """
    _require_functional(model)
    if feature_layer is None:
        return _at_final_linear(model)
    require(
        isinstance(feature_layer, str) and feature_layer != "",
        "`feature_layer` to be the name or path of a layer",
        feature_layer=feature_layer,
    )
    return _at_path(model, feature_layer.split("/"), feature_layer)


def _require_functional(model: Any) -> None:
    require(
        isinstance(model, keras.Model),
        "a `keras.Model`",
        model=type(model).__name__,
    )
    require(
        not isinstance(model, keras.Sequential) or model.built,
        "a built model: give the Sequential model a `keras.Input` first",
        model=model.name,
    )
    require(
        bool(getattr(model, "inputs", None)),
        "a functional or Sequential model, whose layers can be walked; "
        f"for a subclassed model {_SUBCLASS}",
        model=type(model).__name__,
    )
    require(
        len(model.outputs) == 1,
        "a model with one output",
        outputs=len(model.outputs),
    )
    # A Sequential model that was never called has no `output` yet.
    output = None if isinstance(model, keras.Sequential) else model.output
    require(
        not isinstance(output, dict),
        "a model whose output is a tensor, not a dict of tensors",
        output=output,
    )


def _at_final_linear(model: keras.Model) -> Split:
    tensor, call = _final_call(model)
    if _is_nested(call) and not _is_linear_head(call):
        return _nested(model, tensor, call, _at_final_linear(call.operation))
    return _cut(model, _before_noise(call.inputs[0]))


def _final_call(model: keras.Model) -> tuple[Any, Call]:
    """Output and call of the final linear layer, or of a nested model."""
    _require_functional(model)
    tensor = model.outputs[0]
    call = producer(tensor)
    while _is_final(call):
        tensor = call.inputs[0]
        call = producer(tensor)
    require(
        not _is_convolution(call) or _is_linear(call),
        "one output for each row; a convolution at the end has one for each "
        "pixel, unless its image is 1x1",
        last_layer=call.operation.name,
        image=call.inputs[0].shape[1:] if call.inputs else None,
    )
    require(
        _is_nested(call) or _is_linear(call),
        "a model that ends in a linear layer (Dense, or 1x1 convolution, "
        "behind at most one final activation); name the feature with "
        f"`feature_layer`, or {_SUBCLASS}",
        last_layer=call.operation.name,
        activation=_activation_name(call.operation) or None,
    )
    return tensor, call


def _is_linear_head(call: Call) -> bool:
    """Whether the input of a nested model enters its final linear layer."""
    _, final = _final_call(call.operation)
    return (
        len(call.inputs) == 1
        and (not _is_nested(final) or _is_linear_head(final))
        and _is_input(_before_noise(final.inputs[0]))
    )


def _before_noise(tensor: Any) -> Any:
    while isinstance(producer(tensor).operation, _NOISE):
        tensor = producer(tensor).inputs[0]
    return tensor


def _is_input(tensor: Any) -> bool:
    return isinstance(producer(tensor).operation, keras.layers.InputLayer)


def _at_path(model: keras.Model, path: list[str], whole: str) -> Split:
    calls = [
        (tensor, call)
        for tensor, call in _graph(model)
        if call.operation.name == path[0]
    ]
    require(
        len(calls) > 0,
        "`feature_layer` to be a layer of the model, one of "
        + ", ".join(repr(layer.name) for layer in model.layers),
        feature_layer=whole,
    )
    require(
        len(calls) == 1,
        "a `feature_layer` that is called once and has one output",
        feature_layer=whole,
        tensors=len(calls),
    )
    tensor, call = calls[0]
    require(
        not _is_input(tensor),
        "`feature_layer` to be a layer behind the inputs",
        feature_layer=whole,
    )
    if len(path) == 1:
        return _cut(model, tensor)
    require(
        _is_nested(call),
        f"{path[0]!r} to be a functional model that has layers of its own",
        feature_layer=whole,
    )
    _require_functional(call.operation)
    inner = _at_path(call.operation, path[1:], whole)
    return _nested(model, tensor, call, inner)


def _cut(model: keras.Model, feature: Any) -> Split:
    require(
        not _is_input(feature),
        "a feature extractor with at least one layer; the final linear layer "
        "is fed by the input itself",
        model=model.name,
    )
    extractor = keras.Model(
        _entry(model), feature, name=f"{model.name}_features"
    )
    return Split(extractor, _head(model, feature, model.name))


def _nested(model: keras.Model, tensor: Any, call: Call, inner: Split) -> Split:
    """Join the split of a nested model with what stands around it."""
    features = inner.feature_model(call.argument)
    extractor = keras.Model(
        _entry(model), features, name=f"{model.name}_features"
    )
    if tensor is model.outputs[0]:
        return Split(extractor, inner.classifier)
    entry = keras.Input(batch_shape=features.shape, dtype=features.dtype)
    tail = _head(model, tensor, f"{model.name}_tail")
    head = keras.Model(
        entry, tail(inner.classifier(entry)), name=f"{model.name}_head"
    )
    return Split(extractor, head)


def _entry(model: keras.Model) -> Any:
    """The inputs in the structure that the model is fed."""
    # A Sequential model that was never called has no `input` yet.
    return (
        model.inputs[0] if isinstance(model, keras.Sequential) else model.input
    )


def _head(model: keras.Model, feature: Any, name: str) -> keras.Model:
    if feature is model.outputs[0]:
        entry = keras.Input(batch_shape=feature.shape, dtype=feature.dtype)
        return keras.Model(entry, entry, name=f"{name}_head")
    try:
        return keras.Model(feature, model.outputs[0], name=f"{name}_head")
    except ValueError as error:
        raise ValueError(
            "Expected every path from the inputs to the output to lead "
            "through the feature. Received: "
            f"feature={producer(feature).operation.name!r}"
        ) from error


def _graph(model: keras.Model) -> list[tuple[Any, Call]]:
    """All tensors of a functional model and the calls that made them."""
    found: dict[int, tuple[Any, Call]] = {}
    pending = list(model.outputs)
    while pending:
        tensor = pending.pop()
        if id(tensor) not in found:
            call = producer(tensor)
            found[id(tensor)] = (tensor, call)
            if not any(tensor is entry for entry in model.inputs):
                pending.extend(call.inputs)
    return list(found.values())


def _is_nested(call: Call) -> bool:
    operation = call.operation
    return isinstance(operation, keras.Model) and bool(
        getattr(operation, "inputs", None)
    )


def _is_final(call: Call) -> bool:
    operation = call.operation
    if isinstance(operation, keras.layers.Activation):
        return _activation_name(operation) in _FINAL_ACTIVATIONS
    if isinstance(operation, (keras.layers.Reshape, keras.layers.Flatten)):
        # Around a 1x1 convolution, as in the MobileNets.
        return len(call.inputs[0].shape) == 4
    return type(operation).__name__ in _FINAL_OPERATIONS


def _is_convolution(call: Call) -> bool:
    return isinstance(call.operation, keras.layers.Conv2D)


def _is_linear(call: Call) -> bool:
    operation = call.operation
    if _is_convolution(call):
        spatial = [size for size in call.inputs[0].shape[1:] if size == 1]
        if len(spatial) < 2:
            return False
    elif not isinstance(
        operation, (keras.layers.Dense, keras.layers.EinsumDense)
    ):
        return False
    return _activation_name(operation) in _FINAL_ACTIVATIONS


def _activation_name(layer: Any) -> str:
    return getattr(getattr(layer, "activation", None), "__name__", "")

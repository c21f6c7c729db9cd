"""What a model is: its layers, and the options of ITRA."""

from __future__ import annotations

from typing import Any

import keras

from keras_itra.models import ITRAModel
from keras_itra.reports.classifier import Classifier
from keras_itra.reports.page import Block, Grid, Settings


def describe_model(classifier: Classifier) -> list[Block]:
    """Tables of what a model is.

    Args:
        classifier: The model.

    Returns:
        Sizes and, of an `ITRAModel`, its options; and a table of the layers.
    """
    network = classifier.network
    values = {
        "model": type(classifier.model).__name__,
        "name": network.name,
        "parameters": f"{network.count_params():,}",
        "feature layer": classifier.feature_layer,
    }
    if isinstance(classifier.model, ITRAModel):
        values |= _alignment(classifier.model)
    layers = Grid(
        f"{len(network.layers)} layers of {network.name}",
        ["layer", "type", "output", "parameters"],
        [
            [
                layer.name,
                type(layer).__name__,
                _shape(layer),
                f"{layer.count_params():,}",
            ]
            for layer in network.layers
        ],
        text=("type",),
        folded=True,
    )
    return [Settings(values), layers]


def _alignment(model: ITRAModel) -> dict[str, str]:
    weight = float(keras.ops.convert_to_numpy(model.alignment_weight))
    schedule = model.alignment_schedule
    values = {
        "alignment": type(model.alignment).__name__,
        "alignment weight": f"{weight:g}",
        "weight schedule": schedule and type(schedule).__name__,
        "pairing": model.pairing,
        "supervise": model.supervise,
        "sampling": model.sampling,
        "forward": model.passes,
        "memory": f"{model.memory_size} rows"
        if model.pairing == "queue"
        else None,
        "seed": f"{model.seed}",
    }
    for name, value in model.alignment.get_config().items():
        if name in ("name", "dtype", "reduction") or value is None:
            continue
        values[f"alignment: {name.replace('_', ' ')}"] = _option(value)
    return {name: text for name, text in values.items() if text}


def _option(value: Any) -> str:
    """A value of a config; serialized objects by their class and options."""
    if isinstance(value, dict) and "class_name" in value:
        inner = [
            f"{name} {_option(option)}"
            for name, option in value.get("config", {}).items()
            if option is not None
        ]
        return f"{value['class_name']}({', '.join(inner)})"
    if isinstance(value, (list, tuple)):
        return ", ".join(map(_option, value))
    return f"{value:g}" if isinstance(value, float) else str(value)


def _shape(layer: Any) -> str:
    """The shape of what a layer makes, without the rows."""
    try:
        shape = layer.output.shape
    except (AttributeError, ValueError):  # called several times, or never
        return ""
    return " x ".join("?" if size is None else str(size) for size in shape[1:])

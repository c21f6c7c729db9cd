"""Every variable that a training step reads or writes."""

import re
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_itra.losses import FeatureLoss
from keras_itra.validation import require


def read_variables(model: Any, metrics: bool) -> dict[str, np.ndarray]:
    """Values of the variables of a training step.

    Under a strategy of several workers, all of them must call it.

    Args:
        model: A compiled `keras.Model` whose optimizer is built.
        metrics: Whether to read the metrics, which start anew with every
            epoch.

    Returns:
        Arrays by a name that holds the place and the path of the variable.
    """
    return {
        name: ops.convert_to_numpy(ops.convert_to_tensor(variable))
        for name, variable in _by_name(model, metrics).items()
    }


def assign_variables(
    model: Any, arrays: dict[str, np.ndarray], metrics: bool
) -> None:
    """Give the variables the values that were read.

    Args:
        model: As in `read_variables`.
        arrays: From `read_variables`.
        metrics: Whether to assign the metrics, which must be built.

    Raises:
        ValueError: If the arrays are not of this model.
    """
    variables = _by_name(model, metrics)
    arrays = {
        name: array
        for name, array in arrays.items()
        if metrics or not name.startswith("metrics/")
    }
    expected = {_described(name, v) for name, v in variables.items()}
    received = {_described(name, a) for name, a in arrays.items()}
    require(
        expected == received,
        "a backup of this model, optimizer and metrics; delete it to start "
        "anew",
        missing=sorted(expected - received)[:3],
        unknown=sorted(received - expected)[:3],
    )
    for name, variable in variables.items():
        variable.assign(arrays[name])


def _by_name(model: Any, metrics: bool) -> dict[str, Any]:
    of_metrics = {id(v): v for v in model.metrics_variables}
    groups = {
        "model": [*model.variables, *_loss_variables(model)],
        "optimizer": model.optimizer.variables,
    }
    named = {}
    for group, variables in groups.items():
        unique = {id(v): v for v in variables if id(v) not in of_metrics}
        named.update(_numbered(group, list(unique.values())))
    if metrics:
        named.update(_numbered("metrics", list(of_metrics.values())))
    return named


def _numbered(group: str, variables: list[Any]) -> dict[str, Any]:
    # Keras numbers what is built twice in a process: `dense_1/kernel`.
    return {
        f"{group}/{place}/{re.sub(r'_[0-9]+', '', variable.path)}": variable
        for place, variable in enumerate(variables)
    }


def _loss_variables(model: Any) -> list[Any]:
    """State of compiled losses, such as centres; Keras does not track it."""
    return [
        variable
        for loss in keras.tree.flatten(model.loss)
        if isinstance(loss, FeatureLoss)
        for layer in loss.layers
        for variable in layer.variables
    ]


def _described(name: str, array: Any) -> str:
    dtype = keras.backend.standardize_dtype(array.dtype)
    return f"{name} {tuple(array.shape)} {dtype}"

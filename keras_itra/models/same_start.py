"""Trainings that start from the same variables, one after the other."""

from typing import Any

import keras
import numpy as np
from keras import ops

from keras_itra.distribution.strategies import scope_of
from keras_itra.models.keras_compat import global_seed_state
from keras_itra.validation import require


class State:
    """The variables that a training starts from, as they are now."""

    def __init__(self, model: Any) -> None:
        if not model.optimizer.built:
            with scope_of(model):
                model.optimizer.build(model.trainable_variables)
        variables = [
            *model.variables,
            *model.optimizer.variables,
            global_seed_state(create=True),
        ]
        self._values = [
            (v, np.array(ops.convert_to_numpy(ops.convert_to_tensor(v))))
            for v in variables
        ]

    def restore(self) -> None:
        """Give the variables these values again."""
        for variable, value in self._values:
            variable.assign(value)


class SameStart(keras.callbacks.Callback):
    """Starts a `fit` where the others start, with a weight of its own."""

    def __init__(self, start: State, weight: float) -> None:
        super().__init__()
        self._start = start
        self._weight = weight

    def on_train_begin(self, logs: Any = None) -> None:
        self._start.restore()
        self.model.alignment_weight.assign(self._weight)

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self._require_own_weight()

    def on_train_end(self, logs: Any = None) -> None:
        self._require_own_weight()

    def _require_own_weight(self) -> None:
        weight = float(ops.convert_to_numpy(self.model.alignment_weight))
        require(
            weight == np.float32(self._weight),
            "callbacks that leave `alignment_weight` alone in a search, and "
            "no backup of a training with another weight",
            alignment_weight=weight,
            tried=self._weight,
        )

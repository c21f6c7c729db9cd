"""Runs that are interrupted, and what they must end with."""

import keras
import numpy as np
import pytest

from keras_itra import ITRAModel
from keras_itra.callbacks import ExactBackup
from keras_itra.data import PairedBatches
from tests.models.cases import NUM_CLASSES, WIDTH, compiled


class InterruptionError(Exception):
    """What ends a run in the middle."""


class Interrupt(keras.callbacks.Callback):
    """Ends `fit` after so many steps, those that are replayed included."""

    def __init__(self, after):
        super().__init__()
        self.left = after

    def on_train_batch_end(self, batch, logs=None):
        self.left -= 1
        if self.left == 0:
            raise InterruptionError


def stateful():
    """Dropout, batch norm: steps depend on more than the weights."""
    return keras.Sequential(
        [
            keras.Input((WIDTH,)),
            keras.layers.Dense(8),
            keras.layers.BatchNormalization(),
            keras.layers.ReLU(),
            keras.layers.Dropout(0.3),
            keras.layers.Dense(NUM_CLASSES),
        ]
    )


def aligned(compile_options=None, **options):
    """A compiled `ITRAModel`, eager unless told otherwise: much quicker."""
    model = ITRAModel.from_model(stateful(), **{"seed": 0, **options})
    return compiled(model, **{"run_eagerly": True, **(compile_options or {})})


def train(make_model, make_data, backup=None, *, others=(), seed=7, **options):
    """The model and history of a run.

    Another seed stands for another process: other initial weights, and other
    states of the generators.
    """
    keras.utils.set_random_seed(seed)
    model, data = make_model(), make_data()
    callbacks = list(others)
    if backup is not None:
        if isinstance(data[0], PairedBatches):
            backup = {"data": data[0], **backup}
        callbacks.insert(1, ExactBackup(**backup))
    history = model.fit(*data, verbose=0, callbacks=callbacks, **options)
    return model, history.history


def assert_resumes(
    make_model, make_data, backup, *, interrupted, others=list, **options
):
    """A run that is interrupted again and again ends as one that is not."""
    whole, history = train(make_model, make_data, others=others(), **options)
    for seed, steps in enumerate(interrupted, start=7):
        with pytest.raises(InterruptionError):
            train(
                make_model,
                make_data,
                backup,
                others=[*others(), Interrupt(steps)],
                seed=seed,
                **options,
            )
    resumed, rest = train(
        make_model, make_data, backup, others=others(), seed=99, **options
    )
    assert_identical(whole, resumed)
    assert 0 < len(rest["loss"]) < len(history["loss"])
    for name, values in rest.items():
        assert values == history[name][-len(values) :], name


def values(model):
    variables = [*model.variables, *model.optimizer.variables]
    return [
        np.array(keras.ops.convert_to_tensor(variable))
        for variable in variables
    ]


def assert_identical(model, other):
    """Every variable is equal, bit for bit."""
    for a, b in zip(values(model), values(other), strict=True):
        np.testing.assert_array_equal(a, b, strict=True)

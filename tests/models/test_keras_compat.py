"""What touches private parts of Keras does what it is for.

Every override of a Keras method is needed: without it, Keras fails.

Where this fails with a new Keras, the override can go.

https://github.com/keras-team/keras/issues/20585
https://github.com/tensorflow/tensorflow/issues/72388
"""

import json

import keras
import numpy as np
import pytest

from keras_itra.models.keras_compat import (
    compiled_metrics,
    evaluates_within_fit,
    is_called_by_another,
    loss_of,
)
from tests.distribution.workers import Workers


@pytest.mark.parametrize(
    ("y", "outputs", "name"),
    [
        (np.zeros((4,)), 3, "sparse_categorical_crossentropy"),
        (np.zeros((4, 3)), 3, "categorical_crossentropy"),
        (np.zeros((4, 1)), 1, "binary_crossentropy"),
    ],
)
def test_a_loss_is_that_of_the_shapes(y, outputs, name):
    predicted = np.full((4, outputs), 0.3)
    found = loss_of("crossentropy", y, predicted)
    expected = loss_of(name, y, predicted)
    assert float(found(y, predicted)) == float(expected(y, predicted))
    assert loss_of(None, y, predicted) is None


def test_a_layer_knows_whether_another_one_calls_it():
    class Inner(keras.layers.Layer):
        def call(self, x):
            self.within = is_called_by_another(self)
            return x

    inner = Inner()
    inner(np.zeros((2, 2)))
    assert not inner.within
    keras.Sequential([inner])(np.zeros((2, 2)))
    assert inner.within
    assert not is_called_by_another(inner)


def test_metrics_are_those_that_compile_was_given():
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    assert compiled_metrics(model) == []
    mean = keras.metrics.MeanSquaredError()
    model.compile("sgd", "mse", metrics=["mae"], weighted_metrics=[mean])
    assert compiled_metrics(model) == ["mae", mean]


class Watched(keras.Sequential):
    """Remembers who called `evaluate`."""

    def evaluate(self, *args, **kwargs):
        self.within_fit = evaluates_within_fit(kwargs)
        return super().evaluate(*args, **kwargs)


def test_evaluate_knows_whether_fit_called_it():
    model = Watched([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse", run_eagerly=True)
    x, y = np.zeros((2, 2)), np.zeros((2, 1))
    model.fit(x, y, validation_data=(x, y), verbose=0)
    assert model.within_fit
    model.evaluate(x, y, verbose=0)
    assert not model.within_fit


@pytest.mark.slow
@pytest.mark.tensorflow
def test_without_an_override_keras_fails_on_several_workers():
    workers = Workers(2, "tests.models.unmended").ended()
    for worker in workers:
        assert worker.code == 0, worker.errors
        found = json.loads(worker.output)

        assert "alignment" in found["trained"]
        assert found["evaluated"] == pytest.approx(found["exact"], rel=1e-6)

        for override, message in {
            "_maybe_symbolic_build": "PerReplica",
            "train_step": "Invalid reduction dimension 0",
            "test_step": "Invalid reduction dimension 0",
        }.items():
            assert found[override].startswith("ValueError")
            assert message in found[override]
        # A mean over the workers instead of the rows.
        wrong = found["_get_metrics_result_or_logs"]
        assert wrong != pytest.approx(found["exact"], rel=1e-4)

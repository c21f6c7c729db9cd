"""The losses of validation rows: their mean is what `evaluate` reports."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import ops

from keras_itra import metrics
from keras_itra.models.row_losses import RowLosses
from tests.cases import BAD_INPUT
from tests.models.cases import (
    EAGER,
    NUM_CLASSES,
    compiled,
    draw,
    one_hot,
    perceptron,
)
from tests.models.test_paired_fit import Slices

X, Y = draw(11)
WEIGHTS = np.linspace(0, 2, 11, dtype="float32")


def squares(y, predicted):
    """A loss that is a function, with a value per entry."""
    return ops.square(ops.cast(y, predicted.dtype) - predicted)


class Unregistered(keras.losses.Loss):
    """Of a user, who saves nothing."""

    def __init__(self, power):
        super().__init__()
        self.power = power

    def call(self, y, predicted):
        return ops.mean(ops.abs(y - predicted) ** self.power, axis=-1)


def scalar(y, predicted):
    return ops.mean(predicted)


CASES = {
    "integers": ("sparse_categorical_crossentropy", Y, "softmax"),
    "a column": ("sparse_categorical_crossentropy", Y[:, None], "softmax"),
    "one-hot": ("categorical_crossentropy", one_hot(Y), "softmax"),
    "smoothed": (
        keras.losses.CategoricalCrossentropy(True, label_smoothing=0.1),
        one_hot(Y),
        None,
    ),
    "summed": (
        keras.losses.CategoricalFocalCrossentropy(reduction="sum"),
        one_hot(Y),
        "softmax",
    ),
    "by shape": ("crossentropy", Y, "softmax"),
    "binary": ("binary_crossentropy", Y % 2, "sigmoid"),
    "regression": ("mse", X.sum(axis=1), None),
    "several numbers": (squares, X[:, :NUM_CLASSES], None),
    "of a class": (Unregistered(3), X[:, :NUM_CLASSES], None),
    "in a list": ([keras.losses.Huber()], X[:, :1], None),
}


def model_for(name):
    loss, y, activation = CASES[name]
    outputs = 1 if name in ("binary", "regression", "in a list") else 3
    model = perceptron(outputs, activation)
    compiled(model, loss=loss, metrics=None, run_eagerly=EAGER)
    return model, y


@pytest.mark.parametrize("name", CASES)
def test_mean_is_the_loss_that_keras_evaluates(name):
    model, y = model_for(name)
    losses = RowLosses(model, (X, y)).measure().losses
    assert losses.shape == (11,)
    assert losses.dtype == "float64"
    assert np.ptp(losses) > 1e-3
    expected = model.evaluate(X, y, verbose=0, batch_size=11)
    if name == "summed":
        expected /= 11
    np.testing.assert_allclose(losses.mean(), expected, rtol=1e-5)
    # The compiled loss is left as it was.
    assert model.evaluate(X, y, verbose=0, batch_size=11) == pytest.approx(
        expected * (11 if name == "summed" else 1)
    )


def test_rows_come_in_order_with_their_weights():
    model, y = model_for("integers")
    probabilities = model.predict(X, verbose=0)
    expected = -np.log(probabilities[np.arange(11), Y])
    weighted = WEIGHTS * expected
    sources = {
        "arrays": ((X, y), expected),
        "weighted": ((X, y, WEIGHTS), weighted),
        "weights of none": ([X, y, None], expected),
        "PyDataset": (Slices(X, y, 4), expected),
    }
    for name, (data, losses) in sources.items():
        found = RowLosses(model, data, batch_size=5).measure().losses
        np.testing.assert_allclose(found, losses, rtol=1e-4, err_msg=name)
    found = RowLosses(model, Slices(X, y, 4), steps=2).measure().losses
    np.testing.assert_allclose(found, expected[:8], rtol=1e-4)
    before = RowLosses(model, (X, y))
    before.measure()
    model.layers[-1].kernel.assign(0 * model.layers[-1].kernel)
    model.layers[-1].bias.assign([0.0, 0.0, 0.0])
    np.testing.assert_allclose(before.measure().losses, np.log(3), rtol=1e-5)


def test_a_classifier_is_measured_by_its_classes_too():
    model, y = model_for("integers")
    others = RowLosses(model, (X, y, WEIGHTS)).measure().others
    outputs = model.predict(X, verbose=0)
    mistakes = outputs.argmax(axis=1) != y
    assert mistakes.any()
    np.testing.assert_allclose(others["mistakes"], WEIGHTS * mistakes)
    temperature = metrics.fit_temperature(np.log(outputs), y)
    expected = metrics.cross_entropy(np.log(outputs) / temperature, y)
    plain = RowLosses(model, (X, y)).measure().others
    found = plain["calibrated cross-entropy"]
    np.testing.assert_allclose(found.mean(), expected, rtol=1e-5)
    assert expected < RowLosses(model, (X, y)).measure().losses.mean()
    model, y = model_for("several numbers")
    assert RowLosses(model, (X, y)).measure().others == {}


@pytest.mark.tensorflow
def test_datasets_must_keep_their_order():
    model, _ = model_for("integers")
    data = tf.data.Dataset.from_tensor_slices((X, Y, WEIGHTS))
    expected = RowLosses(model, (X, Y, WEIGHTS)).measure().losses
    ordered = RowLosses(model, data.batch(4))
    for _ in range(2):
        found = ordered.measure().losses
        np.testing.assert_allclose(found, expected, rtol=1e-4)
    shuffled = RowLosses(model, data.shuffle(11, seed=0).batch(4))
    shuffled.measure()
    with pytest.raises(ValueError, match="the same order"):
        shuffled.measure()


@pytest.mark.parametrize(
    "options",
    [
        {"loss": None},
        {"loss": ["mse", "mae"]},
        {"loss": scalar},
    ],
)
def test_models_without_a_loss_per_row_are_refused(options):
    model = compiled(perceptron(), metrics=None, run_eagerly=EAGER, **options)
    with pytest.raises(ValueError, match=BAD_INPUT):
        RowLosses(model, (X, X[:, :3])).measure()


def test_what_can_be_read_once_is_refused():
    model, y = model_for("integers")
    with pytest.raises(ValueError, match="read again"):
        RowLosses(model, iter([(X, y)]))
    with pytest.raises(ValueError, match=BAD_INPUT):
        RowLosses(perceptron(), (X, y))

"""Inputs that float16 cannot hold reach a wrapped model as they are."""

import keras
import numpy as np
import pytest

from keras_itra import ITRAModel
from keras_itra.callbacks import FeatureMonitor
from keras_itra.metrics import scatter
from tests.models.cases import NUM_CLASSES, compiled, draw, fit


@pytest.fixture
def classifier():
    """Normalizes large numbers in float32 and computes in float16."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_float16")
    x, y = draw()
    x = x * 1e5
    normalization = keras.layers.Normalization(dtype="float32")
    normalization.adapt(x)
    inputs = keras.Input(x.shape[1:])
    h = keras.layers.Dense(8, activation="relu")(normalization(inputs))
    outputs = keras.layers.Dense(NUM_CLASSES, dtype="float32")(h)
    yield keras.Model(inputs, outputs), x, y
    keras.config.set_dtype_policy(before)


def test_a_wrapped_model_reads_what_it_read_before(classifier):
    model, x, y = classifier
    aligned = compiled(ITRAModel.from_model(model, seed=0))
    expected = model.predict(x, verbose=0)
    assert np.isfinite(expected).all()
    np.testing.assert_array_equal(aligned.predict(x, verbose=0), expected)
    assert np.isfinite(fit(aligned, x, y)["loss"]).all()


def test_a_monitor_reads_it_too(classifier):
    model, x, y = classifier
    monitor = FeatureMonitor((x, y), [scatter])
    history = fit(compiled(model), x, y, callbacks=[monitor])
    assert np.isfinite(history["val_scatter"]).all()

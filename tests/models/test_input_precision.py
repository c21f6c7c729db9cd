"""Inputs of another precision are cast as Keras casts them."""

import keras
import numpy as np
import pytest

from keras_itra import ITRAModel
from keras_itra.callbacks import FeatureMonitor
from keras_itra.metrics import scatter
from tests.models.cases import NUM_CLASSES, compiled, draw, fit
from tests.models.subclasses import Wide


class Standardizing(Wide):
    """Computes with the inputs before a layer sees them."""

    def extract_features(self, x, training=None):
        mean = keras.ops.ones((x.shape[-1],), "float32")
        return super().extract_features(x - mean)


def test_a_subclass_reads_double_precision_as_it_is_called():
    x, y = draw()
    model = compiled(Standardizing(seed=0))
    other = compiled(Standardizing(seed=0))
    model(x), other(x)
    other.set_weights(model.get_weights())
    history = fit(model, x.astype("float64"), y)
    assert history["loss"] == pytest.approx(fit(other, x, y)["loss"])


class OwnWeight(Wide):
    """Multiplies by a weight of its own with what does not cast."""

    def __init__(self, **options):
        super().__init__(**options)
        self.own = self.add_weight(shape=(5, 8), name="own")

    def extract_features(self, x, training=None):
        dtypes = {keras.backend.standardize_dtype(x.dtype), self.own.dtype}
        assert len(dtypes) == 1, "a product of two dtypes"
        return super().extract_features(keras.ops.matmul(x, self.own))


def test_a_subclass_computes_in_the_precision_of_its_policy():
    x, y = draw()
    model = compiled(OwnWeight(seed=0, dtype="mixed_bfloat16"))
    assert np.isfinite(fit(model, x, y)["loss"]).all()


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

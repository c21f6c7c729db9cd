"""Dropout behind the features of a classifier that stays the same."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_itra import networks


def test_only_training_sees_the_dropout():
    classifier = networks.mlp((20,), 3)
    model = networks.with_dropout(classifier, 0.5)
    pairs = zip(model.weights, classifier.weights, strict=True)
    assert all(a is b for a, b in pairs)
    assert [type(layer).__name__ for layer in model.layers[-3:]] == [
        "Dense",
        "Dropout",
        "Dense",
    ]
    x = np.random.default_rng(0).normal(size=(10, 20)).astype("float32")
    x = np.repeat(x, 1000, axis=0)
    plain = ops.convert_to_numpy(classifier(x, training=True))
    np.testing.assert_array_equal(
        ops.convert_to_numpy(model(x, training=False)), plain
    )
    noisy = ops.convert_to_numpy(model(x, training=True))
    assert not np.isclose(noisy, plain).all(axis=1).any()
    # Dropout keeps the expected logits.
    error = noisy - plain
    mean = error.reshape((10, 1000, 3)).mean(axis=1)
    assert np.abs(mean).mean() < 0.1 * np.abs(error).mean()


@pytest.mark.parametrize("rate", [-0.1, 1.1])
def test_bad_rates_are_refused(rate):
    with pytest.raises(ValueError, match=r"(?s)rate.*between 0 and 1"):
        networks.with_dropout(networks.mlp((4,), 2), rate)


def test_a_classifier_without_features_is_refused():
    inputs = keras.Input((4,))
    classifier = keras.Model(inputs, keras.layers.Dense(2, name="x")(inputs))
    with pytest.raises(ValueError, match=r"named 'features'.*layers=\["):
        networks.with_dropout(classifier, 0.5)

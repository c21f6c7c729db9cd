"""Supervised contrastive loss against loops in NumPy."""

import keras
import numpy as np
import pytest

from keras_itra.experiments.rivals import SupervisedContrastive
from tests.cases import BAD_INPUT
from tests.experiments.rivals.cases import (
    DEGENERATE,
    LABELS,
    WEIGHTS,
    draw,
    unit,
)
from tests.gradients import (
    assert_gradient,
    numerical_gradient,
    value_and_gradients,
)


def reference(labels, features, temperature=0.1, weights=None):
    """Equation 2 of the paper, row by row."""
    weights = np.ones(len(labels)) if weights is None else weights
    logits = unit(features) @ unit(features).T / temperature
    kept = np.flatnonzero(weights)
    values, shares = [], []
    for i in kept:
        others = [a for a in kept if a != i]
        positives = [p for p in others if labels[p] == labels[i]]
        if positives:
            log_sum = np.log(np.exp(logits[i, others]).sum())
            values.append(np.mean([log_sum - logits[i, p] for p in positives]))
            shares.append(weights[i])
    return np.average(values, weights=shares) if values else 0.0


@pytest.mark.parametrize("weights", [None, WEIGHTS], ids=["", "weighted"])
@pytest.mark.parametrize("temperature", [0.1, 1.0])
def test_value_and_gradient(temperature, weights):
    features, precise = draw(), draw().astype("float64")
    loss = SupervisedContrastive(temperature)
    value, gradient = value_and_gradients(
        lambda x: loss(LABELS, x, sample_weight=weights), features
    )

    def expected(x):
        return reference(LABELS, x, temperature, weights)

    np.testing.assert_allclose(value, expected(precise), rtol=1e-5)
    assert_gradient(gradient, numerical_gradient(expected, precise), 1e-4)


def test_labels_in_any_layout_and_a_vector_over_the_rows():
    features, loss = draw(), SupervisedContrastive()
    expected = reference(LABELS, features)
    for labels in (LABELS[:, None], np.eye(4)[LABELS]):
        np.testing.assert_allclose(loss(labels, features), expected, rtol=1e-5)
    vector = keras.ops.convert_to_numpy(loss.call(LABELS, features))
    assert vector.shape == (8,)
    # Rows 3 and 6 are alone in their class.
    np.testing.assert_array_equal(vector == 0, np.isin(np.arange(8), (3, 6)))


def test_soft_labels_count_pairs_by_their_inner_product():
    features = draw()[:3]
    labels = np.array([[1, 0], [0.5, 0.5], [0.2, 0.8]])
    logits = unit(features) @ unit(features).T / 0.1
    expected = []
    for i in range(3):
        others = [a for a in range(3) if a != i]
        shares = [labels[i] @ labels[p] for p in others]
        log_sum = np.log(np.exp(logits[i, others]).sum())
        expected.append(log_sum - np.average(logits[i, others], weights=shares))
    value = SupervisedContrastive()(labels, features)
    np.testing.assert_allclose(value, np.mean(expected), rtol=1e-5)


@pytest.mark.parametrize("name", DEGENERATE)
def test_degenerate_batches(name):
    labels, features = DEGENERATE[name]
    loss = SupervisedContrastive(0.01)
    value, gradient = value_and_gradients(lambda x: loss(labels, x), features)
    expected = reference(labels, features, 0.01)
    np.testing.assert_allclose(value, expected, rtol=1e-4, atol=1e-5)
    assert np.isfinite(np.array(gradient)).all()
    zeros = ~features.any(axis=1)
    np.testing.assert_array_equal(np.array(gradient)[zeros], 0)


def test_config_round_trip():
    loss = SupervisedContrastive(0.5, name="contrast", gather=False)
    config = keras.saving.serialize_keras_object(loss)
    copy = keras.saving.deserialize_keras_object(config)
    assert isinstance(copy, SupervisedContrastive)
    assert copy.get_config() == loss.get_config()
    assert copy.temperature == 0.5


@pytest.mark.parametrize("temperature", [0, -1.0, float("nan"), "warm"])
def test_bad_temperatures_are_refused(temperature):
    with pytest.raises(ValueError, match=BAD_INPUT):
        SupervisedContrastive(temperature)

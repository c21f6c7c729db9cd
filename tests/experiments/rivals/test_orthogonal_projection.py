"""Orthogonal projection loss against loops in NumPy."""

import keras
import numpy as np
import pytest

from keras_itra.experiments.rivals import OrthogonalProjection
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


def reference(labels, features, gamma=0.5, weights=None):
    """Equations 3 to 5 of the paper, pair by pair."""
    weights = np.ones(len(labels)) if weights is None else weights
    cosines = unit(features) @ unit(features).T
    same, different = [], []
    for i in range(len(labels)):
        for j in range(i):
            pair = (cosines[i, j], weights[i] * weights[j])
            (same if labels[i] == labels[j] else different).append(pair)
    value = 1 - mean_of(same) if same else 0.0
    return value + (gamma * abs(mean_of(different)) if different else 0.0)


def mean_of(pairs):
    values, weights = np.transpose(pairs)
    return np.average(values, weights=weights)


# Of the first features the different classes point towards each other in the
# mean, of the others away: both sides of the absolute value.
@pytest.mark.parametrize("weights", [None, WEIGHTS], ids=["", "weighted"])
@pytest.mark.parametrize(("seed", "sign"), [(0, 1), (5, -1)])
def test_value_and_gradient(seed, sign, weights):
    features = draw(seed) + np.float32(sign > 0)
    precise = features.astype("float64")
    loss = OrthogonalProjection(gamma=0.7)
    value, gradient = value_and_gradients(
        lambda x: loss(LABELS, x, sample_weight=weights), features
    )

    def expected(x):
        return reference(LABELS, x, 0.7, weights)

    between = unit(precise) @ unit(precise).T
    assert np.sign(between[LABELS[:, None] != LABELS].mean()) == sign
    np.testing.assert_allclose(value, expected(precise), rtol=1e-5)
    assert_gradient(gradient, numerical_gradient(expected, precise), 1e-4)


def test_labels_in_any_layout_and_a_vector_over_the_rows():
    features, loss = draw(), OrthogonalProjection()
    expected = reference(LABELS, features)
    for labels in (LABELS[:, None], np.eye(4)[LABELS]):
        np.testing.assert_allclose(loss(labels, features), expected, rtol=1e-5)
    assert loss.call(LABELS, features).shape == (8,)


def test_soft_labels_are_of_one_class_by_their_inner_product():
    features = draw()[:2]
    cosine = unit(features)[0] @ unit(features)[1]
    labels = np.array([[1, 0], [0.25, 0.75]])
    value = OrthogonalProjection()(labels, features)
    # The same pair stands on both sides, whatever its share.
    expected = 1 - cosine + 0.5 * abs(cosine)
    np.testing.assert_allclose(value, expected, rtol=1e-5)


@pytest.mark.parametrize("name", DEGENERATE)
def test_degenerate_batches(name):
    labels, features = DEGENERATE[name]
    loss = OrthogonalProjection()
    value, gradient = value_and_gradients(lambda x: loss(labels, x), features)
    expected = reference(labels, features)
    np.testing.assert_allclose(value, expected, rtol=1e-4, atol=1e-5)
    assert np.isfinite(np.array(gradient)).all()
    zeros = ~features.any(axis=1)
    np.testing.assert_array_equal(np.array(gradient)[zeros], 0)


def test_config_round_trip():
    loss = OrthogonalProjection(0.25, name="orthogonal", gather=False)
    config = keras.saving.serialize_keras_object(loss)
    copy = keras.saving.deserialize_keras_object(config)
    assert isinstance(copy, OrthogonalProjection)
    assert copy.get_config() == loss.get_config()
    assert copy.gamma == 0.25


@pytest.mark.parametrize("gamma", [-1.0, float("nan"), None])
def test_bad_weights_are_refused(gamma):
    with pytest.raises(ValueError, match=BAD_INPUT):
        OrthogonalProjection(gamma)

"""CenterLoss against its formula, step by step."""

import keras
import numpy as np
import pytest

from keras_itra.layers import AlignmentRegularizer
from keras_itra.losses import CenterLoss, FourierAlignment
from tests.cases import BAD_INPUT
from tests.gradients import value_and_gradients
from tests.graphs import compiled


def draw(seed=0, rows=9):
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 3, rows)  # class 3 is missing
    return labels, rng.normal(size=(rows, 2)).astype("float32")


def expected_step(centers, labels, features, rate, weights=None):
    """Value before the step, centres after it."""
    weights = np.ones(len(labels)) if weights is None else weights
    distances = ((features - centers[labels]) ** 2).sum(1)
    value = 0.5 * (weights * distances).sum() / weights.sum()
    moved = centers.copy()
    for k in range(len(centers)):
        of_k = labels == k
        difference = weights[of_k, None] * (features[of_k] - centers[k])
        moved[k] += rate * difference.sum(0) / (1 + weights[of_k].sum())
    return value, moved


@pytest.mark.parametrize("layout", ["integers", "column", "one-hot"])
def test_values_and_centers_follow_the_formula(layout):
    loss = CenterLoss(num_classes=4, feature_dim=2, rate=0.3)
    centers = np.zeros((4, 2))
    for seed in range(3):
        labels, features = draw(seed)
        given = {
            "integers": labels,
            "column": labels[:, None],
            "one-hot": np.eye(4)[labels],
        }[layout]
        value = loss(given, features)
        expected, centers = expected_step(centers, labels, features, 0.3)
        np.testing.assert_allclose(value, expected, rtol=1e-5)
        np.testing.assert_allclose(loss.centers, centers, rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(loss.centers[3], 0)


def test_default_rate_is_one_half():
    loss = CenterLoss(1, 1)
    loss(np.zeros(1, int), np.ones((1, 1), "float32"))
    np.testing.assert_allclose(loss.centers, 0.5 / 2)


def test_call_is_a_vector_whose_mean_is_the_loss():
    labels, features = draw()
    vector = CenterLoss(4, 2).call(labels, features)
    assert vector.shape == (9,)
    np.testing.assert_allclose(vector, 0.5 * (features**2).sum(1), rtol=1e-5)


def test_gradient_goes_to_the_features_alone():
    labels, features = draw()
    loss = CenterLoss(4, 2)
    loss(labels, features + 1)  # move the centres away from zero
    centers = np.array(loss.centers)
    _, gradient = value_and_gradients(lambda x: loss(labels, x), features)
    np.testing.assert_allclose(
        gradient, (features - centers[labels]) / 9, rtol=1e-5, atol=1e-7
    )
    assert not loss.centers.trainable


def test_sample_weight_scales_value_and_centers():
    labels, features = draw()
    weights = np.random.default_rng(1).uniform(0.5, 2, 9).astype("float32")
    weights[2] = 0
    features[2] = 1e6
    loss = CenterLoss(4, 2)
    value = loss(labels, features, sample_weight=weights)
    expected, centers = expected_step(
        np.zeros((4, 2)), labels, features, 0.5, weights
    )
    np.testing.assert_allclose(value, expected, rtol=1e-5)
    np.testing.assert_allclose(loss.centers, centers, rtol=1e-5, atol=1e-6)


def test_config_round_trip():
    loss = CenterLoss(4, 2, rate=0.25, name="pull")
    config = keras.saving.serialize_keras_object(loss)
    assert config["registered_name"] == "keras_itra>CenterLoss"
    copy = keras.saving.deserialize_keras_object(config)
    assert isinstance(copy, CenterLoss)
    assert copy.get_config() == loss.get_config()
    assert copy.centers.shape == (4, 2)


@pytest.mark.parametrize(
    "arguments",
    [
        {"num_classes": 0},
        {"num_classes": 2.0},
        {"feature_dim": -1},
        {"feature_dim": None},
        {"rate": 0.0},
        {"rate": -0.5},
        {"rate": 1.5},
        {"rate": float("nan")},
    ],
    ids=str,
)
def test_bad_arguments_are_refused(arguments):
    with pytest.raises(ValueError, match=BAD_INPUT):
        CenterLoss(**{"num_classes": 4, "feature_dim": 2, **arguments})


def test_features_and_labels_of_wrong_shape_are_refused():
    labels, features = draw()
    for given in (
        (labels, features[:, :1]),
        (labels[1:], features),
        (np.zeros((9, 2, 2)), features),
        (np.eye(3)[labels], features),  # 3 columns for 4 classes
    ):
        with pytest.raises(ValueError, match=BAD_INPUT):
            CenterLoss(4, 2)(*given)


@pytest.mark.tensorflow  # compiled, the loss moves its own centres
def test_jit_equals_eager():
    labels, features = draw()
    eager, loss = CenterLoss(4, 2), CenterLoss(4, 2)
    function = compiled(lambda s, x: loss(s, x))
    for _ in range(2):
        value = function(labels, features)
        np.testing.assert_allclose(value, eager(labels, features), rtol=1e-5)
    np.testing.assert_allclose(loss.centers, eager.centers, rtol=1e-5)


def test_compiled_into_a_plain_model_its_centers_move_or_it_is_refused():
    y, x = draw()
    entry = keras.Input((2,))
    features = keras.layers.Dense(4, activation="relu")(entry)
    model = keras.Model(entry, features)
    loss = CenterLoss(3, 4)
    model.compile("sgd", loss)
    if keras.backend.backend() == "jax":
        with pytest.raises(ValueError, match="without state, which JAX loses"):
            model.fit(x, y, verbose=0)
    else:
        model.fit(x, y, verbose=0)
        assert np.abs(np.array(loss.centers)).max() > 0
    model.compile(
        "sgd", FourierAlignment(4, num_classes=4)
    )  # whose state is fixed
    assert np.isfinite(model.fit(x, y, verbose=0).history["loss"]).all()


def test_the_layer_moves_its_centers_on_every_backend():
    y, x = draw()
    entry, labels = keras.Input((2,)), keras.Input((), dtype="int32")
    features = keras.layers.Dense(4, activation="relu")(entry)
    loss = CenterLoss(4, 4)
    features = AlignmentRegularizer(loss, 0.1)(features, labels)
    model = keras.Model([entry, labels], keras.layers.Dense(3)(features))
    model.compile(
        "sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    )
    model.fit([x, y], y, verbose=0)
    assert np.abs(np.array(loss.centers)).max() > 0

"""The step of the paper: against NumPy by hand, and against plain Keras."""

import keras
import numpy as np
import pytest

from keras_itra.data import PairedBatches
from tests import reference
from tests.models import hand_step
from tests.models.cases import (
    NUM_CLASSES,
    WIDTH,
    assert_same_weights,
    batch_normalized,
    compiled,
    copy_of,
    draw,
    fit,
    linear,
    one_hot,
    perceptron,
    wrapped,
)

RATE, STRENGTH = 0.2, 0.7
SUPERVISED = {"first": slice(0, None, 2), "both": slice(None)}


def linear_model(**options):
    model = wrapped(linear(), alignment_weight=STRENGTH, **options)
    return compiled(model, optimizer=keras.optimizers.SGD(RATE))


def test_gradient_by_hand_is_that_of_the_reference():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(4, 3)), rng.normal(size=(3, 3)) + 1
    kernel = reference.Kernel().fit(x, y)
    value, of_x, of_y = hand_step.mmd_and_gradients(x, y)
    np.testing.assert_allclose(value, reference.mmd(x, y, kernel))
    for rows, gradient in ((x, of_x), (y, of_y)):
        for index in np.ndindex(rows.shape):
            kept = rows[index]
            rows[index] = kept + 1e-6
            up = reference.mmd(x, y, kernel)
            rows[index] = kept - 1e-6
            down = reference.mmd(x, y, kernel)
            rows[index] = kept
            np.testing.assert_allclose(
                gradient[index], (up - down) / 2e-6, atol=1e-8
            )


@pytest.mark.parametrize(
    ("supervise", "forward"),
    [("first", "joint"), ("first", "separate"), ("both", "joint")],
)
def test_steps_equal_those_by_hand(supervise, forward):
    x, y = draw(21)  # three steps, the last of five pairs
    model = linear_model(supervise=supervise, forward=forward)
    batches = PairedBatches((x, y), 8, seed=0)
    start = [np.array(w) for w in model.trainable_weights]
    weights = hand_step.descend(
        start,
        [batches[index] for index in range(3)],
        RATE,
        STRENGTH,
        SUPERVISED[supervise],
    )
    fit(model, x, y, batch_size=8)
    for found, expected, before in zip(
        model.trainable_weights, weights, start, strict=True
    ):
        assert np.abs(expected - before).max() > 1e-2
        np.testing.assert_allclose(np.array(found), expected, atol=1e-5)


def test_one_step_pulls_at_both_mini_batches():
    """S2 alone moves W through the alignment, and V not at all."""
    x, y = draw(12)
    model = linear_model()
    w, v = (np.array(weight) for weight in model.trainable_weights)
    s2_only = np.where(np.arange(12)[:, None] % 2, x, 0).astype("float32")
    model.train_on_batch(s2_only, y)
    after_w, after_v = (np.array(weight) for weight in model.trainable_weights)
    np.testing.assert_array_equal(after_v, v)
    assert np.abs(after_w - w).max() > 1e-3


def test_labels_and_rows_without_a_partner():
    """An odd mini-batch, and a class that stands in S1 alone."""
    x, y = draw(9)
    y[:] = np.arange(9) // 2 % 2
    y[8] = 2
    for labels, loss in (
        (y, keras.losses.SparseCategoricalCrossentropy),
        (y[:, None], keras.losses.SparseCategoricalCrossentropy),
        (one_hot(y), keras.losses.CategoricalCrossentropy),
    ):
        model = linear_model()
        weights = [np.array(w) for w in model.trainable_weights]
        expected = hand_step.descend(
            weights, [(x, y)], RATE, STRENGTH, SUPERVISED["first"]
        )
        optimizer = keras.optimizers.SGD(RATE)
        compiled(model, optimizer=optimizer, loss=loss(from_logits=True))
        model.train_on_batch(x, labels)
        for found, by_hand in zip(
            model.trainable_weights, expected, strict=True
        ):
            np.testing.assert_allclose(np.array(found), by_hand, atol=1e-5)


def test_gradient_accumulation_averages_the_gradients_of_its_steps():
    x, y = draw(16)
    model = wrapped(linear(), alignment_weight=STRENGTH)
    compiled(
        model,
        optimizer=keras.optimizers.SGD(RATE, gradient_accumulation_steps=2),
    )
    start = [np.array(w) for w in model.trainable_weights]
    batches = PairedBatches((x, y), 8, seed=0)
    mean = [np.zeros_like(w) for w in start]
    for index in range(2):
        *_, gradients = hand_step.losses_and_gradients(
            start, *batches[index], STRENGTH, SUPERVISED["first"]
        )
        mean = [m + g / 2 for m, g in zip(mean, gradients, strict=True)]
    fit(model, x, y, batch_size=8)
    assert int(model.optimizer.iterations) == 1
    for found, before, gradient in zip(
        model.trainable_weights, start, mean, strict=True
    ):
        expected = before - RATE * gradient
        np.testing.assert_allclose(np.array(found), expected, atol=1e-5)


@pytest.mark.parametrize(
    ("net", "forward", "sampling", "pairing"),
    [
        (perceptron, "joint", "matched", "independent"),
        (perceptron, "joint", "balanced", "independent"),
        (perceptron, "joint", "matched", "none"),
        (batch_normalized, "separate", "matched", "independent"),
    ],
)
def test_weight_zero_is_plain_keras_on_s1(net, forward, sampling, pairing):
    x, y = draw(22)
    classifier = net()
    plain = compiled(copy_of(classifier))
    model = wrapped(
        classifier,
        alignment_weight=0,
        forward=forward,
        sampling=sampling,
        pairing=pairing,
    )
    history = fit(model, x, y, batch_size=6, epochs=2)
    s1 = PairedBatches((x, y), 6, pairing="none", sampling=sampling, seed=0)
    expected = fit(plain, s1, epochs=2, shuffle=False)
    assert_same_weights(classifier, plain)
    np.testing.assert_allclose(history["loss"], expected["loss"], rtol=1e-5)
    np.testing.assert_allclose(history["accuracy"], expected["accuracy"])


def test_separate_forwards_move_batch_statistics_twice():
    """Trainable weights as plain Keras; moving statistics see S2 as well."""
    x, y = draw(12)
    classifier = batch_normalized()
    w = np.array(classifier.get_layer("hidden").kernel, "float64")
    model = wrapped(classifier, forward="separate")
    model.train_on_batch(x, y)
    layer = classifier.get_layer("normalized")
    expected = np.zeros(8)
    for half in (x[0::2], x[1::2]):
        mean = (half @ w).mean(0)
        expected = layer.momentum * expected + (1 - layer.momentum) * mean
    np.testing.assert_allclose(
        np.array(layer.moving_mean), expected, rtol=1e-4, atol=1e-6
    )


def test_separate_forward_normalizes_each_mini_batch_by_itself():
    x, _ = draw(12)
    model = wrapped(batch_normalized(), forward="separate")
    features = keras.ops.convert_to_numpy(model(x, training=True)["features"])
    layers = model.feature_model
    for half in (slice(0, None, 2), slice(1, None, 2)):
        expected = keras.ops.convert_to_numpy(layers(x[half], training=True))
        np.testing.assert_allclose(features[half], expected, atol=1e-5)
    joint = wrapped(model.inference_model()).feature_model(x, training=True)
    assert np.abs(features - keras.ops.convert_to_numpy(joint)).max() > 1e-2


def penalized():
    """Two penalties of the features, and one of the weights."""
    return keras.Sequential(
        [
            keras.Input((WIDTH,)),
            keras.layers.Dense(
                8,
                "relu",
                kernel_regularizer=keras.regularizers.L2(0.1),
                activity_regularizer=keras.regularizers.L2(0.2),
            ),
            keras.layers.ActivityRegularization(l1=0.3),
            keras.layers.Dense(
                NUM_CLASSES, activity_regularizer=keras.regularizers.L2(0.1)
            ),
        ]
    )


def test_separate_forwards_are_penalized_once():
    x, y = draw(24)
    classifier = penalized()
    models = [
        wrapped(copy_of(classifier), forward=forward)
        for forward in ("joint", "separate")
    ]
    joint, separate = (
        fit(model, x, y, batch_size=6, epochs=2) for model in models
    )
    for name in ("supervised_loss", "loss", "alignment"):
        assert joint[name] == pytest.approx(separate[name], rel=1e-5)
    assert_same_weights(*models, rtol=1e-5, atol=1e-6)


def test_training_output_holds_logits_of_s1_and_all_features():
    x, _ = draw(7)
    for supervise, rows in (("first", 4), ("both", 7)):
        outputs = wrapped(supervise=supervise)(x, training=True)
        assert outputs["logits"].shape == (rows, NUM_CLASSES)
        assert outputs["features"].shape == (7, 8)

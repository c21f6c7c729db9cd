"""AlignmentRegularizer inside functional models."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_itra import discrepancies
from keras_itra.layers import AlignmentRegularizer
from keras_itra.losses import (
    CenterLoss,
    ITRAAlignment,
    WithinClassSpread,
)
from tests.cases import BAD_INPUT
from tests.gradients import value_and_gradients
from tests.models.cases import EAGER

NUM_CLASSES, WIDTH = 3, 5


def draw(rows=10, seed=0):
    """Paired rows and their classes."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(rows, 4)).astype("float32")
    return x, np.arange(rows) // 2 % NUM_CLASSES


def conditional(features, labels):
    return discrepancies.conditional_mmd(
        features[0::2],
        labels[0::2],
        features[1::2],
        labels[1::2],
        num_classes=NUM_CLASSES,
    )


def network(layer, with_labels=True, run_eagerly=EAGER):
    """Image and label to logits, through the regularized features."""
    image = keras.Input((4,), name="image")
    label = keras.Input((), dtype="int32", name="label")
    h = keras.layers.Dense(WIDTH, activation="tanh", name="features")(image)
    h = layer(h, label) if with_labels else layer(h)
    inputs = [image, label] if with_labels else image
    model = keras.Model(inputs, keras.layers.Dense(NUM_CLASSES)(h))
    model.compile(
        optimizer=keras.optimizers.SGD(0.1),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        run_eagerly=run_eagerly,
    )
    return model


def features_of(model, x):
    return ops.convert_to_numpy(model.get_layer("features")(x))


def test_adds_the_weighted_loss_in_training_only():
    x, y = draw()
    layer = AlignmentRegularizer(ITRAAlignment(num_classes=3), weight=0.3)
    for training in (False, None):
        np.testing.assert_array_equal(layer(x, y, training=training), x)
        assert layer.losses == []
    np.testing.assert_array_equal(layer(x, y, training=True), x)
    (loss,) = layer.losses
    np.testing.assert_allclose(loss, 0.3 * conditional(x, y), rtol=1e-5)


def test_default_is_conditional_alignment_with_the_papers_weight():
    x, y = draw()
    layer = AlignmentRegularizer()
    layer(x, y, training=True)
    expected = 0.6 * ITRAAlignment()(y, x)
    np.testing.assert_allclose(layer.losses[0], expected, rtol=1e-6)


@pytest.mark.parametrize("layout", ["column", "one-hot", "float"])
def test_layout_of_labels_does_not_matter(layout):
    x, y = draw()
    other = {
        "column": y[:, None],
        "one-hot": np.eye(3, dtype="float32")[y],
        "float": y.astype("float32"),
    }[layout]
    layer = AlignmentRegularizer(ITRAAlignment(num_classes=3), weight=1.0)
    layer(x, other, training=True)
    np.testing.assert_allclose(layer.losses[0], conditional(x, y), rtol=1e-5)


def test_float_labels_survive_half_precision():
    # In float16 class 2049 is class 2048.
    x, _ = draw(rows=4)
    x = x.astype("float16")
    y = np.array([2048, 2048, 2049, 2049], dtype="float32")
    layer = AlignmentRegularizer(weight=1.0, dtype="mixed_float16")
    layer(x, y, training=True)
    expected = ITRAAlignment()(y, x)
    np.testing.assert_allclose(layer.losses[0], expected, rtol=1e-4)


def test_fit_trains_on_both_and_evaluate_reports_cross_entropy():
    x, y = draw()
    layer = AlignmentRegularizer(ITRAAlignment(num_classes=3), weight=0.5)
    model = network(layer)
    alignment = conditional(features_of(model, x), y)
    plain = model.evaluate([x, y], y, verbose=0)
    options = {"batch_size": 10, "shuffle": False, "verbose": 0}
    history = model.fit([x, y], y, **options).history
    np.testing.assert_allclose(
        history["loss"], plain + 0.5 * np.array(alignment), rtol=1e-5
    )


def test_step_goes_down_the_gradient_of_both():
    x, y = draw()
    layer = AlignmentRegularizer(ITRAAlignment(num_classes=3), weight=2.0)
    model = network(layer)

    def loss(w, b, v, c):
        h = ops.tanh(ops.matmul(x, w) + b)
        logits = ops.matmul(h, v) + c
        return model.loss(y, logits) + 2 * conditional(h, y)

    start = model.get_weights()
    _, *gradients = value_and_gradients(loss, *start)
    model.fit([x, y], y, batch_size=10, shuffle=False, verbose=0)
    for before, gradient, after in zip(
        start, gradients, model.get_weights(), strict=True
    ):
        np.testing.assert_allclose(
            after, before - 0.1 * np.array(gradient), atol=1e-6
        )


def test_marginal_needs_no_labels():
    x, y = draw()
    layer = AlignmentRegularizer(ITRAAlignment("marginal"), weight=1.0)
    model = network(layer, with_labels=False)
    h = features_of(model, x)
    expected = discrepancies.mmd(h[0::2], h[1::2])
    model(x, training=True)
    loss = ops.convert_to_numpy(model.losses[0])
    np.testing.assert_allclose(loss, expected, rtol=1e-5)
    model.fit(x, y, verbose=0, shuffle=False)
    assert model.predict(x, verbose=0).shape == (10, NUM_CLASSES)


@pytest.mark.parametrize(
    "loss",
    [
        ITRAAlignment(),
        ITRAAlignment("joint"),
        ITRAAlignment("joint", label_kernel="gaussian"),
        WithinClassSpread(),
        CenterLoss(NUM_CLASSES, 4),
    ],
    ids=["conditional", "joint", "regression", "spread", "center"],
)
def test_missing_labels_are_refused(loss):
    x, _ = draw()
    with pytest.raises(ValueError, match=BAD_INPUT):
        AlignmentRegularizer(loss)(x, training=True)


@pytest.mark.parametrize(
    "arguments",
    [
        {"weight": -0.1},
        {"weight": float("nan")},
        {"weight": "large"},
        {"weight": True},
        {"loss": "mmd"},
        {"loss": keras.losses.MeanSquaredError()},
        {"loss": ITRAAlignment},
    ],
)
def test_bad_arguments_are_refused(arguments):
    with pytest.raises(ValueError, match=BAD_INPUT):
        AlignmentRegularizer(**arguments)


def test_output_spec_is_that_of_the_features():
    spec = AlignmentRegularizer()(
        keras.KerasTensor((None, 2, 3)), keras.KerasTensor((None,), "int32")
    )
    assert (spec.shape, spec.dtype) == ((None, 2, 3), "float32")


def test_a_mask_passes_through():
    tokens = keras.Input((6,), dtype="int32", name="tokens")
    label = keras.Input((), dtype="int32", name="label")
    h = keras.layers.Embedding(10, 4, mask_zero=True)(tokens)
    pooling = keras.layers.GlobalAveragePooling1D()
    plain = keras.Model([tokens, label], pooling(h))
    model = keras.Model(
        [tokens, label], pooling(AlignmentRegularizer()(h, label))
    )
    rows = [np.tri(6, dtype="int32"), np.zeros(6, "int32")]
    found, expected = (
        ops.convert_to_numpy(each(rows)) for each in (model, plain)
    )
    np.testing.assert_array_equal(found, expected)

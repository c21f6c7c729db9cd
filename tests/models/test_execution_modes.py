"""Ways to run a step that must not change what it computes."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_itra import ITRAModel
from keras_itra.losses import ITRAAlignment
from tests.models.cases import (
    EAGER,
    assert_same_weights,
    compiled,
    copy_of,
    draw,
    fit,
    perceptron,
    skip_under_torch,
)

NAMES = ("loss", "supervised_loss", "alignment", "bandwidth", "accuracy")

#: What is compiled.
COMPILE = {
    "jit": {"jit_compile": True},
    "eager": {"run_eagerly": True},
    "four steps at once": {"steps_per_execution": 4},
}


def train(classifier, **options):
    """Two epochs of five steps, which four steps at once do not divide."""
    x, y = draw(38)  # the last mini-batch is smaller
    options = {"run_eagerly": False, **options}
    model = compiled(ITRAModel.from_model(classifier, seed=0), **options)
    return model, fit(model, x, y, batch_size=8, epochs=2)


@pytest.fixture(scope="module")
def classifier():
    # Made before a test has set its policy and its seed. Of seed 0 a gradient
    # is above 2, which at the first scale of the loss is no float16.
    keras.config.set_dtype_policy("float32")
    keras.utils.set_random_seed(1)
    return perceptron()


@pytest.fixture(scope="module")
def plain(classifier):
    return train(copy_of(classifier))


@pytest.mark.parametrize("name", COMPILE)
def test_modes_equal_the_default(name, classifier, plain):
    skip_under_torch(name)
    model, history = train(copy_of(classifier), **COMPILE[name])
    assert history.keys() == plain[1].keys()
    for key in NAMES:
        np.testing.assert_allclose(
            history[key], plain[1][key], rtol=1e-5, err_msg=key
        )
    assert_same_weights(model, plain[0], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    ("policy", "tolerance"), [("mixed_float16", 4e-3), ("mixed_bfloat16", 3e-2)]
)
def test_mixed_precision_is_float32_within_its_rounding(policy, tolerance):
    # At the kink of a ReLU a rounding decides whether there is a gradient.
    classifier = perceptron(hidden="tanh")
    plain = train(copy_of(classifier), run_eagerly=EAGER)
    keras.config.set_dtype_policy(policy)
    half = perceptron(hidden="tanh")
    half.set_weights(classifier.get_weights())
    model, history = train(half, run_eagerly=EAGER)
    assert model.feature_model.compute_dtype == policy.removeprefix("mixed_")
    assert model.trainable_weights[0].dtype == "float32"
    for key in NAMES[:-1]:
        np.testing.assert_allclose(
            history[key], plain[1][key], rtol=tolerance, err_msg=key
        )
    moved = [
        np.array(w) - before
        for w, before in zip(
            plain[0].trainable_weights, classifier.get_weights(), strict=True
        )
    ]
    for found, expected, change in zip(
        model.trainable_weights, plain[0].trainable_weights, moved, strict=True
    ):
        np.testing.assert_allclose(
            np.array(found),
            np.array(expected),
            atol=5 * tolerance * np.abs(change).max(),
        )


def gradients(model, batch):
    """Gradients of one step, unscaled."""
    x, y = map(tf.convert_to_tensor, batch)
    with tf.GradientTape() as tape:
        loss = model.compute_loss(x, y, model(x, training=True))
        loss = model.optimizer.scale_loss(loss)
    scale = model.optimizer.scale_loss(1.0)
    found = tape.gradient(loss, model.trainable_weights)
    return [np.array(g, "float64") / float(scale) for g in found]


@pytest.mark.tensorflow  # records the gradients of a whole model
@pytest.mark.parametrize("mode", ["marginal", "conditional", "joint"])
@pytest.mark.parametrize(
    ("policy", "tolerance"), [("mixed_float16", 4e-3), ("mixed_bfloat16", 3e-2)]
)
def test_gradients_of_mixed_precision_are_those_of_float32(
    policy, tolerance, mode, classifier
):
    def model_of(classifier):
        alignment = ITRAAlignment(mode)
        return compiled(
            ITRAModel.from_model(classifier, seed=0, alignment=alignment)
        )

    expected = gradients(model_of(copy_of(classifier)), draw())
    keras.config.set_dtype_policy(policy)
    half = perceptron()
    half.set_weights(classifier.get_weights())
    model = model_of(half)
    scaled = float(model.optimizer.scale_loss(1.0)) > 1.0
    assert scaled == (policy == "mixed_float16")
    for found, true in zip(gradients(model, draw()), expected, strict=True):
        error = np.abs(found - true).max() / np.abs(true).max()
        assert 0 < error < tolerance


def test_a_tail_of_one_row_is_trained_on_by_xla(classifier):
    skip_under_torch("jit")
    x, y = draw(1)
    model = ITRAModel.from_model(
        copy_of(classifier), seed=0, forward="separate", pairing="split"
    )
    compiled(model, jit_compile=True, run_eagerly=False)
    logs = model.train_on_batch(x, y)
    assert np.all(np.isfinite(logs))
    assert int(model.optimizer.iterations) == 1

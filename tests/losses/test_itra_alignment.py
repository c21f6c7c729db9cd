"""ITRAAlignment: a vector whose mean is the discrepancy of its two halves."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_itra import discrepancies, kernels
from keras_itra.losses import ITRAAlignment
from tests import reference
from tests.cases import BAD_INPUT, NUM_CLASSES
from tests.gradients import assert_gradient, value_and_gradients
from tests.graphs import compiled
from tests.losses.alignment_cases import MODES, draw, halves

OPTIONS = {
    "default": {},
    "squared": {"rooted": False},
    "unbiased": {"rooted": False, "estimator": "unbiased"},
    "laplacian": {"kernel": "laplacian"},
    "linear": {"kernel": "linear"},
}


@pytest.fixture
def restore_floatx():
    yield
    keras.config.set_floatx("float32")


@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("mode", MODES)
def test_mean_and_its_gradient_are_those_of_the_discrepancy(mode, options):
    arguments, discrepancy = MODES[mode]
    options = OPTIONS[options]
    labels, features = draw()
    loss = ITRAAlignment(**arguments, **options)
    vector = loss.call(labels, features)
    assert vector.shape == (len(labels),)
    expected, gradient = value_and_gradients(
        lambda x: discrepancy(*halves(labels, x), **options), features
    )
    assert abs(expected) > 1e-2
    for function in (
        lambda x: ops.mean(loss.call(labels, x)),
        lambda x: loss(labels, x),
    ):
        value, found = value_and_gradients(function, features)
        np.testing.assert_allclose(value, expected, rtol=1e-5)
        assert_gradient(found, gradient)


def test_default_is_the_papers_itra_c():
    labels, features = draw(rows=40, width=8)
    x, s, y, t = halves(labels, features.astype("float64"))
    s, t = (reference.one_hot(half, NUM_CLASSES) for half in (s, t))
    expected = reference.conditional_mmd(x, s, y, t, reference.Kernel())
    value = ITRAAlignment(num_classes=NUM_CLASSES)(labels, features)
    np.testing.assert_allclose(value, expected, rtol=1e-5)


@pytest.mark.parametrize("layout", ["column", "one-hot", "float"])
@pytest.mark.parametrize("mode", ["conditional", "joint"])
def test_layout_of_labels_does_not_matter(mode, layout):
    labels, features = draw()
    other = {
        "column": labels[:, None],
        "one-hot": keras.utils.to_categorical(labels, NUM_CLASSES),
        "float": labels.astype("float32"),
    }[layout]
    loss = ITRAAlignment(mode=mode, num_classes=NUM_CLASSES)
    expected = loss(labels, features)
    np.testing.assert_allclose(loss(other, features), expected, rtol=1e-6)


def test_class_average_follows_what_is_known_of_the_classes():
    labels, features = draw()
    one_hot = keras.utils.to_categorical(labels, NUM_CLASSES)
    everything = ITRAAlignment(class_average="all", num_classes=NUM_CLASSES)
    present = ITRAAlignment(class_average="present", num_classes=NUM_CLASSES)
    a, b = everything(labels, features), present(labels, features)
    np.testing.assert_allclose(NUM_CLASSES * a, 2 * b, rtol=1e-6)
    known = ITRAAlignment(num_classes=NUM_CLASSES)(labels, features)
    np.testing.assert_allclose(known, a, rtol=1e-6)
    np.testing.assert_allclose(ITRAAlignment()(one_hot, features), a, rtol=1e-6)
    np.testing.assert_allclose(ITRAAlignment()(labels, features), b, rtol=1e-6)
    told = ITRAAlignment().for_classes(NUM_CLASSES)
    np.testing.assert_allclose(told(labels, features), a, rtol=1e-6)
    with pytest.raises(ValueError, match=BAD_INPUT):
        ITRAAlignment(class_average="all")(labels, features)


class Half(kernels.Gaussian):
    """Of a user, who saves nothing."""

    def profile(self, scaled):
        return 0.5 * super().profile(scaled)


class Scaled(ITRAAlignment):
    """Likewise, with an argument of its own."""

    def __init__(self, scale=1.0, **options):
        super().__init__(**options)
        self.scale = scale

    def terms(self, *batch, **options):
        found = super().terms(*batch, **options)
        return found._replace(rows=self.scale * found.rows)


def test_what_is_told_the_number_of_classes_is_the_same_loss():
    labels, features = draw()
    options = {"kernel": Half(), "rooted": False}
    loss = Scaled(scale=3.0, **options)
    told = loss.for_classes(NUM_CLASSES)
    assert (loss.num_classes, told.num_classes) == (None, NUM_CLASSES)
    plain = ITRAAlignment(num_classes=NUM_CLASSES, rooted=False)
    np.testing.assert_allclose(
        told(labels, features), 1.5 * plain(labels, features), rtol=1e-5
    )


def test_bandwidth_is_the_mean_over_classes_in_both_batches():
    labels, features = draw()
    x, s, y, t = halves(labels, features.astype("float64"))
    s, t = (reference.one_hot(half, NUM_CLASSES) for half in (s, t))
    held = reference.class_kernels(x, s, y, t, reference.Kernel())
    expected = (held[0].bandwidth + held[1].bandwidth) / 2
    found = ITRAAlignment().terms(labels, features).bandwidth
    np.testing.assert_allclose(found, expected, rtol=1e-5)


@pytest.mark.parametrize("mode", MODES)
def test_sample_weight_scales_rows_inside_the_discrepancy(mode):
    arguments, discrepancy = MODES[mode]
    labels, features = draw()
    rng = np.random.default_rng(1)
    weights = rng.uniform(0.3, 2, len(labels)).astype("float32")
    expected = discrepancy(
        *halves(labels, features),
        x_weights=weights[::2],
        y_weights=weights[1::2],
    )
    loss = ITRAAlignment(**arguments)
    for given in (weights, weights[:, None]):
        value = loss(labels, features, sample_weight=given)
        np.testing.assert_allclose(value, expected, rtol=1e-5)


@pytest.mark.parametrize("mode", MODES)
def test_sample_weight_zero_removes_the_row(mode):
    arguments, discrepancy = MODES[mode]
    labels, features = draw()
    weights = np.ones(len(labels))
    weights[[0, 3]] = 0
    x, s, y, t = halves(labels, features)
    expected = discrepancy(x[1:], s[1:], np.delete(y, 1, 0), np.delete(t, 1))
    features[[0, 3]] = 1e6
    value, gradient = value_and_gradients(
        lambda x: ITRAAlignment(**arguments)(labels, x, sample_weight=weights),
        features,
    )
    np.testing.assert_allclose(value, expected, rtol=1e-5)
    np.testing.assert_array_equal(np.array(gradient)[[0, 3]], 0)


@pytest.mark.parametrize("rows", [1, 2, 3])
@pytest.mark.parametrize("mode", MODES)
def test_tails_are_finite(mode, rows):
    arguments, _ = MODES[mode]
    labels, features = draw(rows=15)
    vector, gradient = value_and_gradients(
        lambda x: ITRAAlignment(**arguments).call(labels[:rows], x),
        features[:rows],
    )
    assert vector.shape == (rows,)
    assert np.isfinite(vector).all()
    assert np.isfinite(gradient).all()
    if rows == 1:  # S2 is empty
        assert not np.any(gradient)
        assert vector[0] == 0


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
@pytest.mark.parametrize("setting", ["policy", "floatx"])
def test_large_labels_survive_half_precision(setting, dtype, restore_floatx):
    """2049 in float16 and 257 in bfloat16 would round to a neighbour."""
    if setting == "policy":
        keras.config.set_dtype_policy(f"mixed_{dtype}")
    else:
        keras.config.set_floatx(dtype)
    small, features = draw()
    half = ops.cast(features, dtype)
    loss = ITRAAlignment()
    expected = loss(small, half)
    assert keras.backend.standardize_dtype(expected.dtype) == "float32"
    for offset in (256, 2048):
        value = loss(offset + small, half)
        np.testing.assert_allclose(value, expected, rtol=1e-6)
    assert abs(loss(np.zeros_like(small), half) / expected - 1) > 1e-2


def test_the_pairs_of_many_rows_under_half_precision(restore_floatx):
    """More than an int16 can count, which integers are under float16."""
    labels = np.arange(400) % 2
    features = np.random.default_rng(0).normal(size=(400, 3)).astype("float16")
    loss = ITRAAlignment(num_classes=2)
    expected = loss(labels, features)
    keras.config.set_floatx("float16")
    np.testing.assert_allclose(loss(labels, features), expected, rtol=1e-6)


def test_regression_targets_with_a_label_kernel():
    _, features = draw()
    targets = np.random.default_rng(2).normal(size=15).astype("float32")
    label_kernel = kernels.Gaussian(1.0, (1.0,))
    value = ITRAAlignment(mode="joint", label_kernel=label_kernel)(
        targets, features
    )
    expected = discrepancies.joint_mmd(
        *halves(targets, features), label_kernel=label_kernel
    )
    np.testing.assert_allclose(value, expected, rtol=1e-5)


def test_jit_equals_eager():
    labels, features = draw()
    loss = ITRAAlignment(num_classes=NUM_CLASSES)

    @compiled
    def evaluate(labels, features):
        return value_and_gradients(lambda x: loss(labels, x), features)

    value, gradient = evaluate(labels, features)
    expected, slope = value_and_gradients(lambda x: loss(labels, x), features)
    np.testing.assert_allclose(value, expected, rtol=1e-5)
    assert_gradient(gradient, slope)


def test_a_mask_of_steps_does_not_weight_the_rows():
    """Keras would multiply the entries of the loss by it."""
    rng = np.random.default_rng(0)
    tokens = rng.integers(1, 10, size=(6, 6)) * np.tri(6, dtype=int)
    labels = np.array([0, 0, 1, 1, 0, 0])
    embedding = keras.layers.Embedding(10, 4, mask_zero=True)
    features = embedding(tokens)
    loss = ITRAAlignment(num_classes=2)
    unmasked = ops.convert_to_numpy(features)
    weights = rng.uniform(0.5, 2.0, 6)
    for weighted in ((), (weights,)):
        found = loss(labels, features, *weighted)
        expected = loss(labels, unmasked, *weighted)
        np.testing.assert_array_equal(ops.convert_to_numpy(found), expected)

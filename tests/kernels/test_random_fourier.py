"""Random Fourier features: their inner products are the Gaussian kernel."""

import keras
import numpy as np
import pytest

from keras_itra.layers import RandomFourierFeatures
from tests import reference
from tests.cases import BAD_INPUT
from tests.fresh_process import run
from tests.gradients import (
    assert_gradient,
    numerical_gradient,
    value_and_gradients,
)

X = np.random.default_rng(0).normal(size=(6, 3))
SIGMA = 2.5
KERNEL = reference.Kernel(bandwidth=SIGMA)(X, X)


def gram(dim, seed, **options):
    features = RandomFourierFeatures(dim, seed=seed, **options)
    phi = np.array(features(X.astype("float32"), bandwidth=SIGMA), "float64")
    return phi @ phi.T


def by_formula(x, layer, sigma):
    """In float64, frequency by frequency."""
    frequencies = np.array(layer.frequencies, "float64")
    count, kinds = frequencies.shape[1], len(layer.multipliers)
    uses = [len(range(kind, count, kinds)) for kind in range(kinds)]
    phi = np.empty((len(x), 2 * count))
    for j in range(count):
        phase = x @ frequencies[:, j] / np.sqrt(sigma)
        share = 1 / (kinds * uses[j % kinds])
        phi[:, j] = np.sqrt(share) * np.cos(phase)
        phi[:, count + j] = np.sqrt(share) * np.sin(phase)
    return phi


@pytest.mark.parametrize("dim", [10, 14, 256])
def test_equals_the_formula(dim):
    layer = RandomFourierFeatures(dim)
    phi = layer(X.astype("float32"), bandwidth=SIGMA)
    np.testing.assert_allclose(phi, by_formula(X, layer, SIGMA), atol=1e-6)


@pytest.mark.parametrize("dim", [10, 14])
def test_unbiased_also_where_the_multipliers_share_unevenly(dim):
    drawn = np.array([gram(dim, seed) for seed in range(400)])
    error = drawn.mean(axis=0) - KERNEL
    deviation = drawn.std(axis=0) / np.sqrt(len(drawn))
    assert np.abs(error).max() > 1e-4  # off the diagonal it is random
    assert (np.abs(error) <= 4 * deviation + 1e-6).all()


def test_error_falls_as_the_root_of_the_dimension():
    def error(dim):
        drawn = [gram(dim, seed) - KERNEL for seed in range(30)]
        return np.sqrt(np.mean(np.square(drawn)))

    assert error(256) / error(4096) == pytest.approx(4, rel=0.25)
    assert error(4096) < 0.02


def test_multipliers_are_those_of_the_kernel():
    expected = reference.Kernel(bandwidth=SIGMA, multipliers=(0.5, 3))(X, X)
    found = gram(2**15, 0, multipliers=(0.5, 3))
    np.testing.assert_allclose(found, expected, atol=0.02)
    assert np.abs(expected - KERNEL).max() > 0.1


def test_rows_have_norm_one():
    np.testing.assert_allclose(np.diag(gram(14, 0)), 1, rtol=1e-6)


@pytest.mark.parametrize("shape", [(6,), (6, 1)])
def test_a_row_is_divided_by_the_root_of_its_bandwidth(shape):
    layer = RandomFourierFeatures(16)
    sigma = np.linspace(0.5, 3, 6).astype("float32")
    found = layer(X.astype("float32"), bandwidth=sigma.reshape(shape))
    expected = by_formula(X, layer, sigma)
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_gradient_equals_finite_differences():
    layer = RandomFourierFeatures(12)
    pull = np.random.default_rng(1).normal(size=(6, 12))
    _, gradient = value_and_gradients(
        lambda x: keras.ops.sum(
            keras.ops.multiply(
                layer(x, bandwidth=SIGMA), pull.astype("float32")
            )
        ),
        X.astype("float32"),
    )
    expected = numerical_gradient(
        lambda x: (by_formula(x, layer, SIGMA) * pull).sum(), X
    )
    assert_gradient(gradient, expected)


def test_the_seed_decides():
    np.testing.assert_array_equal(gram(64, 3), gram(64, 3))
    assert np.abs(gram(64, 3) - gram(64, 4)).max() > 1e-2


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_float32_whatever_the_policy(dtype):
    keras.config.set_dtype_policy(f"mixed_{dtype}")
    inputs = keras.Input((3,))
    layer = RandomFourierFeatures(64)
    model = keras.Model(inputs, layer(inputs))
    assert layer.frequencies.dtype == "float32"
    half = keras.ops.cast(X, dtype)
    exact = np.array(keras.ops.cast(half, "float32"), "float64")
    found = model(half)
    assert keras.backend.standardize_dtype(found.dtype) == "float32"
    # The model casts its inputs, and the layer nothing.
    np.testing.assert_allclose(found, by_formula(exact, layer, 1), atol=1e-5)


def test_a_layer_of_a_functional_model():
    inputs, sigma = keras.Input((3,)), keras.Input((1,))
    layer = RandomFourierFeatures(16)
    outputs = layer(inputs, bandwidth=sigma)
    assert outputs.shape == (None, 16)
    assert layer.trainable_weights == []
    model = keras.Model([inputs, sigma], outputs)
    given = [X.astype("float32"), np.full((6, 1), SIGMA, "float32")]
    expected = by_formula(X, layer, SIGMA)
    np.testing.assert_allclose(model(given), expected, atol=1e-6)


LOADING = """
import sys, keras, numpy as np
import keras_itra

model = keras.models.load_model(sys.argv[1])
np.save(sys.argv[2], model.predict(np.load(sys.argv[3]), verbose=0))
"""


def test_frequencies_are_saved(tmp_path):
    inputs = keras.Input((3,))
    layer = RandomFourierFeatures(16, multipliers=(1, 2), seed=3)
    model = keras.Model(inputs, layer(inputs))
    # What is saved counts, not what another NumPy would draw.
    layer.frequencies.assign(2 * layer.frequencies)
    model.save(tmp_path / "model.keras")
    np.save(tmp_path / "x.npy", X.astype("float32"))
    files = [tmp_path / name for name in ("model.keras", "phi.npy", "x.npy")]
    run(LOADING, *files)
    expected = model.predict(X.astype("float32"), verbose=0)
    np.testing.assert_array_equal(np.load(tmp_path / "phi.npy"), expected)
    copy = RandomFourierFeatures.from_config(layer.get_config())
    assert copy.get_config() == layer.get_config()


@pytest.mark.parametrize(
    "arguments",
    [
        {"dim": 0},
        {"dim": 11},
        {"dim": 16.0},
        {"dim": 8},  # 4 frequencies for 5 multipliers
        {"multipliers": ()},
        {"multipliers": (1, -1)},
        {"seed": -1},
        {"seed": None},
    ],
    ids=str,
)
def test_bad_arguments_are_refused(arguments):
    with pytest.raises(ValueError, match=BAD_INPUT):
        RandomFourierFeatures(**{"dim": 16, **arguments})


@pytest.mark.parametrize(
    ("inputs", "bandwidth"),
    [(X, 0.0), (X, -1.0), (X[None], 1.0), (X[0], 1.0)],
    ids=["zero", "negative", "rank 3", "rank 1"],
)
def test_bad_inputs_are_refused(inputs, bandwidth):
    with pytest.raises(ValueError, match=BAD_INPUT):
        RandomFourierFeatures(16)(inputs.astype("float32"), bandwidth=bandwidth)

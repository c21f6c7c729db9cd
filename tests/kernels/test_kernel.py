"""Kernel matrices against the reference; names, configs, bad input."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_itra import kernels
from tests.cases import BAD_INPUT, FAMILIES, KERNELS


def draw(seed=0, rows=9, others=6, width=4):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(rows, width)).astype("float32")
    y = (rng.normal(size=(others, width)) + 0.5).astype("float32")
    return x, y, x.astype("float64"), y.astype("float64")


@pytest.mark.parametrize("name", KERNELS)
def test_matrix_equals_the_reference(name):
    kernel, reference = KERNELS[name]
    x, y, x64, y64 = draw()
    # Entries of the linear kernel cross zero: relative to their size of 1.
    tolerance = {"rtol": 1e-5, "atol": 1e-5 if name == "linear" else 0}
    np.testing.assert_allclose(
        kernel(x, y), reference.fit(x64, y64)(x64, y64), **tolerance
    )
    np.testing.assert_allclose(
        kernel(x), reference.fit(x64)(x64, x64), **tolerance
    )


@pytest.mark.parametrize("name", KERNELS)
def test_matrix_is_symmetric_and_positive_semidefinite(name):
    kernel = KERNELS[name][0]
    matrix = ops.convert_to_numpy(kernel(draw(rows=20)[0])).astype("float64")
    np.testing.assert_allclose(matrix, matrix.T, rtol=1e-6, atol=1e-6)
    if not kernel.positive_definite:
        # Only conditionally: centring projects on weights that sum to zero.
        centring = np.eye(20) - 1 / 20
        matrix = centring @ matrix @ centring
    assert np.linalg.eigvalsh(matrix).min() > -1e-5


def test_samples_of_any_shape_are_rows():
    x = draw(rows=6, width=12)[0]
    images = x.reshape(6, 2, 3, 2)
    kernel = kernels.Gaussian()
    np.testing.assert_allclose(kernel(images), kernel(x))
    np.testing.assert_allclose(kernel(x[:, 0]), kernel(x[:, :1]))


@pytest.mark.tensorflow  # JAX has no float64 by default
def test_float64_stays_float64():
    _, _, x, y = draw()
    expected = KERNELS["gaussian"][1].fit(x, y)(x, y)
    matrix = ops.convert_to_numpy(kernels.Gaussian()(x, y))
    assert matrix.dtype == np.float64
    np.testing.assert_allclose(matrix, expected, rtol=1e-10)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_half_precision_is_computed_in_float32(dtype):
    x, y, _, _ = draw()
    half = ops.cast(200 * x, dtype), ops.cast(200 * y, dtype)  # norms overflow
    single = [ops.cast(rows, "float32") for rows in half]
    matrix = kernels.Gaussian()(*half)
    assert keras.backend.standardize_dtype(matrix.dtype) == "float32"
    np.testing.assert_allclose(matrix, kernels.Gaussian()(*single))


@pytest.mark.parametrize("name", FAMILIES)
def test_get_by_name(name):
    kernel = kernels.get(name)
    x = draw()[0]
    expected = KERNELS[name.replace("_", "-")][0](x)
    np.testing.assert_allclose(kernel(x), expected)
    assert kernels.get(kernel) is kernel


@pytest.mark.parametrize("name", KERNELS)
def test_config_round_trip(name):
    kernel = KERNELS[name][0]
    config = keras.saving.serialize_keras_object(kernel)
    assert config["registered_name"] == f"keras_itra>{type(kernel).__name__}"
    for copy in (
        keras.saving.deserialize_keras_object(config),
        kernels.get(config),
    ):
        assert type(copy) is type(kernel)
        assert copy.get_config() == kernel.get_config()
        x = draw()[0]
        np.testing.assert_allclose(copy(x), kernel(x))


@pytest.mark.parametrize("identifier", ["gausian", "", None, 3, kernels.Linear])
def test_unknown_kernel_is_refused(identifier):
    with pytest.raises(ValueError, match=BAD_INPUT):
        kernels.get(identifier)


@pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="of graphs of TensorFlow"
)
def test_two_samples_in_a_graph_of_any_number_of_rows():
    import tensorflow as tf

    x = np.random.default_rng(0).normal(size=(8, 3)).astype("float32")
    kernel = kernels.Gaussian(2.0)
    rows = tf.TensorSpec([None, 3])
    graph = tf.function(lambda a, b: kernel(a, b), input_signature=[rows] * 2)
    found, expected = graph(x[:5], x[5:]), kernel(x[:5], x[5:])
    assert found.shape == (5, 3)
    np.testing.assert_allclose(found, expected, rtol=1e-5)

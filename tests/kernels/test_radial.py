"""Radial kernels: limits between families, gradients, bad arguments."""

import numpy as np
import pytest
from keras import ops

from keras_itra import kernels
from tests import reference
from tests.cases import BAD_INPUT
from tests.gradients import (
    assert_gradient,
    numerical_gradient,
    value_and_gradients,
)

RADIAL = (
    kernels.Gaussian,
    kernels.Laplacian,
    kernels.RationalQuadratic,
    kernels.InverseMultiquadric,
)


def draw(rows=8, width=3, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(rows, width)).astype("float32")


@pytest.mark.parametrize("cls", RADIAL)
def test_one_on_the_diagonal_and_in_the_unit_interval(cls):
    matrix = np.asarray(cls()(draw()))
    np.testing.assert_allclose(np.diag(matrix), 1, rtol=1e-6)
    assert (matrix > 0).all()
    assert (matrix <= 1).all()


@pytest.mark.parametrize("cls", RADIAL)
@pytest.mark.parametrize("scale", [1e-3, 7.0, 1e4])
def test_scale_of_the_features_does_not_matter(cls, scale):
    x = draw()
    np.testing.assert_allclose(cls()(scale * x), cls()(x), rtol=1e-5)


def test_rational_quadratic_tends_to_the_gaussian():
    x = draw()
    limit = kernels.RationalQuadratic(alpha=1e4)(x)
    np.testing.assert_allclose(limit, kernels.Gaussian()(x), rtol=1e-3)


def test_rational_quadratic_of_one_half_is_a_wider_inverse_multiquadric():
    x = draw()
    a = kernels.RationalQuadratic(3.0, (1.0,), alpha=0.5)(x)
    b = kernels.InverseMultiquadric(1.5, (1.0,))(x)
    np.testing.assert_allclose(a, b, rtol=1e-5)


@pytest.mark.parametrize("cls", RADIAL)
def test_gradient_holds_the_bandwidth_fixed(cls):
    name = {
        "Gaussian": "gaussian",
        "Laplacian": "laplacian",
        "RationalQuadratic": "rational_quadratic",
        "InverseMultiquadric": "inverse_multiquadric",
    }[cls.__name__]
    x = draw()
    kernel = reference.Kernel(name).fit(x.astype("float64"))
    weights = np.random.default_rng(1).normal(size=(8, 8)).astype("float32")

    def total(rows):
        return (weights * kernel(rows, rows)).sum()

    _, gradient = value_and_gradients(
        lambda rows: ops.sum(ops.multiply(weights, cls()(rows))), x
    )
    assert_gradient(gradient, numerical_gradient(total, x))


@pytest.mark.parametrize("cls", RADIAL)
@pytest.mark.parametrize(
    "arguments",
    [
        {"bandwidth": -1.0},
        {"bandwidth": 0.0},
        {"bandwidth": float("nan")},
        {"bandwidth": float("inf")},
        {"bandwidth": "modal"},
        {"bandwidth": None},
        {"bandwidth": True},
        {"multipliers": ()},
        {"multipliers": (1.0, -2.0)},
        {"multipliers": (1.0, 0.0)},
        {"multipliers": (1.0, "2")},
        {"multipliers": 2.0},
    ],
    ids=str,
)
def test_bad_arguments_are_refused(cls, arguments):
    with pytest.raises(ValueError, match=BAD_INPUT):
        cls(**arguments)


@pytest.mark.parametrize("alpha", [0.0, -1.0, float("nan"), "1"])
def test_bad_alpha_is_refused(alpha):
    with pytest.raises(ValueError, match=BAD_INPUT):
        kernels.RationalQuadratic(alpha=alpha)


@pytest.mark.tensorflow
@pytest.mark.parametrize(
    ("multipliers", "exponentials"), [((1, 2, 4, 8, 16), 1), ((1, 3), 2)]
)
def test_xla_squares_one_exponential(multipliers, exponentials):
    """By itself it makes an exponential of the square of one."""
    import tensorflow as tf

    kernel = kernels.Gaussian(multipliers=multipliers)

    @tf.function(jit_compile=True)
    def pairs(distances):
        return kernel.pairs(distances, distances[:, :1] + 1.0)[:2]

    text = pairs.experimental_get_compiler_ir(tf.ones((4, 4)))(
        stage="optimized_hlo"
    )
    assert text.count(" exponential(") == exponentials

"""Why the biased estimator: what its expectation does, by simulation.

Both batches are drawn from one standard normal distribution in d dimensions.
With one Gaussian kernel of fixed bandwidth `sigma`, features scaled by c have
`E k(h, h') = (1 + 4 c^2 / sigma)^(-d / 2)`.
"""

import numpy as np
import pytest
import tensorflow as tf

from keras_itra import discrepancies, kernels

pytestmark = pytest.mark.tensorflow  # thousands of draws in one graph

ROWS, OTHERS, WIDTH, SIGMA = 6, 4, 2, 3.0


def simulate(estimator, draws=4000):
    """Values of MMD^2 and their derivatives by the scale of the features."""
    kernel = kernels.Gaussian(SIGMA, multipliers=(1.0,))

    @tf.function
    def one(rows):
        scale = tf.constant(1.0)
        with tf.GradientTape() as tape:
            tape.watch(scale)
            value = discrepancies.mmd(
                scale * rows[:ROWS],
                scale * rows[ROWS:],
                kernel=kernel,
                rooted=False,
                estimator=estimator,
            )
        return tf.stack([value, tape.gradient(value, scale)])

    rng = np.random.default_rng(0)
    rows = rng.normal(size=(draws, ROWS + OTHERS, WIDTH)).astype("float32")
    return tf.map_fn(one, rows).numpy().T


def assert_mean(samples, expected):
    error = samples.std() / np.sqrt(len(samples))
    assert abs(samples.mean() - expected) < 4 * error


@pytest.fixture(scope="module")
def biased():
    return simulate("biased")


@pytest.fixture(scope="module")
def unbiased():
    return simulate("unbiased")


def test_biased_value_is_the_spread(biased):
    mean_kernel = (1 + 4 / SIGMA) ** (-WIDTH / 2)
    expected = (1 / ROWS + 1 / OTHERS) * (1 - mean_kernel)
    assert_mean(biased[0], expected)
    assert biased[0].std() / np.sqrt(len(biased[0])) < 0.01 * expected


def test_biased_gradient_compacts(biased):
    slope = 4 * WIDTH / SIGMA * (1 + 4 / SIGMA) ** (-WIDTH / 2 - 1)
    expected = (1 / ROWS + 1 / OTHERS) * slope
    assert_mean(biased[1], expected)
    assert biased[1].std() / np.sqrt(len(biased[1])) < 0.02 * expected


def test_unbiased_value_and_gradient_vanish(unbiased, biased):
    assert_mean(unbiased[0], 0)
    assert_mean(unbiased[1], 0)
    assert abs(unbiased[1].mean()) < 0.1 * biased[1].mean()

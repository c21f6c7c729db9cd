"""The reference itself, against libraries and a formula worked by hand."""

import numpy as np
import pytest
import scipy.stats
import sklearn.metrics.pairwise as pairwise

from tests import gradients, reference


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def test_gaussian_is_scikit_learns_rbf_kernel(rng):
    x, y = rng.normal(size=(7, 3)), rng.normal(size=(5, 3))
    kernel = reference.Kernel(bandwidth=2.0, multipliers=(1, 4))
    expected = pairwise.rbf_kernel(x, y, gamma=1 / 2)
    expected = (expected + pairwise.rbf_kernel(x, y, gamma=1 / 8)) / 2
    np.testing.assert_allclose(kernel(x, y), expected, rtol=1e-12)


def test_energy_is_scipys_energy_distance(rng):
    x, y = rng.normal(size=(9, 1)), rng.normal(size=(6, 1))
    a, b = rng.uniform(size=9), rng.uniform(size=6)
    value = reference.mmd(x, y, reference.Kernel("energy"), a, b)
    expected = scipy.stats.energy_distance(x[:, 0], y[:, 0], a, b)
    np.testing.assert_allclose(value, expected, rtol=1e-12)


def test_linear_is_the_distance_of_the_means(rng):
    x, y = rng.normal(size=(9, 4)), rng.normal(size=(6, 4))
    value = reference.mmd(x, y, reference.Kernel("linear"))
    expected = np.linalg.norm(x.mean(0) - y.mean(0))
    np.testing.assert_allclose(value, expected, rtol=1e-12)


def test_median_of_one_and_one_row_counts_the_diagonal():
    kernel = reference.Kernel(multipliers=(1,))
    x, y = np.array([[0.0]]), np.array([[3.0]])
    assert kernel.fit(x, y).bandwidth == pytest.approx(9 / 2)
    assert reference.Kernel(pairs="off_diagonal").fit(x, y).bandwidth == 9
    assert reference.mmd(x, y, kernel) == pytest.approx(
        np.sqrt(2 - 2 * np.exp(-2.0))
    )


def test_gradient_of_the_rooted_form_is_the_one_worked_by_hand(rng):
    x, y = rng.normal(size=(4, 2)), rng.normal(size=(3, 2))
    sigma = 2.0
    kernel = reference.Kernel(bandwidth=sigma, multipliers=(1,))
    value = reference.mmd(x, y, kernel)
    own = kernel(x[:1], x) @ (x[0] - x) / sigma / 4**2
    cross = kernel(x[:1], y) @ (x[0] - y) / sigma / (4 * 3)
    numerical = gradients.numerical_gradient(
        lambda rows: reference.mmd(rows, y, kernel), x
    )
    expected = -(2 / value) * (own - cross)[0]
    np.testing.assert_allclose(numerical[0], expected, rtol=1e-7)

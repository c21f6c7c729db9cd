"""The permutation test against all splits, and its level."""

import itertools

import numpy as np
import pytest

from keras_itra import metrics
from keras_itra.kernels import Gaussian, Linear

permutation_test = metrics.mmd_permutation_test


def squared_mmd(matrix, first):
    x = np.isin(np.arange(len(matrix)), first)
    return (
        matrix[np.ix_(x, x)].mean()
        + matrix[np.ix_(~x, ~x)].mean()
        - 2 * matrix[np.ix_(x, ~x)].mean()
    )


def test_agrees_with_all_splits():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(3, 2)), rng.normal(size=(5, 2)) + 1
    rows = np.concatenate([x, y]).astype("float32")
    matrix = np.asarray(Gaussian()(rows), "float64")
    result = permutation_test(x, y, Gaussian(), permutations=20_000, seed=3)
    splits = [
        squared_mmd(matrix, first)
        for first in itertools.combinations(range(8), 3)
    ]
    assert result.statistic == pytest.approx(splits[0], abs=1e-6)
    exact = np.mean(np.array(splits) >= splits[0] - 1e-9)
    assert result.p_value == pytest.approx(exact, abs=0.01)


def test_level_and_power():
    rng = np.random.default_rng(0)

    def linear(rows):
        return rows @ rows.T

    def p_values(shift):
        return [
            permutation_test(
                rng.normal(size=(12, 2)),
                rng.normal(size=(9, 2)) + shift,
                linear,
                permutations=99,
                seed=i,
            ).p_value
            for i in range(400)
        ]

    level = np.array(p_values(0.0))
    # standard error at most 0.025
    for alpha in 0.05, 0.2, 0.5:
        assert np.mean(level <= alpha) == pytest.approx(alpha, abs=0.06)
    assert np.mean(np.array(p_values(2.0)) <= 0.05) > 0.95


def test_p_values_at_the_ends():
    same = np.full((4, 3), 0.1)
    for kernel in Gaussian(), Linear():
        result = permutation_test(same, same, kernel, permutations=19)
        assert result.statistic == pytest.approx(0, abs=1e-6)
        assert result.p_value == 1.0
    apart = permutation_test(np.zeros((20, 1)), np.ones((20, 1)), Gaussian(1.0))
    assert apart.p_value == 0.001
    again = permutation_test(
        np.zeros((20, 1)), np.ones((20, 1)), Gaussian(1.0), seed=0
    )
    assert again == apart


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        (([[1.0]], [[1.0, 2.0]], Linear()), {}, "2 columns of `y`"),
        (([1.0], [[1.0]], Linear()), {}, "`x` of shape"),
        (([[1.0]], [[1.0]], "gaussian"), {}, "kernel='gaussian'"),
        (([[1.0]], [[1.0]], lambda rows: rows), {}, r"of shape \(2, 2\)"),
        (([[1.0]], [[1.0]], Linear()), {"permutations": 0}, "permutations=0"),
        (([[1.0]], [[1.0]], Linear()), {"seed": -1}, "seed=-1"),
    ],
)
def test_bad_input_is_named(arguments, options, message):
    with pytest.raises(ValueError, match=message):
        permutation_test(*arguments, **options)

"""Stratified subsets."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keras_itra.datasets import split


def rows(counts, seed=0):
    y = np.repeat(np.arange(len(counts)), counts)
    np.random.default_rng(seed).shuffle(y)
    return np.arange(len(y)), y


def test_equal_classes_get_equal_shares():
    x, y = rows([60] * 10)
    (_, y_train), (_, y_validation) = split(x, y, 300, 100)
    assert np.bincount(y_train).tolist() == [30] * 10
    assert np.bincount(y_validation).tolist() == [10] * 10


@given(
    st.lists(st.integers(1, 30), min_size=2, max_size=6),
    st.data(),
    st.integers(0, 1_000),
)
def test_shares_follow_the_classes(counts, data, seed):
    x, y = rows(counts, seed)
    n = len(y)
    held_out = data.draw(st.integers(1, n - 1))
    train = data.draw(st.integers(1, n - held_out))
    (x_train, y_train), (x_held, y_held) = split(x, y, train, held_out, seed)
    assert (len(x_train), len(x_held)) == (train, held_out)
    assert not set(x_train) & set(x_held)
    np.testing.assert_array_equal(y_train, y[x_train])
    np.testing.assert_array_equal(y_held, y[x_held])
    assert (np.diff(x_train) > 0).all()
    shares = np.bincount(y_held, minlength=len(counts))
    assert (np.abs(shares - held_out * np.array(counts) / n) < 1).all()


def test_validation_set_does_not_depend_on_the_training_size():
    x, y = rows([40] * 5)
    (small, _), (first, _) = split(x, y, 20, 50, seed=3)
    (large, _), (second, _) = split(x, y, 100, 50, seed=3)
    np.testing.assert_array_equal(first, second)
    assert set(small) < set(large)


def test_draws_follow_the_seed():
    x, y = rows([40] * 5)
    (first, _), _ = split(x, y, 50, 50, seed=0)
    (again, _), _ = split(x, y, 50, 50, seed=0)
    (other, _), _ = split(x, y, 50, 50, seed=1)
    np.testing.assert_array_equal(first, again)
    assert set(first) != set(other)


def test_none_takes_the_rest():
    x, y = rows([10, 20])
    (train, _), (held_out, _) = split(x, y, None, 6)
    assert sorted({*train, *held_out}) == list(range(30))


@pytest.mark.parametrize(
    ("train", "held_out"), [(0, 5), (5, 0), (6, 5), (None, 10), (-1, 5)]
)
def test_impossible_sizes_are_refused(train, held_out):
    x, y = rows([5, 5])
    with pytest.raises(ValueError, match="at most the 10 rows"):
        split(x, y, train, held_out)

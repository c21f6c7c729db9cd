"""Merged classes and wrong labels."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keras_itra.datasets import Dataset, merge_classes, mislabel


def dataset():
    y = np.array([0, 1, 2, 3, 3, 2])
    x = np.arange(6, dtype="float32")[:, None]
    return Dataset("four", x, y, x[::-1], y[::-1], 4)


def test_merged_classes_remember_the_old_ones():
    data = dataset()
    merged = merge_classes(data, [(3, 0), (1,), [2]])
    assert merged.y_train.tolist() == [0, 1, 2, 0, 0, 2]
    assert merged.y_test.tolist() == [2, 0, 0, 2, 1, 0]
    assert merged.num_classes == 3
    np.testing.assert_array_equal(merged.modes_train, data.y_train)
    np.testing.assert_array_equal(merged.modes_test, data.y_test)
    assert merged.x_train is data.x_train
    assert data.y_train.tolist() == [0, 1, 2, 3, 3, 2]


@pytest.mark.parametrize(
    "groups",
    [
        [(0, 1), (2,)],
        [(0, 1), (1, 2, 3)],
        [(0, 1), (2, 3, 4)],
        [(0, 1), (), (2, 3)],
    ],
)
def test_groups_must_be_a_partition(groups):
    with pytest.raises(ValueError, match=r"each class of 0\.\.3 once"):
        merge_classes(dataset(), groups)


@given(
    st.integers(2, 5),
    st.integers(1, 60),
    st.floats(0, 1),
    st.integers(0, 2**32 - 1),
)
def test_as_many_labels_are_wrong_as_asked(num_classes, n, share, seed):
    labels = np.arange(n) % num_classes
    wrong = mislabel(labels, share, num_classes, seed)
    assert (wrong != labels).sum() == round(share * n)
    assert set(wrong) <= set(range(num_classes))
    np.testing.assert_array_equal(labels, np.arange(n) % num_classes)
    again = mislabel(labels, share, num_classes, seed)
    np.testing.assert_array_equal(wrong, again)


def test_wrong_labels_are_uniform_over_the_other_classes():
    # 6,000 rows change into each of 20 pairs of classes with p = 1/20: the
    # sum of squared deviations over the mean has 19 degrees of freedom, and
    # exceeds 50 with probability 1e-4
    labels = np.repeat(np.arange(5), 3_000)
    wrong = mislabel(labels, 0.4, 5, seed=1)
    counts = np.zeros((5, 5))
    np.add.at(counts, (labels, wrong), 1)
    changed = counts[~np.eye(5, dtype=bool)]
    assert changed.sum() == 6_000
    assert ((changed - 300) ** 2 / 300).sum() < 50
    other = mislabel(labels, 0.4, 5, seed=2)
    assert (wrong != other).any()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([0, 1], -0.1, 2, 0), "share"),
        (([0, 1], 1.1, 2, 0), "at most 1"),
        (([0, 0], 0.5, 1, 0), "num_classes"),
        (([0, 2], 0.5, 2, 0), r"in 0\.\.1"),
        (([0.0, 1.0], 0.5, 2, 0), r"in 0\.\.1"),
        (([[0], [1]], 0.5, 2, 0), r"shape \(n,\)"),
    ],
)
def test_bad_noise_is_refused(arguments, message):
    labels, *rest = arguments
    with pytest.raises(ValueError, match=message):
        mislabel(np.array(labels), *rest)

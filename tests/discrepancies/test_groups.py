"""Groups of equal labels, numbered as the labels or without gaps."""

import numpy as np
import pytest
from keras import ops

from keras_itra.discrepancies import conditional_mmd
from keras_itra.discrepancies.groups import by_label

ROWS = 12
#: Not known; fewer than rows, and some of them absent; as many; more.
NUM_CLASSES = [None, 5, ROWS, 40]


@pytest.fixture(params=NUM_CLASSES)
def case(request):
    """Groups, labels (-1: takes no part), and how many there may be."""
    rng = np.random.default_rng(0)
    labels = rng.choice([0, 1, 3, 4], ROWS).astype("int32")
    labels[[2, 7]] = [-5, 1000]
    keep = (labels >= 0) & (labels < 5)
    groups = by_label(
        ops.convert_to_tensor(labels),
        ops.convert_to_tensor(keep),
        request.param,
    )
    return groups, np.where(keep, labels, -1), request.param or 5


def test_rows_of_a_label_are_a_group(case):
    groups, labels, _ = case
    ids = np.asarray(groups.ids)
    np.testing.assert_array_equal(
        ids[:, None] == ids[None, :], labels[:, None] == labels[None, :]
    )
    assert ids.max() < groups.bound
    kept = labels >= 0
    numbers = np.unique(labels[kept], return_inverse=True)[1]
    assert ids[kept].tolist() in (numbers.tolist(), labels[kept].tolist())
    assert (ids[~kept] > ids[kept].max()).all()


def test_totals_and_members(case):
    groups, labels, _ = case
    values = np.arange(2.0 * ROWS, dtype="float32").reshape(ROWS, 2)
    same = (labels[:, None] == labels[None, :]).astype("float32")
    total = groups.total(ops.convert_to_tensor(values))
    np.testing.assert_allclose(total, same @ values)
    expected = np.where(labels >= 0, same.sum(axis=1), 1)
    np.testing.assert_array_equal(groups.members(), expected)


def test_order_and_rank(case):
    groups, *_ = case
    ids, order = np.asarray(groups.ids), np.asarray(groups.order)
    assert (np.diff(ids[order]) >= 0).all()
    place = np.asarray(groups.starts)[ids] + np.asarray(groups.rank)
    np.testing.assert_array_equal(order[place], np.arange(ROWS))


def test_blocks_hold_the_rows_of_each_class(case):
    groups, labels, number = case
    largest = int(np.bincount(labels[labels >= 0]).max())
    assert bool(groups.fit(number, largest))
    assert not bool(groups.fit(number, largest - 1))
    blocks = groups.blocks(number, largest)
    index, inside = np.asarray(blocks.index), np.asarray(blocks.inside)
    found = [set(rows[kept]) for rows, kept in zip(index, inside, strict=True)]
    expected = [set(np.flatnonzero(labels == k)) for k in range(5)]
    assert sorted(map(sorted, filter(None, found))) == sorted(
        map(sorted, filter(None, expected))
    )
    np.testing.assert_array_equal(blocks.counts, inside.sum(axis=1))
    back = blocks.back(ops.cast(ops.convert_to_tensor(index), "float32"))
    np.testing.assert_array_equal(
        back, np.where(labels >= 0, np.arange(ROWS), 0)
    )


@pytest.mark.parametrize("num_classes", [None, 20])
def test_first_rows_are_an_even_share_of_each_group(num_classes):
    """Of those that are there."""
    labels = ops.convert_to_tensor(np.repeat([0, 3], 10).astype("int32"))
    keep = ops.ones_like(labels, dtype="bool")
    groups = by_label(labels, keep, num_classes)
    taken = np.asarray(labels)[np.asarray(groups.first_rows(8))]
    assert np.bincount(taken).tolist() == [4, 0, 0, 4]


@pytest.mark.parametrize("dtype", ["int64", "uint8"])
def test_the_number_of_classes_may_be_of_numpy(dtype):
    x = np.random.default_rng(0).normal(size=(12, 3)).astype("float32")
    labels = np.arange(12) % 3
    number = np.array(3, dtype)[()]
    found = conditional_mmd(x, labels, x[::-1], labels, num_classes=number)
    expected = conditional_mmd(x, labels, x[::-1], labels, num_classes=3)
    assert float(found) == float(expected)


def test_more_groups_than_blocks_do_not_fit():
    labels = ops.convert_to_tensor(np.arange(6, dtype="int32"))
    groups = by_label(labels, ops.ones_like(labels, dtype="bool"), 40)
    assert bool(groups.fit(6, 1))
    assert not bool(groups.fit(5, 1))

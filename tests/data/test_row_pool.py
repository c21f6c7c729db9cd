"""A pool that shuffles rows and hands them out by class."""

import itertools

import numpy as np
import pytest

from keras_itra.data.row_pool import RowPool, alternate
from tests.cases import BAD_INPUT
from tests.data.rows import numbered


def pool_of(x, y, size=16, by_class=True, seed=0, **options):
    """A pool over an endless stream of mini-batches of four rows."""
    cuts = [slice(i, i + 4) for i in range(0, len(x), 4)]
    stream = ((x[cut], y[cut]) for cut in itertools.cycle(cuts))
    return RowPool(
        stream,
        size,
        np.random.default_rng(seed),
        (lambda batch: batch[1]) if by_class else None,
        **options,
    )


def test_partners_have_the_classes_of_s1():
    x, y = numbered(24)
    features, labels = pool_of(x, y).partners((x, y))
    np.testing.assert_array_equal(labels, y)
    np.testing.assert_array_equal(features[:, 0] % 3, y)
    assert features.dtype == x.dtype


def test_every_row_of_the_stream_is_handed_out_once():
    x, y = numbered(24)
    pool = pool_of(x, y, size=1)
    drawn = [pool.partners((x, y))[0][:, 0] for _ in range(50)]
    counts = np.bincount(np.concatenate(drawn).astype(int), minlength=24)
    # Rows still in the pool are the only ones that may be short of 50.
    assert counts.max() - counts.min() <= 4
    assert counts.sum() == 24 * 50


def test_without_classes_any_row_is_a_partner():
    x, y = numbered(24)
    _, labels = pool_of(x, y, by_class=False).partners((x, y))
    assert not np.array_equal(labels, y)
    assert set(labels) == {0, 1, 2}


def test_partner_is_any_row_of_the_class():
    x, y = numbered(12)
    partners = [
        pool_of(x, y, seed=seed).partners((x, y))[0][4, 0].item()
        for seed in range(400)
    ]
    rows, counts = np.unique(partners, return_counts=True)
    np.testing.assert_array_equal(rows, [1, 4, 7, 10])
    assert counts.min() > 40  # a row that is in the pool twice comes oftener


def test_order_goes_by_the_generator():
    x, y = numbered(24)
    first, same, other = (
        pool_of(x, y, seed=seed).partners((x, y))[0] for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first, same)
    assert not np.array_equal(first, other)
    assert not np.array_equal(first, x)


def test_stream_sorted_by_class_is_read_as_far_as_needed():
    x, _ = numbered(24)
    y = np.arange(24) // 8
    features, labels = pool_of(x, y, size=4).partners((x[16:], y[16:]))
    np.testing.assert_array_equal(labels, 2)
    assert set(features[:, 0]) <= set(range(16, 24))


def test_class_that_never_comes_is_refused():
    x, y = numbered(12)
    pool = pool_of(x, y, patience=100)
    with pytest.raises(ValueError, match=BAD_INPUT) as error:
        pool.partners((x[:1], np.array([7])))
    assert "missing_class=7" in str(error.value)


def test_alternate_interleaves_every_array():
    x, y = numbered(3)
    features, labels = alternate((x, {"y": y}), (x + 10, {"y": y + 10}))
    np.testing.assert_array_equal(features[:, 0], [0, 10, 1, 11, 2, 12])
    np.testing.assert_array_equal(labels["y"], [0, 10, 1, 11, 2, 12])

"""A pool that shuffles rows and hands them out by class."""

import numpy as np
import pytest

from keras_itra.data.row_pool import RowPool, alternate
from tests.cases import BAD_INPUT
from tests.data.rows import numbered


def pool_of(x, y, size=16, by_class=True, seed=0, **options):
    """A pool over a dataset of mini-batches of four rows."""
    cuts = [slice(i, i + 4) for i in range(0, len(x), 4)]
    return RowPool(
        lambda: ((x[cut], y[cut]) for cut in cuts),
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


@pytest.mark.parametrize("size", [1, 10, 24, 1000])
@pytest.mark.parametrize("by_class", [False, True])
def test_every_pass_is_handed_out_once(size, by_class):
    x, y = numbered(24)
    pool = pool_of(x, y, size=size, by_class=by_class)
    for _ in range(5):
        parts = [pool.partners((x[i : i + 6], y[i : i + 6])) for i in (0, 6)]
        parts.append(pool.partners((x[12:], y[12:])))
        drawn = np.concatenate([features[:, 0] for features, _ in parts])
        assert sorted(drawn) == list(range(24))


def test_a_dataset_is_read_once_for_each_time_it_is_handed_out():
    x, y = numbered(24)
    read = []

    def pass_of_rows():
        read.append(0)
        for i in range(0, 24, 4):
            read[-1] += 4
            yield x[i : i + 4], y[i : i + 4]

    pool = RowPool(
        pass_of_rows, 1000, np.random.default_rng(0), lambda batch: batch[1]
    )
    for _ in range(3):
        pool.partners((x, y))
    assert read == [24, 24, 24]
    # There are 8 rows of a class: the ninth is of the next pass.
    pool.partners((x[:9], np.zeros(9, int)))
    assert read == [24, 24, 24, 24, 4]


def test_rows_of_several_shapes_are_refused():
    x, y = numbered(8)
    wide = np.repeat(x, 2, axis=1)
    pool = RowPool(
        lambda: iter([(x, y), (wide, y)]), 16, np.random.default_rng(0), None
    )
    with pytest.raises(ValueError, match=BAD_INPUT) as error:
        pool.partners((x, y))
    assert "pad them" in str(error.value)


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

"""`shards`: mini-batches that Keras can cut into as many pairs for each."""

import numpy as np
import pytest
import tensorflow as tf

from keras_itra.data import PairedBatches, pair_batches
from tests.cases import BAD_INPUT
from tests.data.rows import ArrayBatches, numbered, read, seen


def tf_dataset(arrays, rows):
    return tf.data.Dataset.from_tensor_slices(arrays).batch(rows)


@pytest.mark.parametrize("shards", [2, 3])
@pytest.mark.parametrize("pairing", ["independent", "split", "none"])
@pytest.mark.parametrize("sampling", ["matched", "balanced", "random"])
@pytest.mark.parametrize("size", [12, 25, 31])
def test_arrays_give_every_shard_as_many_pairs(shards, pairing, sampling, size):
    options = {"pairing": pairing, "sampling": sampling, "seed": 3}
    batches = PairedBatches(numbered(size), 12, shards=shards, **options)
    unit = 1 if pairing == "none" else 2
    steps = seen(batches)
    assert all(len(rows) % (unit * shards) == 0 for rows in steps)
    rows = np.concatenate(steps)
    whole = PairedBatches(numbered(size), 12, **options).order(0)
    np.testing.assert_array_equal(rows, whole[: len(rows)])
    assert len(whole) - len(rows) < unit * shards
    assert batches.rows_of_last_batch == len(steps[-1])
    if pairing != "none" and sampling != "random":
        np.testing.assert_array_equal(rows[0::2] % 3, rows[1::2] % 3)


def test_what_is_left_out_changes_with_the_epoch():
    batches = PairedBatches(numbered(31), 12, shards=3)
    left = {
        frozenset(range(31)) - frozenset(batches.order(epoch)[0::2].tolist())
        for epoch in range(9)
    }
    assert all(len(rows) == 1 for rows in left)
    assert len(left) > 3


@pytest.mark.parametrize("make", [tf_dataset, ArrayBatches])
@pytest.mark.parametrize(
    ("pairing", "size", "expected"),
    [
        ("independent", 20, [24, 12]),  # 8 rows left: 6 of them
        ("independent", 14, [24]),  # 2 rows left: none of them
        ("split", 20, [12, 6]),
        ("split", 17, [12]),
    ],
)
def test_streams_are_cut_at_the_end(make, pairing, size, expected):
    source = make(numbered(size), 12)
    stream = pair_batches(source, pairing=pairing, shards=3, shuffle=False)
    for _ in range(2):  # a second pass is no shorter
        assert [len(rows) for rows in seen(stream)] == expected


def test_supervision_counts_the_rows_that_are_left():
    stream = pair_batches(
        tf_dataset(numbered(20), 12), supervise="first", shards=3
    )
    for _, _, weight in read(stream):
        assert weight.mean() == 1.0


def test_streams_that_lose_rows_in_the_middle_are_refused():
    stream = pair_batches(tf_dataset(numbered(20), 7), shards=3)
    with pytest.raises(tf.errors.OpError, match="rows_left_over=2"):
        read(stream)


@pytest.mark.parametrize("make", [lambda arrays, _: arrays, tf_dataset])
@pytest.mark.parametrize("shards", [0, -1, 1.5, None])
def test_shards_that_are_no_count_are_refused(make, shards):
    data = make(numbered(20), 12)
    size = {"batch_size": 12} if isinstance(data, tuple) else {}
    with pytest.raises(ValueError, match=BAD_INPUT):
        pair_batches(data, shards=shards, **size)


@pytest.mark.parametrize(
    ("size", "m", "pairing"),
    [(20, 10, "independent"), (20, 8, "split"), (2, 6, "independent")],
)
def test_arrays_without_a_pair_for_every_shard_are_refused(size, m, pairing):
    with pytest.raises(ValueError, match=BAD_INPUT) as error:
        PairedBatches(numbered(size), m, pairing=pairing, shards=3)
    assert "shards=3" in str(error.value)

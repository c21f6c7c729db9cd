"""pair_batches: arrays to PairedBatches, datasets to a stream of pairs."""

import numpy as np
import pytest
import tensorflow as tf

from keras_itra.data import PairedBatches, pair_batches
from tests.cases import BAD_INPUT
from tests.data.rows import ArrayBatches, numbered, read

X, Y = numbered(10)
TARGETS = {"logits": Y, "features": Y}


def as_dataset(arrays, batch_size=4):
    return tf.data.Dataset.from_tensor_slices(arrays).batch(batch_size)


@pytest.mark.parametrize(
    "options",
    [
        {"pairing": "split", "shuffle": False},
        {"sampling": "balanced", "seed": 5, "initial_epoch": 2},
        {"labels": Y[::-1], "supervise": "first"},
        {"pairing": "none", "sampling": "random"},
    ],
    ids=str,
)
def test_arrays_become_paired_batches(options):
    found = pair_batches((X, Y), 4, **options)
    assert isinstance(found, PairedBatches)
    expected = read(PairedBatches((X, Y), 4, **options))
    for one, other in zip(read(found), expected, strict=True):
        assert len(one) == len(other)
        for array, same in zip(one, other, strict=True):
            np.testing.assert_array_equal(array, same)


def test_batch_size_and_labels_may_be_positional():
    found = pair_batches((X, TARGETS), 4, Y)
    _, targets = found[0]
    np.testing.assert_array_equal(
        targets["logits"][::2], targets["logits"][1::2]
    )


@pytest.mark.parametrize("make", [as_dataset, lambda a: ArrayBatches(a, 4)])
def test_datasets_become_a_stream(make):
    found = pair_batches(make((X, Y)), seed=1)
    assert isinstance(found, tf.data.Dataset)


def generator():
    yield X[:4], Y[:4]


@pytest.mark.parametrize(
    ("data", "options"),
    [
        ((X, Y), {}),
        ((X, TARGETS), {"batch_size": 4}),
        ([X, Y], {"batch_size": 4}),
        (X, {"batch_size": 4}),
        (generator(), {}),
        (generator(), {"pairing": "split"}),
        ((X, Y), {"batch_size": 4, "initial_epoch": -1}),
    ],
    ids=[
        "no batch_size",
        "several outputs without labels",
        "list",
        "x alone",
        "generator",
        "split generator",
        "negative epoch",
    ],
)
def test_bad_data_are_refused(data, options):
    with pytest.raises(ValueError, match=BAD_INPUT):
        pair_batches(data, **options)


@pytest.mark.parametrize(
    ("dataset", "options"),
    [
        (as_dataset((X, Y)).unbatch(), {}),
        (as_dataset(X), {}),
        (as_dataset((X, Y, Y, Y)), {}),
        (as_dataset((X, Y)), {"batch_size": 4}),
        (as_dataset((X, Y)), {"labels": Y}),
        (as_dataset((X, Y)), {"sampling": "balanced"}),
        (as_dataset((X, Y)), {"sampling": "stratified"}),
        (as_dataset((X, Y)), {"pairing": "none"}),
        (as_dataset((X, Y)), {"seed": -1}),
        (as_dataset((X, Y)), {"labels": "logits"}),
        (as_dataset((X, Y)), {"supervise": "second"}),
        (as_dataset((X, Y)), {"supervise": ("logits", "first")}),
        (as_dataset((X, TARGETS)), {}),
        (as_dataset((X, (Y, Y))), {}),
        (as_dataset((X, TARGETS)), {"labels": "other"}),
        (
            as_dataset((X, TARGETS)),
            {"labels": "logits", "supervise": ("other", "first")},
        ),
        (
            as_dataset((X, TARGETS)),
            {"labels": "logits", "supervise": "first"},
        ),
        (ArrayBatches((X, Y), 4), {"batch_size": 4}),
        (ArrayBatches((X[:0], Y[:0]), 4), {}),
        (PairedBatches((X, Y), 4, repeat=True), {}),
    ],
    ids=[
        "unbatched",
        "x alone",
        "four parts",
        "batch_size",
        "labels array",
        "balanced",
        "sampling",
        "pairing",
        "seed",
        "labels name without dict",
        "supervise",
        "supervise no output",
        "dict without labels",
        "tuple of targets",
        "labels no output",
        "supervise other output",
        "supervise no name",
        "PyDataset with batch_size",
        "PyDataset empty",
        "PyDataset endless",
    ],
)
def test_bad_datasets_are_refused_at_once(dataset, options):
    with pytest.raises(ValueError, match=BAD_INPUT):
        pair_batches(dataset, **options)

"""PairedBatches: how an order of rows is cut into mini-batches."""

import itertools

import hypothesis
import numpy as np
import pytest
from hypothesis import strategies as st

from keras_itra.data import PairedBatches, epoch_order
from tests.cases import BAD_INPUT
from tests.data.rows import numbered, read, seen


def expected_order(size, labels=None, **options):
    defaults = {
        "pairing": "independent",
        "sampling": "matched",
        "seed": 0,
        "epoch": 0,
    }
    return epoch_order(size, labels, **{**defaults, **options})


@hypothesis.given(
    st.integers(1, 30),
    st.integers(1, 12),
    st.sampled_from(["independent", "split", "none"]),
    st.sampled_from(["matched", "balanced", "random"]),
)
def test_mini_batches_are_the_order_cut_to_size(size, m, pairing, sampling):
    m += m % 2 if pairing == "split" else 0
    x, y = numbered(size)
    options = {"pairing": pairing, "sampling": sampling}
    batches = PairedBatches((x, y), m, seed=2, initial_epoch=3, **options)
    steps = seen(batches)
    rows = np.concatenate(steps)
    expected = expected_order(size, y, seed=2, epoch=3, **options)
    np.testing.assert_array_equal(rows, expected)
    np.testing.assert_array_equal(rows, batches.order(3))
    rows_of_step = 2 * m if pairing == "independent" else m
    assert [len(step) for step in steps[:-1]] == [rows_of_step] * (
        len(steps) - 1
    )
    assert 1 <= len(steps[-1]) <= rows_of_step
    assert batches.steps_per_epoch == batches.num_batches == len(steps)
    for features, labels in read(batches):
        np.testing.assert_array_equal(labels, features[:, 0] % 3)


def test_odd_tail_of_independent_pairs_is_still_pairs():
    steps = seen(PairedBatches(numbered(10), 4))
    assert [len(step) for step in steps] == [8, 8, 4]
    for rows in steps:
        np.testing.assert_array_equal(rows[0::2] % 3, rows[1::2] % 3)


def test_nested_arrays_are_cut_alike():
    x, y = numbered(7)
    batches = PairedBatches(
        ({"a": x, "b": [x + 100, (x + 200,)]}, {"y": y, "z": x}, x[:, 0]),
        batch_size=3,
        labels=y,
    )
    for inputs, targets, weights in read(batches):
        rows = inputs["a"][:, 0]
        np.testing.assert_array_equal(inputs["b"][0][:, 0], rows + 100)
        np.testing.assert_array_equal(inputs["b"][1][0][:, 0], rows + 200)
        np.testing.assert_array_equal(targets["y"], rows % 3)
        np.testing.assert_array_equal(targets["z"][:, 0], rows)
        np.testing.assert_array_equal(weights, rows)


def test_no_sample_weight_is_none_at_all():
    x, y = numbered(6)
    assert len(PairedBatches((x, y, None), 2)[0]) == 2


def test_one_dimensional_inputs_are_rows_too():
    batches = PairedBatches((np.arange(4.0), np.array([0, 1, 0, 1])), 2)
    _, labels = batches[0]
    np.testing.assert_array_equal(labels[0::2], labels[1::2])


@pytest.mark.parametrize("layout", ["column", "one-hot", "float"])
def test_layout_of_labels_does_not_change_the_order(layout):
    x, y = numbered(9)
    other = {
        "column": y[:, None],
        "one-hot": np.eye(3)[y],
        "float": y.astype("float32"),
    }[layout]
    for labels in (None, other):
        steps = seen(PairedBatches((x, other), 4, labels=labels))
        for found, expected in zip(
            steps, seen(PairedBatches((x, y), 4)), strict=True
        ):
            np.testing.assert_array_equal(found, expected)


def test_labels_go_before_targets():
    x, y = numbered(9)
    batches = PairedBatches((x, x / 7), 9, labels=y)
    rows = seen(batches)[0]
    np.testing.assert_array_equal(y[rows[0::2]], y[rows[1::2]])


def test_targets_need_not_be_classes_where_no_class_is_matched():
    x, _ = numbered(9)
    for options in ({"sampling": "random"}, {"pairing": "none"}):
        assert len(
            np.concatenate(seen(PairedBatches((x, x / 7), 4, **options)))
        )


def test_endless_stream_goes_from_epoch_to_epoch():
    data = numbered(10)
    stream = PairedBatches(data, 4, seed=1, initial_epoch=2, repeat=True)
    assert stream.num_batches is None
    assert stream.steps_per_epoch == 3
    rows = [stream[index][0][:, 0].astype(int) for index in range(9)]
    for epoch in range(3):
        np.testing.assert_array_equal(
            np.concatenate(rows[3 * epoch : 3 * epoch + 3]),
            expected_order(10, data[1], seed=1, epoch=2 + epoch),
        )


def test_a_loop_reads_an_epoch_and_the_next_loop_the_next():
    data = numbered(10)
    batches = PairedBatches(data, 4, seed=1)
    for epoch in range(3):
        rows = [x[:, 0].astype(int) for x, _ in batches]
        np.testing.assert_array_equal(
            np.concatenate(rows),
            expected_order(10, data[1], seed=1, epoch=epoch),
        )
    stream = PairedBatches(data, 4, seed=1, repeat=True)
    rows = [x[:, 0] for x, _ in itertools.islice(stream, 9)]
    expected = np.concatenate([stream[index][0][:, 0] for index in range(9)])
    np.testing.assert_array_equal(np.concatenate(rows), expected)


@pytest.mark.parametrize("first", [0, 2, 3, 7])
def test_endless_stream_can_start_anywhere(first):
    whole = PairedBatches(numbered(10), 4, repeat=True)
    later = PairedBatches(numbered(10), 4, repeat=True)
    later.first_batch = first
    for index in range(7):
        np.testing.assert_array_equal(later[index][0], whole[first + index][0])


X, Y = numbered(6)


@pytest.mark.parametrize(
    ("arrays", "options"),
    [
        ((X,), {}),
        ([X, Y], {}),
        ((X, Y, Y, Y), {}),
        ((X, None), {}),
        ((X, Y[:5]), {}),
        ((X[:0], Y[:0]), {}),
        ((3.0, Y), {}),
        ((X, {"a": Y, "b": Y}), {}),
        ((X, [Y, Y]), {}),
        ((X, X / 7), {}),
        ((X, Y), {"labels": Y[:5]}),
        ((X, Y), {"batch_size": 0}),
        ((X, Y), {"batch_size": 2.5}),
        ((X, Y), {"batch_size": True}),
        ((X, Y), {"batch_size": 3, "pairing": "split"}),
        ((X, Y), {"pairing": "twice"}),
        ((X, Y), {"sampling": "stratified"}),
        ((X, Y), {"seed": -1}),
        ((X, Y), {"supervise": "second"}),
        ((X, Y), {"supervise": ("y", "first")}),
    ],
    ids=[
        "x alone",
        "list",
        "four arrays",
        "no targets",
        "lengths",
        "empty",
        "scalar",
        "dict without labels",
        "list without labels",
        "not classes",
        "labels of other length",
        "batch_size=0",
        "batch_size=2.5",
        "batch_size=True",
        "odd split",
        "pairing",
        "sampling",
        "seed",
        "supervise",
        "supervise no output",
    ],
)
def test_bad_arguments_are_refused(arrays, options):
    with pytest.raises(ValueError, match=BAD_INPUT):
        PairedBatches(arrays, **{"batch_size": 2, **options})

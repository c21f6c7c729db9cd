"""Pairs of a dataset that comes as mini-batches."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_itra.data import pair_batches
from tests.data.rows import ArrayBatches, Recorder, numbered, read, seen

SIZE, M = 11, 4


def tf_dataset(arrays, batch_size=M):
    return tf.data.Dataset.from_tensor_slices(arrays).batch(batch_size)


SOURCES = {"tf.data": tf_dataset, "PyDataset": ArrayBatches}


@pytest.fixture(params=SOURCES)
def make(request):
    """Makes a source of mini-batches of m rows from arrays."""
    return lambda arrays, rows=M: SOURCES[request.param](arrays, rows)


def test_s1_is_the_dataset_in_its_own_order(make):
    steps = seen(pair_batches(make(numbered(SIZE)), shuffle=False))
    assert [len(rows) for rows in steps] == [8, 8, 6]
    s1 = [rows[0::2].tolist() for rows in steps]
    assert s1 == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10]]


def test_mini_batches_of_a_py_dataset_are_shuffled_as_in_fit():
    source = SOURCES["PyDataset"](numbered(SIZE), M)
    stream = pair_batches(source)
    passes = [[int(rows[0]) for rows in seen(stream)] for _ in range(8)]
    assert all(sorted(first) == [0, 4, 8] for first in passes)
    assert len({tuple(first) for first in passes}) > 1


@pytest.mark.parametrize("rows", [M, SIZE])
def test_s2_is_other_rows_of_the_same_classes(make, rows):
    x, y = numbered(SIZE)
    s1, s2 = [], []
    for features, labels in read(pair_batches(make((x, y), rows))):
        np.testing.assert_array_equal(labels, features[:, 0] % 3)
        np.testing.assert_array_equal(labels[0::2], labels[1::2])
        s1.extend(features[0::2, 0])
        s2.extend(features[1::2, 0])
    assert s1 != s2
    assert set(s2) <= set(x[:, 0])
    assert np.mean(np.array(s1) == s2) < 0.8


@pytest.mark.parametrize("sampling", ["matched", "random"])
def test_each_half_of_a_pass_holds_every_row_once(make, sampling):
    stream = pair_batches(make(numbered(SIZE)), sampling=sampling)
    for _ in range(2):
        rows = np.concatenate([step.reshape(-1, 2) for step in seen(stream)])
        assert sorted(rows[:, 0]) == sorted(rows[:, 1]) == list(range(SIZE))


def test_random_pairs_mix_the_classes(make):
    batches = read(pair_batches(make(numbered(60)), sampling="random"))
    labels = np.concatenate([batch[1] for batch in batches])
    same = np.mean(labels[0::2] == labels[1::2])
    assert 0.1 < same < 0.6


@pytest.mark.parametrize("pairing", ["independent", "split"])
def test_random_needs_no_classes(make, pairing):
    x, _ = numbered(SIZE)
    options = {"sampling": "random", "pairing": pairing}
    batches = read(pair_batches(make((x, x / 7)), **options))
    for features, targets in batches:
        np.testing.assert_allclose(targets, features / 7, rtol=1e-6)


def test_pass_is_a_function_of_seed_and_epoch(make):
    source = make(numbered(SIZE))
    stream = pair_batches(source, seed=1)
    passes = [np.concatenate(seen(stream)).tolist() for _ in range(3)]
    assert passes[0] != passes[1] != passes[2]
    again = pair_batches(source, seed=1, initial_epoch=2)
    assert np.concatenate(seen(again)).tolist() == passes[2]
    other = pair_batches(source, seed=2)
    assert np.concatenate(seen(other)).tolist() != passes[0]


def test_each_epoch_of_fit_is_one_pass(make):
    source = make(numbered(SIZE))
    model = Recorder(SIZE)
    model.compile(optimizer="sgd", loss="mse")
    stream = pair_batches(source, seed=1)
    model.fit(stream, epochs=2, shuffle=False, verbose=0)
    for epoch in range(2):
        rows = seen(pair_batches(source, seed=1, initial_epoch=epoch))
        expected = [step.tolist() for step in rows]
        assert model.steps[3 * epoch : 3 * epoch + 3] == expected


def test_split_pairs_the_rows_of_each_mini_batch(make):
    source = make(numbered(SIZE), 5)
    steps = seen(pair_batches(source, pairing="split", shuffle=False))
    assert [sorted(rows) for rows in steps] == [
        [0, 1, 2, 3, 4],
        [5, 6, 7, 8, 9],
        [10],
    ]
    # Classes 0 1 2 0 1: two pairs, and a row without partner at the end.
    assert steps[0].tolist() == [0, 3, 1, 4, 2]


def test_random_split_keeps_the_mini_batches(make):
    options = {"pairing": "split", "sampling": "random", "shuffle": False}
    steps = seen(pair_batches(make(numbered(SIZE)), **options))
    assert np.concatenate(steps).tolist() == list(range(SIZE))


def test_length_is_that_of_the_dataset(make):
    stream = pair_batches(make(numbered(SIZE)))
    assert int(stream.cardinality()) == 3
    assert len(stream) == 3


def test_unknown_and_endless_lengths_stay_so():
    source = tf_dataset(numbered(SIZE))
    unknown = source.filter(lambda x, y: True)
    endless = source.repeat()
    for dataset, length in (
        (unknown, tf.data.UNKNOWN_CARDINALITY),
        (endless, tf.data.INFINITE_CARDINALITY),
    ):
        stream = pair_batches(dataset)
        assert int(stream.cardinality()) == length
        assert len(seen(stream.take(2))) == 2
    assert len(seen(pair_batches(unknown))) == 3


def test_sample_weights_and_nested_inputs_stay_with_their_rows(make):
    x, y = numbered(SIZE)
    source = make(({"a": x, "b": x + 100}, y, x[:, 0]))
    for inputs, labels, weights in read(pair_batches(source)):
        rows = inputs["a"][:, 0]
        np.testing.assert_array_equal(inputs["b"][:, 0], rows + 100)
        np.testing.assert_array_equal(labels, rows % 3)
        np.testing.assert_array_equal(weights, rows)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("pairing", ["independent", "split"])
def test_named_target_holds_the_class(make, pairing, weighted):
    x, y = numbered(SIZE)
    arrays = (x, {"logits": np.eye(3)[y], "features": y})
    arrays += (x[:, 0] + 1,) if weighted else ()
    stream = pair_batches(
        make(arrays),
        labels="logits",
        supervise=("logits", "first"),
        pairing=pairing,
    )
    for features, targets, weights in read(stream):
        rows = features[:, 0]
        user = rows + 1 if weighted else np.ones(len(rows))
        labels = targets["logits"].argmax(axis=1)
        np.testing.assert_array_equal(labels, targets["features"])
        if pairing == "independent":
            np.testing.assert_array_equal(labels[0::2], labels[1::2])
        np.testing.assert_allclose(weights["features"], user)
        np.testing.assert_array_equal(weights["logits"][1::2], 0)
        scale = len(rows) / len(rows[0::2])
        np.testing.assert_allclose(
            weights["logits"][0::2], scale * user[0::2], rtol=1e-6
        )


def test_user_hooks_of_a_py_dataset_are_called():
    source = ArrayBatches(numbered(SIZE), M)  # may reshuffle between epochs
    model = keras.Sequential([keras.layers.Dense(1)])
    model.compile(optimizer="sgd", loss="mse")
    model.fit(pair_batches(source), epochs=3, shuffle=False, verbose=0)
    assert source.passes >= 2


def test_a_dataset_that_can_be_read_once_only_is_refused():
    x, y = numbered(SIZE)
    batches = iter([(x[:M], y[:M]), (x[M:], y[M:])])
    once = tf.data.Dataset.from_generator(
        lambda: batches,
        output_signature=tuple(
            tf.TensorSpec([None, *a.shape[1:]], a.dtype) for a in (x, y)
        ),
    )
    with pytest.raises(tf.errors.InvalidArgumentError, match="rows=0"):
        seen(pair_batches(once))

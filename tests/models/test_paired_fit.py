"""`fit` on every kind of data: the same mini-batches, the same weights."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_itra.data import PairedBatches
from tests.models.cases import (
    assert_same_weights,
    batch_normalized,
    compiled,
    copy_of,
    draw,
    fit,
    one_hot,
    perceptron,
    twins,
    wrapped,
)


class Slices(keras.utils.PyDataset):
    """Mini-batches in the order of the arrays."""

    def __init__(self, x, y, rows):
        super().__init__()
        self.arrays, self.rows = (x, y), rows

    @property
    def num_batches(self):
        return -(-len(self.arrays[0]) // self.rows)

    def __getitem__(self, index):
        part = slice(index * self.rows, (index + 1) * self.rows)
        return tuple(array[part] for array in self.arrays)


def generator(x, y):
    for start in range(0, len(x), 8):
        yield x[start : start + 8], y[start : start + 8]


def as_dataset(x, y):
    return tf.data.Dataset.from_tensor_slices((x, y)).batch(8)


@pytest.mark.parametrize(
    ("kind", "pairing"),
    [
        ("tf.data", "independent"),
        ("tf.data", "none"),
        ("PyDataset", "independent"),
        ("PyDataset", "split"),
    ],
)
def test_datasets_train(kind, pairing):
    x, y = draw(21)
    data = as_dataset(x, y) if kind == "tf.data" else Slices(x, y, 8)
    model = wrapped(pairing=pairing)
    history = fit(model, data, epochs=3, shuffle=kind == "PyDataset")
    assert np.all(np.isfinite(history["loss"]))
    assert history["loss"][-1] < history["loss"][0]
    assert int(model.optimizer.iterations) == 9


@pytest.mark.parametrize("make", [as_dataset, generator])
def test_split_pairs_of_a_stream_are_rows_of_its_mini_batches(make):
    """Random split: the stream itself, S1 in even rows."""
    x, y = draw(16)
    model, by_hand = twins(pairing="split", sampling="random")
    fit(model, make(x, y), shuffle=False, steps_per_epoch=2)
    for batch in generator(x, y):
        by_hand.train_on_batch(*batch)
    assert_same_weights(model, by_hand)


@pytest.mark.parametrize("form", [list, lambda batch: (*batch, None)])
@pytest.mark.parametrize("sampling", ["matched", "random"])
def test_a_generator_may_yield_lists_and_no_weights(form, sampling):
    x, y = draw(16)
    model, other = twins(pairing="split", sampling=sampling)
    fit(model, generator(x, y), steps_per_epoch=2)
    fit(other, map(form, generator(x, y)), steps_per_epoch=2)
    assert_same_weights(model, other)


@pytest.mark.parametrize("layout", ["column", "one-hot"])
def test_layout_of_labels_does_not_matter(layout):
    x, y = draw()
    given = {"column": y[:, None], "one-hot": one_hot(y)}[layout]
    model, other = twins()
    if layout == "one-hot":
        loss = keras.losses.CategoricalCrossentropy(from_logits=True)
        compiled(other, loss=loss)
    expected = fit(model, x, y, batch_size=8)
    found = fit(other, x, given, batch_size=8)
    for name in expected:
        np.testing.assert_allclose(found[name], expected[name], rtol=1e-5)
    assert_same_weights(model, other)


def test_mini_batches_of_one_row_become_pairs():
    x, y = draw(12)
    model = wrapped()
    history = fit(model, tf.data.Dataset.from_tensor_slices((x, y)).batch(1))
    assert np.isfinite(history["loss"]).all()
    assert int(model.optimizer.iterations) == 12


@pytest.mark.parametrize("forward", ["joint", "separate"])
def test_a_tail_of_one_row_leaves_s2_empty(forward):
    x, y = draw(9)
    classifier = batch_normalized()
    model = wrapped(classifier, pairing="split", forward=forward)
    history = fit(model, x, y, batch_size=8, epochs=2)
    assert np.all(np.isfinite([history[name] for name in history]))
    for weight in classifier.weights:
        assert np.all(np.isfinite(np.array(weight))), weight.path


def test_arrays_are_paired_as_by_paired_batches():
    x, y = draw(22)
    model, by_hand = twins()
    fit(model, x, y, batch_size=8, epochs=2)
    batches = PairedBatches((x, y), 8, seed=0)
    for epoch in range(2):
        rows = batches.order(epoch)
        for start in range(0, len(rows), 16):
            part = rows[start : start + 16]
            by_hand.train_on_batch(x[part], y[part])
    assert_same_weights(model, by_hand)


def test_epochs_differ_and_seeds_differ():
    x, y = draw(20)
    one, two, other = twins(3)
    fit(one, x, y, batch_size=8)
    fit(two, x, y, batch_size=8, epochs=2, initial_epoch=1)
    other.seed = 1
    fit(other, x, y, batch_size=8)
    for model in (two, other):
        with pytest.raises(AssertionError):
            assert_same_weights(one, model)


def test_shuffle_false_keeps_the_order_of_s1():
    x, y = draw()
    classifier = perceptron()
    plain = compiled(copy_of(classifier))
    model = wrapped(classifier, alignment_weight=0)
    fit(model, x, y, batch_size=8, epochs=2, shuffle=False)
    fit(plain, x, y, batch_size=8, epochs=2, shuffle=False)
    assert_same_weights(classifier, plain)


def test_validation_split_takes_the_last_rows():
    x, y = draw(20)
    model, other = twins()
    weight = np.linspace(0.5, 2, 20).astype("float32")
    found = fit(
        model, x, y, batch_size=8, validation_split=0.25, sample_weight=weight
    )
    expected = fit(
        other,
        x[:15],
        y[:15],
        batch_size=8,
        sample_weight=weight[:15],
        validation_data=(x[15:], y[15:], weight[15:]),
    )
    assert found.keys() == expected.keys()
    assert {"val_loss", "val_accuracy"} <= found.keys()
    assert not any("val_alignment" in name for name in found)
    for name in expected:
        np.testing.assert_allclose(found[name], expected[name], rtol=1e-5)

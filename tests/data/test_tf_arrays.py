import itertools

import numpy as np
import pytest

from keras_itra.data import PairedBatches
from keras_itra.data.tf_arrays import array_dataset

pytestmark = pytest.mark.tensorflow


def batches(rows=10, batch_size=4, **options):
    generator = np.random.default_rng(0)
    x = {"a": generator.normal(size=(rows, 3)), "b": np.arange(rows)}
    return PairedBatches(
        (x, np.arange(rows) % 2), batch_size, seed=1, **options
    )


def assert_same(found, expected):
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(one[0]["a"], other[0]["a"])
        np.testing.assert_array_equal(one[0]["b"], other[0]["b"])
        np.testing.assert_array_equal(one[1], other[1])


@pytest.mark.parametrize("pairing", ["independent", "split", "none"])
def test_every_pass_is_the_next_epoch(pairing):
    source = batches(pairing=pairing)
    dataset = array_dataset(source)
    for epoch in range(3):
        expected = batches(pairing=pairing, initial_epoch=epoch)
        steps = range(expected.steps_per_epoch)
        assert_same(dataset, [expected[step] for step in steps])
    source.next_epoch = 1
    assert_same(
        dataset,
        [batches(pairing=pairing, initial_epoch=1)[step] for step in steps],
    )


def test_an_endless_stream_starts_where_it_is_told():
    source = batches(repeat=True)
    source.first_batch = 4
    dataset = array_dataset(source)
    assert_same(
        itertools.islice(dataset, 7),
        [source[step] for step in range(7)],
    )


def test_full_mini_batches_have_a_static_number_of_rows():
    uneven = array_dataset(batches(rows=10)).element_spec
    even = array_dataset(batches(rows=12)).element_spec
    assert uneven[1].shape == [None]
    assert even[1].shape == [8]
    assert even[0]["a"].shape == [8, 3]


def test_the_length_is_known():
    assert int(array_dataset(batches()).cardinality()) == 3
    assert int(array_dataset(batches(repeat=True)).cardinality()) == -1


def test_strings():
    texts = np.array(["one", "two", "three", "four"])
    dataset = array_dataset(PairedBatches((texts, np.arange(4) // 2), 2))
    found = {text.decode() for x, _ in dataset for text in x.numpy()}
    assert found == set(texts)


def test_class_weight_gives_rows_their_weights():
    dataset = array_dataset(batches(), {1: 3.0})
    for _, labels, weights in dataset:
        np.testing.assert_array_equal(weights, np.where(labels == 1, 3, 1))


def test_class_weight_beside_sample_weights_is_refused():
    arrays = (np.ones((4, 1)), np.arange(4) % 2, np.ones(4))
    with pytest.raises(ValueError, match="either `class_weight` or sample"):
        array_dataset(PairedBatches(arrays, 2), {1: 2.0})

"""The class-balanced round robin: every class equally often, every row."""

import hypothesis
import numpy as np
import pytest
from hypothesis import strategies as st

from keras_itra.data import PairedBatches, epoch_order
from keras_itra.data.orders import PAIRINGS

LABELS = np.repeat([0, 3, 7], [9, 4, 1])  # classes need not be 0, 1, 2

labels_of_rows = st.lists(st.integers(0, 3), min_size=1, max_size=25).map(
    np.array
)


def order(labels=LABELS, pairing="none", seed=0, epoch=0, **options):
    return epoch_order(
        len(labels),
        labels,
        pairing=pairing,
        sampling="balanced",
        seed=seed,
        epoch=epoch,
        **options,
    )


@hypothesis.given(labels_of_rows, st.integers(0, 100), st.integers(0, 9))
def test_classes_take_turns_and_no_row_is_left_out(labels, seed, epoch):
    rows = order(labels, seed=seed, epoch=epoch)
    classes, counts = np.unique(labels, return_counts=True)
    np.testing.assert_array_equal(labels[rows], np.tile(classes, counts.max()))
    times = np.bincount(rows, minlength=len(labels))
    for label, count in zip(classes, counts, strict=True):
        rounds = counts.max() / count
        of_class = times[labels == label]
        assert of_class.min() == np.floor(rounds)
        assert of_class.max() == np.ceil(rounds)


@hypothesis.given(labels_of_rows, st.integers(0, 100))
def test_split_pairs_have_one_class(labels, seed):
    rows = order(labels, pairing="split", seed=seed)
    np.testing.assert_array_equal(labels[rows[0::2]], labels[rows[1::2]])
    classes, counts = np.unique(labels[rows], return_counts=True)
    assert len(set(counts)) == 1
    np.testing.assert_array_equal(classes, np.unique(labels))
    assert set(rows) == set(range(len(labels)))


def test_s1_is_the_same_for_independent_pairs_and_plain_mini_batches():
    pairs, plain = order(pairing="independent"), order(pairing="none")
    np.testing.assert_array_equal(pairs[0::2], plain)
    np.testing.assert_array_equal(LABELS[pairs[0::2]], LABELS[pairs[1::2]])
    assert not np.array_equal(pairs[0::2], pairs[1::2])
    assert set(pairs[1::2]) == set(range(len(LABELS)))


@pytest.mark.parametrize("pairing", PAIRINGS)
def test_mini_batches_have_equally_many_rows_of_each_class(pairing):
    rows_of_step = {"independent": 24, "split": 12, "none": 12}[pairing]
    labels = np.repeat([0, 1, 2], [40, 12, 7])
    rows = order(labels, pairing=pairing)
    for start in range(0, len(rows) - rows_of_step + 1, rows_of_step):
        step = labels[rows[start : start + rows_of_step]]
        halves = [step] if pairing == "none" else [step[0::2], step[1::2]]
        for half in halves:
            counts = np.bincount(half, minlength=3)
            np.testing.assert_array_equal(counts, len(half) // 3)


def test_smaller_classes_are_shuffled_again_in_every_round():
    rows = order(np.repeat([0, 1], [12, 4]))[1::2].reshape(3, 4)
    assert all(set(row) == {12, 13, 14, 15} for row in rows)
    assert len({tuple(row) for row in rows}) > 1


def test_an_order_of_its_own_cannot_be_that_of_the_data():
    with pytest.raises(ValueError, match=r"Received: shuffle=False"):
        PairedBatches(
            (np.zeros((4, 1)), np.arange(4) % 2),
            2,
            sampling="balanced",
            shuffle=False,
        )

"""The orders of an epoch: what they are permutations of, and how paired."""

import hypothesis
import numpy as np
import pytest
from hypothesis import strategies as st

from keras_itra.data import epoch_order
from keras_itra.data.orders import (
    PAIRINGS,
    SAMPLINGS,
    interleave,
    matched,
    neighbours_of_one_class,
)
from tests.cases import BAD_INPUT

LABELS = np.array([0, 1, 1, 2, 0, 2, 1, 2, 2, 0, 1])

labels_of_rows = st.lists(st.integers(0, 3), min_size=1, max_size=30).map(
    np.array
)
seeds = st.integers(0, 1000)
epochs = st.integers(0, 50)


def order(labels=LABELS, **options):
    defaults = {
        "pairing": "independent",
        "sampling": "matched",
        "seed": 0,
        "epoch": 0,
    }
    return epoch_order(len(labels), labels, **{**defaults, **options})


def partners_of(row, epochs, **options):
    """Rows of S2 that stood beside a row of S1."""
    found = []
    for epoch in range(epochs):
        rows = order(epoch=epoch, **options)
        found.append(rows[1::2][rows[0::2] == row].item())
    return np.array(found)


@pytest.mark.parametrize("sampling", SAMPLINGS)
@pytest.mark.parametrize("pairing", PAIRINGS)
def test_order_is_a_function_of_seed_and_epoch(pairing, sampling):
    options = {"pairing": pairing, "sampling": sampling}
    first = order(seed=3, epoch=5, **options)
    np.random.default_rng(9).permutation(4)  # no other generator matters
    np.testing.assert_array_equal(order(seed=3, epoch=5, **options), first)
    for other in ({"seed": 4, "epoch": 5}, {"seed": 3, "epoch": 6}):
        assert not np.array_equal(order(**other, **options), first)
    # (seed, epoch) is a pair, not a sum.
    assert not np.array_equal(order(seed=5, epoch=3, **options), first)


@hypothesis.given(labels_of_rows, seeds, epochs, st.booleans())
def test_s1_is_the_same_stream_for_every_pairing(labels, seed, epoch, shuffle):
    common = {"seed": seed, "epoch": epoch, "shuffle": shuffle}
    s1 = order(labels, pairing="none", **common)
    assert sorted(s1) == list(range(len(labels)))
    for sampling in ("matched", "random"):
        pairs = order(labels, sampling=sampling, **common)
        np.testing.assert_array_equal(pairs[0::2], s1)
        assert sorted(pairs[1::2]) == list(range(len(labels)))
        none = order(labels, pairing="none", sampling=sampling, **common)
        np.testing.assert_array_equal(none, s1)
    split = order(labels, pairing="split", sampling="random", **common)
    np.testing.assert_array_equal(split, s1)


@hypothesis.given(labels_of_rows, seeds, epochs)
def test_matched_pairs_have_one_class(labels, seed, epoch):
    pairs = order(labels, seed=seed, epoch=epoch)
    np.testing.assert_array_equal(labels[pairs[0::2]], labels[pairs[1::2]])


@hypothesis.given(labels_of_rows, seeds)
def test_matched_keeps_the_order_inside_a_class(labels, seed):
    generator = np.random.default_rng(seed)
    s1, s2 = (generator.permutation(len(labels)) for _ in range(2))
    result = matched(labels, s1, s2)
    np.testing.assert_array_equal(labels[result], labels[s1])
    for label in np.unique(labels):
        np.testing.assert_array_equal(
            result[labels[result] == label], s2[labels[s2] == label]
        )


@pytest.mark.parametrize("shuffle", [True, False])
def test_matched_partner_is_any_row_of_the_class(shuffle):
    partners = partners_of(3, epochs=600, shuffle=shuffle)
    rows, counts = np.unique(partners, return_counts=True)
    np.testing.assert_array_equal(rows, [3, 5, 7, 8])
    np.testing.assert_allclose(counts, 600 / 4, atol=5 * np.sqrt(600 * 3 / 16))


def test_random_partner_is_any_row():
    partners = partners_of(3, epochs=600, sampling="random")
    counts = np.bincount(partners, minlength=11)
    np.testing.assert_allclose(counts, 600 / 11, atol=5 * np.sqrt(600 / 11))


def test_random_needs_no_labels():
    for pairing in PAIRINGS:
        rows = epoch_order(
            6, None, pairing=pairing, sampling="random", seed=0, epoch=0
        )
        assert set(rows) == set(range(6))


@pytest.mark.parametrize("labels", [[0, 1, 0, 1], [[0], [1], [0], [1]]])
def test_labels_in_other_forms(labels):
    options = {"pairing": "independent", "sampling": "matched"}
    options |= {"seed": 0, "epoch": 0}
    order = epoch_order(4, np.array([0, 1, 0, 1]), **options)
    assert np.array_equal(epoch_order(4, labels, **options), order)
    for wrong in (None, labels[:3]):
        with pytest.raises(ValueError, match=r"one label per row .*rows=4"):
            epoch_order(4, wrong, **options)


def test_without_shuffling_s1_keeps_the_order_of_the_data():
    for epoch in range(2):
        pairs = order(epoch=epoch, shuffle=False)
        np.testing.assert_array_equal(pairs[0::2], np.arange(11))
        assert not np.array_equal(pairs[1::2], np.arange(11))
    assert not np.array_equal(order(epoch=0, shuffle=False), pairs)


def expected_neighbours(labels, rows):
    """Each row joins the one of its class that waits, else it waits."""
    pairs, waiting = [], {}
    for row in rows:
        if labels[row] in waiting:
            waiting.pop(labels[row]).append(row)
        else:
            pairs.append([row])
            waiting[labels[row]] = pairs[-1]
    pairs.sort(key=lambda pair: len(pair) == 1)
    return [row for pair in pairs for row in pair]


@hypothesis.given(labels_of_rows, seeds)
def test_neighbours_have_one_class_and_rows_without_partner_end(labels, seed):
    rows = np.random.default_rng(seed).permutation(len(labels))
    result = neighbours_of_one_class(labels, rows)
    assert result.tolist() == expected_neighbours(labels, rows)


@hypothesis.given(labels_of_rows, seeds, epochs)
def test_split_is_a_permutation_of_neighbours(labels, seed, epoch):
    common = {"seed": seed, "epoch": epoch, "pairing": "split"}
    rows = order(labels, **common)
    assert sorted(rows) == list(range(len(labels)))
    alone = int((np.bincount(labels) % 2).sum())
    paired = rows[: len(rows) - alone]
    np.testing.assert_array_equal(labels[paired[0::2]], labels[paired[1::2]])
    assert len(set(labels[rows[len(paired) :]])) == alone


def test_interleave_alternates_rows_of_any_rank():
    a, b = np.zeros((2, 3), int), np.ones((2, 3), int)
    np.testing.assert_array_equal(interleave(a[:, 0], b[:, 0]), [0, 1, 0, 1])
    np.testing.assert_array_equal(interleave(a, b)[:, 2], [0, 1, 0, 1])


@pytest.mark.parametrize(
    "arguments",
    [
        {"pairing": "both"},
        {"pairing": None},
        {"sampling": "class"},
        {"seed": -1},
        {"epoch": -1},
    ],
    ids=str,
)
def test_bad_arguments_are_refused(arguments):
    with pytest.raises(ValueError, match=BAD_INPUT):
        order(**arguments)

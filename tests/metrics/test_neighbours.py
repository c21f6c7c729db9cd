"""Neighbours against scikit-learn and by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.neighbors import NearestNeighbors

from keras_itra import metrics
from keras_itra.metrics import _distances

purity = metrics.nearest_neighbour_purity


def merged_classes(seed, n=60):
    """Features of six modes, of which two make a class."""
    rng = np.random.default_rng(seed)
    modes = rng.integers(6, size=n)
    features = rng.normal(size=(n, 3)) + 1.5 * rng.normal(size=(6, 3))[modes]
    return features, modes, modes // 2


def listed_purity(features, modes, k):
    k = min(k, len(features) - 1)
    _, found = NearestNeighbors(n_neighbors=k).fit(features).kneighbors()
    return list((modes[found] == modes[:, None]).mean(axis=1))


@given(st.integers(0, 10_000), st.integers(1, 12), st.floats(-1e4, 1e4))
def test_agrees_with_scikit_learn(seed, k, offset):
    features, modes, labels = merged_classes(seed)
    moved = features + offset
    assert purity(moved, modes, k=k) == pytest.approx(
        np.mean(listed_purity(features, modes, k))
    )
    inside = []
    for c in np.unique(labels):
        own = labels == c
        if own.sum() > 1:
            inside += listed_purity(features[own], modes[own], k)
    assert purity(moved, modes, k=k, labels=labels) == pytest.approx(
        np.mean(inside)
    )


def test_blocks_make_no_difference(monkeypatch):
    features, modes, labels = merged_classes(0)
    whole = purity(features, modes, labels=labels)
    monkeypatch.setattr(_distances, "_BLOCK_ENTRIES", 130)
    assert purity(features, modes, labels=labels) == pytest.approx(whole)


def test_equal_distances_share_the_places():
    # the ends: one nearest; the middle: two, equally far, one of its mode
    line, modes = [[0.0], [1.0], [2.0]], [0, 0, 1]
    assert purity(line, modes, k=1) == pytest.approx((1 + 0.5 + 0) / 3)
    features, modes, _ = merged_classes(0)
    order = np.argsort(modes)
    same = np.full((60, 5), 0.1, "float32")
    by_chance = purity(features, modes, k=60)
    counts = np.bincount(modes)
    assert by_chance == pytest.approx((counts * (counts - 1)).sum() / 60 / 59)
    assert purity(same, modes[order]) == pytest.approx(by_chance)
    assert purity(same, modes[order], k=1) == pytest.approx(by_chance)


def test_modes_that_coincide_are_told_from_modes_apart():
    _, modes, labels = merged_classes(0)
    apart = np.eye(6)[modes]
    assert purity(apart, modes, labels=labels, k=3) == 1.0
    merged = np.eye(3)[labels]
    by_chance = purity(apart, modes, labels=labels, k=60)
    assert purity(merged, modes, labels=labels, k=3) == pytest.approx(by_chance)


def test_rows_alone_in_their_class_do_not_count():
    features, modes = [[0.0], [0.1], [0.2]], [0, 0, 1]
    assert purity(features, modes, labels=[0, 0, 5]) == 1.0


@given(st.integers(0, 10_000), st.integers(1, 9))
def test_votes_of_the_nearest_agree_with_a_loop(seed, k):
    train, _, of_train = merged_classes(seed)
    rows, _, labels = merged_classes(seed + 1, n=20)
    hits = []
    for row, label in zip(rows, labels, strict=True):
        nearest = np.argsort(np.linalg.norm(train - row, axis=1))[:k]
        hits.append(np.bincount(of_train[nearest]).argmax() == label)
    value = metrics.nearest_neighbour_accuracy(
        rows + 7, labels, train + 7, of_train, k=k
    )
    assert value == pytest.approx(np.mean(hits))


def test_all_vote_if_there_are_few():
    train = [[0.0], [1.0], [2.0]], [4, 1, 1]
    accuracy = metrics.nearest_neighbour_accuracy
    assert accuracy([[0.0], [9.0]], [1, 1], *train, k=9) == 1.0
    assert accuracy([[0.0]], [4], *train, k=1) == 1.0
    with pytest.raises(ValueError, match="k=0"):
        accuracy([[0.0]], [4], *train, k=0)
    with pytest.raises(ValueError, match="1 columns of `train_features`"):
        accuracy([[0.0, 1.0]], [4], *train)


@pytest.mark.parametrize(
    ("features", "arguments", "message"),
    [
        ([[1.0]], {"modes": [0]}, "two rows or more. Received: rows=1"),
        (
            [[1.0], [2.0]],
            {"modes": [0, 0], "labels": [0, 1]},
            "in some class of `labels`",
        ),
        ([[1.0]], {"modes": [0, 1]}, r"`modes` of shape \(1,\)"),
        ([[1.0]], {"modes": [0], "labels": [0.5]}, "`labels` to be integers"),
        ([[np.nan]], {"modes": [0]}, "nan_or_infinite=1"),
        ([[1.0], [2.0]], {"modes": [0, 0], "k": 0}, "k=0"),
        ([[1.0], [2.0]], {"modes": [0, 0], "k": 1.5}, "k=1.5"),
    ],
)
def test_bad_input_is_named(features, arguments, message):
    with pytest.raises(ValueError, match=message):
        purity(features, **arguments)


def test_a_row_far_off_does_not_blur_the_others():
    rng = np.random.default_rng(0)
    modes = np.arange(60) % 3
    rows = 1e-3 * (rng.normal(size=(60, 4)) + 3 * np.eye(3, 4)[modes])
    expected = listed_purity(rows, modes, 1)
    rows, modes = np.append(rows, np.full((1, 4), 1e6), 0), np.append(modes, 3)
    assert purity(rows, modes, k=1) == pytest.approx(sum(expected) / 61)


def test_an_offset_does_not_change_votes():
    rng = np.random.default_rng(0)
    labels = np.arange(90) % 3
    rows = rng.normal(size=(90, 20)) + 2 * np.eye(3, 20)[labels]
    found, moved = (
        metrics.nearest_neighbour_accuracy(
            x[:30], labels[:30], x[30:], labels[30:]
        )
        for x in (rows, rows + 1e8)
    )
    assert found == moved > 0.6

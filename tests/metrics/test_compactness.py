"""Scatter against loops and by its invariances."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keras_itra import metrics


def random_features(seed, n=40, dim=3, num_classes=4):
    rng = np.random.default_rng(seed)
    labels = rng.integers(num_classes, size=n)
    means = 2 * rng.normal(size=(num_classes, dim))
    return means[labels] + rng.normal(size=(n, dim)), labels


def looped_scatters(features, labels):
    n = len(labels)
    overall = sum(features) / n
    within = between = 0.0
    for k in set(labels.tolist()):
        rows = [h for h, y in zip(features, labels, strict=True) if y == k]
        mean = sum(rows) / len(rows)
        within += sum(((h - mean) ** 2).sum() for h in rows) / n
        between += len(rows) * ((mean - overall) ** 2).sum() / n
    return within, between


@given(st.integers(0, 10_000))
def test_agrees_with_a_loop(seed):
    features, labels = random_features(seed)
    within, between = looped_scatters(features, labels)
    assert metrics.within_class_scatter(features, labels) == pytest.approx(
        within
    )
    assert metrics.between_class_scatter(features, labels) == pytest.approx(
        between
    )
    assert metrics.scatter(features, labels) == pytest.approx(within / between)


@given(st.integers(0, 10_000))
def test_parts_add_up_to_the_variance(seed):
    features, labels = random_features(seed)
    total = features.var(axis=0).sum()
    within = metrics.within_class_scatter(features, labels)
    between = metrics.between_class_scatter(features, labels)
    assert within + between == pytest.approx(total)


@given(st.integers(0, 10_000), st.floats(1e-6, 1e6), st.floats(-1e3, 1e3))
def test_ratio_ignores_scale_position_and_rotation(seed, scale, offset):
    features, labels = random_features(seed)
    rotation, _ = np.linalg.qr(np.random.default_rng(seed).normal(size=(3, 3)))
    moved = scale * (features @ rotation + offset)
    assert metrics.scatter(moved, labels) == pytest.approx(
        metrics.scatter(features, labels), rel=1e-6
    )


def test_by_hand():
    features, labels = [[0.0], [2.0], [10.0], [12.0]], [0, 0, 1, 1]
    assert metrics.within_class_scatter(features, labels) == 1.0
    assert metrics.between_class_scatter(features, labels) == 25.0
    assert metrics.scatter(features, labels) == 0.04


def test_collapsed_classes_have_no_scatter():
    features = np.array([[0.1], [0.1], [0.7]])
    assert metrics.scatter(features, [3, 3, 9]) == 0.0


@pytest.mark.parametrize("value", [0.0, 0.1, 1e8, -1e-20])
def test_constant_features_have_infinite_ratio(value):
    features, labels = np.full((7, 3), value), [0, 1, 2, 0, 1, 2, 0]
    assert metrics.within_class_scatter(features, labels) == 0.0
    assert metrics.between_class_scatter(features, labels) == 0.0
    assert metrics.scatter(features, labels) == math.inf


@given(st.integers(0, 10_000))
def test_one_class_has_infinite_ratio(seed):
    features, _ = random_features(seed)
    assert metrics.scatter(features, np.zeros(40, int)) == math.inf


@given(st.integers(0, 10_000))
def test_coinciding_classes_have_infinite_ratio(seed):
    features, _ = random_features(seed)
    twice = np.concatenate([features, features[::-1]])
    assert metrics.scatter(twice, np.repeat([0, 1], 40)) == math.inf


def test_one_sample_has_infinite_ratio():
    assert metrics.scatter([[1.0, 2.0]], [0]) == math.inf


@pytest.mark.parametrize(
    ("features", "labels", "message"),
    [
        ([1.0, 2.0], [0, 1], r"`features` of shape \(n, columns\)"),
        ([[1.0], [2.0]], [0], r"`labels` of shape \(2,\)"),
        ([[1.0]], [0.5], "integers"),
        ([[1.0]], [-1], "smallest=-1"),
        ([[np.nan]], [0], "nan_or_infinite=1"),
    ],
)
def test_bad_input_is_named(features, labels, message):
    with pytest.raises(ValueError, match=message):
        metrics.scatter(features, labels)

"""The nearest class mean against scikit-learn, and NC3 by its formula."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.neighbors import NearestCentroid

from keras_itra import metrics
from tests.metrics.test_compactness import random_features

accuracy = metrics.nearest_class_mean_accuracy
agreement = metrics.nearest_class_mean_agreement


@given(st.integers(0, 10_000))
def test_agrees_with_scikit_learn(seed):
    train, of_train = random_features(seed)
    rows, labels = random_features(seed + 1, n=30)
    of_train = 3 * of_train  # 0, 3, 6, 9
    reference = NearestCentroid().fit(train, of_train)
    assert accuracy(rows, 3 * labels, train, of_train) == pytest.approx(
        reference.score(rows, 3 * labels)
    )
    logits = np.random.default_rng(seed).normal(size=(30, 10))
    assert agreement(rows, logits, train, of_train) == pytest.approx(
        np.mean(reference.predict(rows) == logits.argmax(axis=1))
    )


def test_means_that_are_equally_near():
    train = [[1.0], [-1.0], [1.0]], [4, 7, 9]
    assert accuracy([[0.0], [1.0]], [4, 4], *train) == 1.0
    assert accuracy([[0.0]], [5], *train) == 0.0  # a class without a mean


@given(st.integers(0, 10_000))
def test_self_duality_by_its_formula(seed):
    features, labels = random_features(seed)
    labels = labels + (labels > 1)  # class 2 is missing
    kernel = np.random.default_rng(seed).normal(size=(3, 7))
    classes = np.unique(labels)
    means = np.stack([features[labels == k].mean(0) for k in classes])
    means -= means.mean(axis=0)
    weights = kernel[:, classes].T
    cosine = (means * weights).sum() / np.sqrt(
        (means**2).sum() * (weights**2).sum()
    )
    value = metrics.self_duality(features, labels, kernel)
    assert value == pytest.approx(2 - 2 * cosine)
    moved = metrics.self_duality(1e3 * features + 5, labels, 1e-3 * kernel)
    assert moved == pytest.approx(value)


def test_self_duality_at_its_ends():
    simplex = np.eye(3) - 1 / 3
    rows = np.repeat(simplex, 2, axis=0) + 0.1, [0, 0, 1, 1, 2, 2]
    assert metrics.self_duality(*rows, simplex) == pytest.approx(0)
    assert metrics.self_duality(*rows, -simplex) == pytest.approx(4)
    assert metrics.self_duality(*rows, np.zeros((3, 3))) == 2
    assert (
        metrics.self_duality(np.full((4, 3), 0.1), [0, 1, 2, 0], simplex) == 2
    )
    assert metrics.self_duality(np.ones((1, 3)), [0], simplex) == 2


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: accuracy([[1.0]], [0], [[1.0, 2.0]], [0]), "columns=1"),
        (lambda: accuracy([[1.0]], [0, 1], [[1.0]], [0]), r"shape \(1,\)"),
        (
            lambda: agreement([[1.0]], np.ones((2, 2)), [[1.0]], [0]),
            "`logits` of the 1 rows of `features`. Received: rows=2",
        ),
        (
            lambda: metrics.self_duality([[1.0]], [0], [[1.0], [2.0]]),
            r"shape \(1, K\). Received: shape=\(2, 1\)",
        ),
        (
            lambda: metrics.self_duality([[1.0]], [1], [[1.0]]),
            "number of classes, 1. Received: largest=1",
        ),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()

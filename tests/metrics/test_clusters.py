"""Silhouette and Davies-Bouldin index against loops."""

import math
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import cdist
from sklearn.metrics import silhouette_score

from keras_itra import metrics
from tests.metrics.test_compactness import random_features


def looped_silhouette(features, labels):
    distances = cdist(features, features)
    values = []
    for i, own in enumerate(labels):
        mates = (labels == own) & (np.arange(len(labels)) != i)
        if not mates.any():
            values.append(0.0)
            continue
        a = distances[i, mates].mean()
        others = set(labels.tolist()) - {own}
        b = min(distances[i, labels == k].mean() for k in others)
        values.append((b - a) / max(a, b))
    return np.mean(values)


def looped_davies_bouldin(features, labels):
    classes = sorted(set(labels.tolist()))
    means = [features[labels == k].mean(axis=0) for k in classes]
    spreads = [
        np.linalg.norm(features[labels == k] - mean, axis=1).mean()
        for k, mean in zip(classes, means, strict=True)
    ]
    return np.mean(
        [
            max(
                (spreads[k] + spreads[j]) / np.linalg.norm(means[k] - means[j])
                for j in range(len(classes))
                if j != k
            )
            for k in range(len(classes))
        ]
    )


@given(st.integers(0, 10_000), st.sampled_from([1e-12, 1.0, 1e6]))
def test_indices_agree_with_loops(seed, scale):
    features, labels = random_features(seed)
    moved = scale * (features + 10)
    assert metrics.silhouette(moved, labels) == pytest.approx(
        looped_silhouette(features, labels)
    )
    assert metrics.davies_bouldin(moved, labels) == pytest.approx(
        looped_davies_bouldin(features, labels)
    )


@pytest.mark.parametrize(
    ("features", "labels", "silhouette", "davies_bouldin"),
    [
        ([[1.0], [2.0]], [3, 3], 0.0, math.inf),
        ([[1.0]], [0], 0.0, math.inf),
        ([[1.0], [2.0], [4.0]], [0, 1, 2], 0.0, 0.0),
        (np.full((6, 2), 0.1), [0, 1, 2] * 2, 0.0, math.inf),
        ([[0.0], [0.0], [5.0], [5.0]], [0, 0, 4, 4], 1.0, 0.0),
    ],
)
def test_degenerate_classes(features, labels, silhouette, davies_bouldin):
    assert metrics.silhouette(features, labels) == silhouette
    assert metrics.davies_bouldin(features, labels) == davies_bouldin


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: metrics.silhouette([[np.nan]], [0]), "nan_or_infinite=1"),
        (lambda: metrics.davies_bouldin([[1.0]], [0, 1]), r"shape \(1,\)"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_without_scikit_learn_the_extra_is_named(monkeypatch):
    for module in "sklearn", "sklearn.metrics", "sklearn.neighbors":
        monkeypatch.setitem(sys.modules, module, None)
    rows = [[1.0], [2.0]], [0, 1]
    for call in (
        metrics.silhouette,
        lambda *rows: metrics.nearest_neighbour_accuracy(*rows, *rows),
    ):
        with pytest.raises(ImportError, match=r"keras-itra\[experiments\]"):
            call(*rows)


def test_a_row_far_off_does_not_blur_the_others():
    rows, labels = [[0.0], [2.0], [1.0], [3.0], [1e9]], [0, 0, 1, 1, 2]
    assert metrics.davies_bouldin(rows, labels) == pytest.approx(4 / 3)
    rng = np.random.default_rng(0)
    labels = np.arange(60) % 3
    rows = 1e-3 * (rng.normal(size=(60, 4)) + 3 * np.eye(3, 4)[labels])
    rows[0] = 1e6
    distances = np.linalg.norm(rows[:, None] - rows, axis=2)
    expected = silhouette_score(distances, labels, metric="precomputed")
    for order in (slice(None), slice(None, None, -1)):
        found = metrics.silhouette(rows[order], labels[order])
        assert found == pytest.approx(expected, rel=1e-6)

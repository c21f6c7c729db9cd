"""Alignment and uniformity of directions against SciPy."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import pdist

from keras_itra import metrics
from keras_itra.metrics import _distances
from tests.metrics.test_compactness import random_features


def unit(rows):
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


@given(st.integers(0, 10_000), st.sampled_from([1e-200, 1.0, 1e200]))
def test_hypersphere_agrees_with_scipy(seed, scale):
    features, labels = random_features(seed)
    directions = unit(features)
    positive = np.concatenate(
        [pdist(directions[labels == k]) ** 2 for k in range(4)]
    )
    assert metrics.hypersphere_alignment(
        scale * features, labels
    ) == pytest.approx(positive.mean())
    every = pdist(directions) ** 2
    assert metrics.hypersphere_uniformity(scale * features) == pytest.approx(
        math.log(np.exp(-2 * every).mean())
    )


def test_uniformity_in_blocks(monkeypatch):
    features, _ = random_features(0)
    whole = metrics.hypersphere_uniformity(features)
    monkeypatch.setattr(_distances, "_BLOCK_ENTRIES", 130)
    assert metrics.hypersphere_uniformity(features) == pytest.approx(whole)


def test_degenerate_directions():
    zeros, line = np.zeros((3, 2)), [[1.0, 1.0], [2.0, 2.0], [0.1, 0.1]]
    for features in zeros, line:
        assert metrics.hypersphere_uniformity(features) == 0
        value = metrics.hypersphere_alignment(features, [0, 0, 1])
        assert value == pytest.approx(0, abs=1e-15)
    opposite = [[1.0], [-9.0]]
    assert metrics.hypersphere_uniformity(opposite) == pytest.approx(-8)
    assert metrics.hypersphere_alignment(opposite, [0, 0]) == pytest.approx(4)


def test_too_few_rows_are_named():
    with pytest.raises(ValueError, match="a class of two rows or more"):
        metrics.hypersphere_alignment([[1.0], [2.0]], [0, 1])
    with pytest.raises(ValueError, match=r"two rows or more.*rows=1"):
        metrics.hypersphere_uniformity([[1.0]])

"""Distances of two mini-batches against SciPy and by their invariances."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import cdist

from keras_itra import metrics
from keras_itra.metrics import _distances
from tests.metrics.test_compactness import random_features

raw, relative = (
    metrics.same_class_distance,
    metrics.relative_same_class_distance,
)


@given(st.integers(0, 10_000), st.floats(-1e4, 1e4))
def test_agrees_with_scipy(seed, offset):
    x, of_x = random_features(seed, n=21)
    y, of_y = random_features(seed + 1, n=13)
    distances, same = cdist(x, y), of_x[:, None] == of_y
    batches = x + offset, of_x, y + offset, of_y
    expected = distances[same].mean()
    assert raw(*batches) == pytest.approx(expected)
    assert relative(*batches) == pytest.approx(
        expected / distances[~same].mean()
    )


@given(st.integers(0, 10_000), st.floats(1e-5, 1e5))
def test_ratio_ignores_scale_and_rotation(seed, scale):
    (x, of_x), (y, of_y) = random_features(seed), random_features(seed + 1)
    rotation, _ = np.linalg.qr(np.random.default_rng(seed).normal(size=(3, 3)))
    before = relative(x, of_x, y, of_y)
    moved = relative(scale * x @ rotation, of_x, scale * y @ rotation, of_y)
    assert moved == pytest.approx(before)


def test_features_without_classes_have_ratio_one():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(2, 400, 5))
    of_x, of_y = rng.integers(4, size=(2, 400))
    assert relative(x, of_x, y, of_y) == pytest.approx(1, abs=0.02)


def test_blocks_make_no_difference(monkeypatch):
    (x, of_x), (y, of_y) = random_features(0, n=50), random_features(1)
    whole = relative(x, of_x, y, of_y)
    monkeypatch.setattr(_distances, "_BLOCK_ENTRIES", 130)
    assert relative(x, of_x, y, of_y) == pytest.approx(whole)


def test_degenerate_features():
    points = np.random.default_rng(0).normal(3, size=(2, 50))
    of_x, of_y = [0, 0, 1], [1, 1, 0, 0]
    assert raw(points[of_x], of_x, points[of_y], of_y) == 0.0
    assert relative(points[of_x], of_x, points[of_y], of_y) == 0.0
    constant = np.full((3, 2), 0.1)
    assert relative(constant, of_x, constant, of_x) == math.inf
    assert relative([[0.0]], [3], [[1.0]], [3]) == math.inf


@pytest.mark.parametrize("measure", [raw, relative])
@pytest.mark.parametrize(
    ("batches", "message"),
    [
        (
            ([[1.0]], [0], [[1.0]], [1]),
            r"in both.*labels_1=\[0\], labels_2=\[1",
        ),
        (([[1.0]], [0], [[1.0, 2.0]], [0]), "2 columns of `features_2`"),
        (([[1.0]], [0], [[1.0]], [0, 1]), r"`labels_2` of shape \(1,\)"),
        (([[np.nan]], [0], [[1.0]], [0]), "`features_1` to be finite"),
    ],
)
def test_bad_input_is_named(measure, batches, message):
    with pytest.raises(ValueError, match=message):
        measure(*batches)

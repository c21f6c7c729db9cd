"""Angles between class means, pair by pair."""

import numpy as np
import pytest

from keras_itra import metrics
from tests.metrics.test_compactness import random_features


def test_angles_of_class_means():
    features, labels = random_features(0)
    means = np.stack([features[labels == k].mean(0) for k in range(4)])
    means -= means.mean(axis=0)
    angles = metrics.class_mean_angles(features + 1e3, 2 * labels)
    for k, a in enumerate(means):
        for j, b in enumerate(means):
            cosine = a @ b / np.linalg.norm(a) / np.linalg.norm(b)
            expected = np.degrees(np.arccos(np.clip(cosine, -1, 1)))
            assert angles[k, j] == pytest.approx(expected, abs=1e-5)
    np.testing.assert_allclose(
        metrics.class_mean_angles([[-0.1], [0.1], [0.3]], [0, 1, 2]),
        [[0, 90, 180], [90, 0, 90], [180, 90, 0]],
    )
    # nothing has a direction
    constant = metrics.class_mean_angles(np.full((4, 2), 0.1), [0, 1, 1, 2])
    np.testing.assert_array_equal(constant, 90 * (1 - np.eye(3)))


def test_two_classes_lie_opposite():
    for seed in range(30):
        rows = np.random.default_rng(seed).normal(size=(2, 7))
        angle = metrics.class_mean_angles(rows, [0, 1])[0, 1]
        assert angle == pytest.approx(180, abs=1e-5)


def test_one_class_is_refused():
    with pytest.raises(ValueError, match=r"two classes.*classes=\[3\]"):
        metrics.class_mean_angles([[1.0]], [3])

"""Distances to class means against SciPy and scikit-learn."""

import numpy as np
import pytest
from scipy.spatial.distance import cdist
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from keras_itra import metrics
from tests.metrics.test_compactness import random_features


@pytest.mark.parametrize("offset", [0.0, 1e5])
def test_distances_agree_with_scipy_and_scikit_learn(offset):
    train, labels = random_features(0, n=200)
    labels = 5 - 2 * labels % 7  # not 0, 1, 2, ...
    labels -= labels.min()
    rows = np.random.default_rng(1).normal(scale=4, size=(30, 3))
    means = np.stack([train[labels == k].mean(0) for k in np.unique(labels)])
    train, rows, means = train + offset, rows + offset, means + offset
    np.testing.assert_allclose(
        metrics.class_mean_distance(rows, train, labels),
        -cdist(rows, means).min(axis=1),
        rtol=1e-7,
    )
    shared = LinearDiscriminantAnalysis(store_covariance=True)
    inverse = np.linalg.inv(shared.fit(train, labels).covariance_)
    np.testing.assert_allclose(
        metrics.mahalanobis_distance(rows, train, labels),
        -cdist(rows, means, "mahalanobis", VI=inverse).min(axis=1),
        rtol=1e-6,
    )


def test_directions_that_do_not_vary_do_not_count():
    train, labels = random_features(0, n=100)
    rows = np.random.default_rng(1).normal(size=(9, 3))
    wide = np.concatenate([train, train[:, :1], np.full((100, 1), 7e3)], axis=1)
    np.testing.assert_allclose(
        metrics.mahalanobis_distance(
            np.concatenate([rows, rows[:, :1], np.zeros((9, 1))], axis=1),
            wide,
            labels,
        ),
        metrics.mahalanobis_distance(rows, train, labels),
        rtol=1e-6,
    )


def test_collapsed_training_rows():
    train, labels = np.array([[0.1, 0.7], [0.1, 0.7], [3.1, 4.7]]), [0, 0, 2]
    rows = [[0.1, 0.7], [3.1, 4.7], [3.1, 5.7]]
    np.testing.assert_allclose(
        metrics.class_mean_distance(rows, train, labels), [0, 0, -1]
    )
    np.testing.assert_array_equal(
        metrics.mahalanobis_distance(rows, train, labels), 0
    )


@pytest.mark.parametrize(
    "score", [metrics.class_mean_distance, metrics.mahalanobis_distance]
)
@pytest.mark.parametrize(
    ("rows", "train", "labels", "message"),
    [
        (
            [[1.0]],
            [[1.0, 2.0]],
            [0],
            "2 columns of `train_features`.*columns=1",
        ),
        ([[1.0]], [[1.0]], [0, 1], r"`train_labels` of shape \(1,\)"),
        ([[1.0]], [[np.inf]], [0], "`train_features` to be finite"),
        ([1.0], [[1.0]], [0], "`features` of shape"),
    ],
)
def test_distances_refuse(score, rows, train, labels, message):
    with pytest.raises(ValueError, match=message):
        score(rows, train, labels)

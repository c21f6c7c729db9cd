"""Scores of out-of-distribution rows against scikit-learn and SciPy."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import logsumexp, softmax
from sklearn.metrics import roc_auc_score

from keras_itra import metrics


@given(st.integers(0, 10_000), st.integers(1, 30), st.integers(1, 30))
def test_auroc_agrees_with_scikit_learn(seed, n, m):
    rng = np.random.default_rng(seed)
    # integers, so that many scores are equal
    inside, outside = rng.integers(2, 9, n), rng.integers(0, 7, m)
    expected = roc_auc_score(
        [1] * n + [0] * m, np.concatenate([inside, outside])
    )
    assert metrics.auroc(inside, outside) == pytest.approx(expected)


def test_auroc_of_degenerate_scores():
    assert metrics.auroc([1.0] * 3, [1.0] * 5) == 0.5
    assert metrics.auroc([np.inf, 2.0], [1.0, -np.inf]) == 1.0
    assert metrics.auroc([0.0], [1.0]) == 0.0
    assert metrics.auroc([-np.inf], [-np.inf, np.inf]) == 0.25


@pytest.mark.parametrize(
    ("inside", "outside", "message"),
    [
        ([], [1.0], r"`scores_in` of shape \(n,\), not empty"),
        ([1.0], [[1.0]], r"`scores_out` .* shape=\(1, 1\)"),
        ([1.0], [np.nan, 0.0], "`scores_out` without nan.* nan=1"),
    ],
)
def test_auroc_refuses(inside, outside, message):
    with pytest.raises(ValueError, match=message):
        metrics.auroc(inside, outside)


def test_scores_of_logits_agree_with_scipy():
    logits = np.random.default_rng(0).normal(scale=5, size=(50, 4))
    logits[0] = [1e4, 0, -1e4, 1e4]
    np.testing.assert_allclose(
        metrics.max_softmax(logits), softmax(logits, axis=1).max(axis=1)
    )
    np.testing.assert_allclose(
        metrics.energy_score(logits), logsumexp(logits, axis=1)
    )
    np.testing.assert_allclose(metrics.max_softmax(np.full((2, 4), 7)), 0.25)


@pytest.mark.parametrize("score", [metrics.max_softmax, metrics.energy_score])
@pytest.mark.parametrize(
    ("logits", "message"),
    [
        ([1.0, 2.0], r"`logits` of shape \(n, columns\)"),
        ([[1.0]], "two classes or more"),
        ([[np.nan, 1.0]], "nan_or_infinite=1"),
    ],
)
def test_scores_refuse(score, logits, message):
    with pytest.raises(ValueError, match=message):
        score(logits)

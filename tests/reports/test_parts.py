"""Outputs, classes and intervals, against independent computations."""

import numpy as np
import pytest
from scipy.stats import binomtest

from keras_itra import metrics
from keras_itra.reports.classes import describe_classes
from keras_itra.reports.findings import Findings
from keras_itra.reports.measures import binomial_interval
from keras_itra.reports.outputs import as_logits

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("right", [0, 3, 50, 100])
def test_intervals_equal_those_of_scipy(right):
    expected = binomtest(right, 100).proportion_ci(method="wilson")
    assert binomial_interval(right / 100, 100) == pytest.approx(
        (expected.low, expected.high)
    )


def test_probabilities_become_logits_of_the_same_probabilities():
    logits = RNG.normal(size=(20, 3))
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    for activation in ("softmax", None):
        found = as_logits(probabilities, activation)
        np.testing.assert_allclose(np.exp(found), probabilities)
    np.testing.assert_array_equal(
        as_logits(probabilities, "linear"), probabilities
    )
    np.testing.assert_array_equal(as_logits(logits, None), logits)
    assert np.isfinite(as_logits(np.eye(3), "softmax")).all()


def test_one_output_becomes_two():
    np.testing.assert_array_equal(
        as_logits(np.array([[2.0], [-1.0]]), None), [[0, 2], [0, -1]]
    )
    found = as_logits(np.array([[0.8]]), "sigmoid")
    np.testing.assert_allclose(np.exp(found), [[0.2, 0.8]])
    np.testing.assert_array_equal(
        as_logits(np.array([[0.8]]), "linear"), [[0, 0.8]]
    )


def test_outputs_that_are_no_classes_are_refused():
    with pytest.raises(ValueError, match="activation='sigmoid'"):
        as_logits(np.full((2, 3), 0.5), "sigmoid")
    with pytest.raises(ValueError, match=r"shape=\(2, 3, 4\)"):
        as_logits(np.ones((2, 3, 4)), None)


def findings(features, logits, labels):
    return Findings(features, logits, labels, features, labels, 1.0, None)


def test_overlaps_make_the_davies_bouldin_index():
    labels = np.arange(60) % 4
    features = RNG.normal(size=(60, 5)) + 2 * np.eye(4, 5)[labels]
    found = describe_classes(
        findings(features, RNG.normal(size=(60, 4)), labels)
    )
    index = np.nanmax(found.overlap, axis=1).mean()
    assert index == pytest.approx(metrics.davies_bouldin(features, labels))
    (first, second), *_ = found.closest(2)
    assert found.overlap[first, second] == np.nanmax(found.overlap)
    assert len(found.closest(100)) == 6


def test_classes_without_rows_and_coinciding_ones():
    labels = np.array([0, 0, 2, 2])
    found = describe_classes(findings(np.ones((4, 3)), np.eye(4, 3), labels))
    assert found.confusions.sum() == 4
    assert np.isnan(found.spread[1])
    assert found.closest(9) == [(0, 2)]
    assert found.overlap[0, 2] == np.inf

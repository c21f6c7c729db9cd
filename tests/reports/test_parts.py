"""Outputs, classes and intervals, against independent computations."""

import numpy as np
import pytest
from scipy.stats import binomtest

from keras_itra import metrics
from keras_itra.reports.classes import describe_classes
from keras_itra.reports.findings import Findings
from keras_itra.reports.measures import binomial_interval

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("right", [0, 3, 50, 100])
def test_intervals_equal_those_of_scipy(right):
    expected = binomtest(right, 100).proportion_ci(method="wilson")
    assert binomial_interval(right / 100, 100) == pytest.approx(
        (expected.low, expected.high)
    )


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

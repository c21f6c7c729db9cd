"""Accuracy and cross-entropy against scikit-learn."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, log_loss

from keras_itra import metrics

ON_LOGITS = (
    metrics.accuracy,
    metrics.cross_entropy,
    metrics.expected_calibration_error,
    metrics.fit_temperature,
)


def random_logits(seed, n=60, num_classes=4, scale=3.0):
    rng = np.random.default_rng(seed)
    labels = rng.integers(num_classes, size=n)
    logits = scale * rng.normal(size=(n, num_classes))
    logits[np.arange(n), labels] += scale
    return logits, labels


def softmax(logits):
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


@given(st.integers(0, 10_000), st.floats(0.1, 8.0))
def test_agrees_with_scikit_learn(seed, scale):
    logits, labels = random_logits(seed, scale=scale)
    expected = log_loss(labels, softmax(logits), labels=range(4))
    assert metrics.cross_entropy(logits, labels) == pytest.approx(
        expected, rel=1e-9, abs=1e-12
    )
    assert metrics.accuracy(logits, labels) == accuracy_score(
        labels, logits.argmax(axis=1)
    )


def test_logits_of_one_row_may_be_shifted():
    logits, labels = random_logits(0)
    moved = logits + np.linspace(-500, 500, len(labels))[:, None]
    assert metrics.cross_entropy(moved, labels) == pytest.approx(
        metrics.cross_entropy(logits, labels), rel=1e-9
    )


def test_huge_logits_keep_their_cost():
    assert metrics.cross_entropy([[0.0, 1e4]], [0]) == 1e4
    assert metrics.cross_entropy([[0.0, 1e4]], [1]) == 0.0
    assert math.copysign(1, metrics.cross_entropy([[0.0, 1e4]], [1])) == 1


def test_float32_logits_are_summed_in_float64():
    logits = np.zeros((3_000, 10), "float32")
    labels = np.zeros(3_000, "int32")
    assert metrics.cross_entropy(logits, labels) == pytest.approx(
        math.log(10), rel=1e-14
    )


def test_one_sample_and_a_tie():
    assert metrics.accuracy([[1.0, 1.0]], [0]) == 1.0
    assert metrics.accuracy([[1.0, 1.0]], [1]) == 0.0


@pytest.mark.parametrize("measure", ON_LOGITS)
@pytest.mark.parametrize(
    ("logits", "labels", "message"),
    [
        ([1.0, 2.0], [0, 1], r"`logits` of shape \(n, columns\)"),
        (np.zeros((0, 3)), [], "not empty"),
        ([[1.0], [2.0]], [0, 0], "two classes or more"),
        ([[1.0, 2.0]], [0, 1], r"`labels` of shape \(1,\)"),
        ([[1.0, 2.0]], [[0]], r"Received: shape=\(1, 1\)"),
        ([[1.0, 2.0]], [2], "largest=2"),
        ([[1.0, 2.0]], [-1], "smallest=-1"),
        ([[1.0, 2.0]], [0.0], "dtype='float64'"),
        ([[1.0, np.nan]], [0], "nan_or_infinite=1"),
        ([[1.0, np.inf]], [0], "nan_or_infinite=1"),
    ],
)
def test_bad_input_is_named(measure, logits, labels, message):
    with pytest.raises(ValueError, match=message):
        measure(logits, labels)

"""Calibration error and temperature against slow, independent forms."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keras_itra import metrics


def random_logits(seed, n=200, num_classes=5, scale=2.0):
    rng = np.random.default_rng(seed)
    labels = rng.integers(num_classes, size=n)
    logits = scale * rng.normal(size=(n, num_classes))
    logits[np.arange(n), labels] += scale
    return logits, labels


def looped_calibration_error(logits, labels, bins):
    rows = []
    for row, label in zip(logits, labels, strict=True):
        powers = [math.exp(value - max(row)) for value in row]
        probabilities = [power / sum(powers) for power in powers]
        top = max(range(len(row)), key=probabilities.__getitem__)
        rows.append((probabilities[top], top == label))
    total = 0.0
    for b in range(bins):
        inside = [r for r in rows if b / bins < r[0] <= (b + 1) / bins]
        if inside:
            confidence = sum(r[0] for r in inside) / len(inside)
            hits = sum(r[1] for r in inside) / len(inside)
            total += len(inside) / len(rows) * abs(hits - confidence)
    return total


@given(st.integers(0, 10_000), st.sampled_from([1, 2, 10, 15]))
def test_calibration_error_agrees_with_a_loop(seed, bins):
    logits, labels = random_logits(seed)
    assert metrics.expected_calibration_error(
        logits, labels, bins
    ) == pytest.approx(looped_calibration_error(logits, labels, bins))


def test_calibration_error_by_hand():
    sure, unsure = math.log(9), 0.0
    logits = [[sure, 0.0], [sure, 0.0], [unsure, 0.0], [unsure, 0.0]]
    # 0.9 sure and half right; 0.5 sure and half right
    assert metrics.expected_calibration_error(
        logits, [0, 1, 0, 1]
    ) == pytest.approx(0.5 * 0.4)


def test_a_bin_holds_its_upper_end():
    # 0.5 sure and wrong in (0, 0.5]; 0.9 sure and right in (0.5, 1]
    assert metrics.expected_calibration_error(
        [[0.0, 0.0], [math.log(9), 0.0]], [1, 0], bins=2
    ) == pytest.approx((0.5 + 0.1) / 2)


def test_calibration_error_of_huge_logits():
    logits = [[1e4, 0.0], [1e4, 0.0]]
    assert metrics.expected_calibration_error(logits, [0, 0]) == 0.0
    assert metrics.expected_calibration_error(logits, [1, 1]) == 1.0


def test_bins_must_be_positive():
    with pytest.raises(ValueError, match="bins=0"):
        metrics.expected_calibration_error([[0.0, 1.0]], [0], bins=0)


def smoothed_cross_entropy(logits, labels, temperature):
    """The documented target, one row at a time."""
    n, num_classes = logits.shape
    e, total = 1 / (n + 1), 0.0
    for row, label in zip(logits / temperature, labels, strict=True):
        log_sum = max(row) + math.log(np.exp(row - max(row)).sum())
        for k, value in enumerate(row):
            target = (1 - e) * (k == label) + e / num_classes
            total += target * (log_sum - value)
    return total / n


@pytest.mark.parametrize("scale", [0.05, 1.0, 20.0])
def test_temperature_agrees_with_a_grid_search(scale):
    logits, labels = random_logits(0)
    logits = scale * logits
    temperature = metrics.fit_temperature(logits, labels)
    grid = np.geomspace(temperature / 3, temperature * 3, 201)
    costs = [smoothed_cross_entropy(logits, labels, t) for t in grid]
    assert grid[np.argmin(costs)] == pytest.approx(temperature, rel=0.012)


@given(st.integers(0, 10_000), st.floats(0.05, 20.0))
def test_temperature_scales_with_the_logits(seed, scale):
    logits, labels = random_logits(seed)
    assert metrics.fit_temperature(scale * logits, labels) == pytest.approx(
        scale * metrics.fit_temperature(logits, labels), rel=1e-6
    )


def test_true_temperature_is_recovered():
    rng = np.random.default_rng(0)
    logits = 2 * rng.normal(size=(20_000, 4))
    gumbel = rng.gumbel(size=logits.shape)
    labels = (logits / 2.5 + gumbel).argmax(axis=1)
    assert metrics.fit_temperature(logits, labels) == pytest.approx(
        2.5, rel=0.03
    )


def test_temperature_lowers_the_cross_entropy():
    logits, labels = random_logits(1, scale=2.0)
    logits = 5 * logits
    temperature = metrics.fit_temperature(logits, labels)
    before = metrics.cross_entropy(logits, labels)
    after = metrics.cross_entropy(logits / temperature, labels)
    nearby = [
        metrics.cross_entropy(logits / (temperature * factor), labels)
        for factor in (0.8, 1.25)
    ]
    assert after < min(nearby) < before


def test_separable_rows_have_a_moderate_temperature():
    logits = 10 * np.eye(3)[[0, 1, 2] * 20]
    labels = np.array([0, 1, 2] * 20)
    temperature = metrics.fit_temperature(logits, labels)
    # closed form: the off-class probability is e / K
    off_class = 1 / 61 / 3
    expected = 10 / math.log((1 - 2 * off_class) / off_class)
    assert temperature == pytest.approx(expected, rel=1e-6)


def test_temperature_of_degenerate_rows():
    assert metrics.fit_temperature(np.full((4, 3), 7.0), [0, 1, 2, 0]) == 1.0
    assert metrics.fit_temperature([[0.0, 5.0]] * 3, [0, 0, 0]) == 1e3
    assert metrics.fit_temperature([[0.0, 1e-6]] * 3, [1, 1, 1]) == 1e-3
    one_row = metrics.fit_temperature([[0.0, 1e4]], [1])
    assert 1e-3 <= one_row <= 1e3

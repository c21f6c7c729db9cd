"""Medians, intervals and turns."""

import numpy as np
import pytest

from benchmarks import medians
from benchmarks.medians import interleave, median_with_interval


def test_the_median_of_equal_values_is_certain():
    median = median_with_interval([2.0] * 7)
    assert (median.value, median.low, median.high) == (2, 2, 2)
    assert str(median) == "2.00 (2.00 to 2.00)"


def test_the_interval_covers_the_true_median_about_as_often_as_it_says():
    rng = np.random.default_rng(0)
    covered = []
    for _ in range(200):
        values = 3 + rng.exponential(size=30)
        median = median_with_interval(values, resamples=500)
        covered.append(median.low <= 3 + np.log(2) <= median.high)
    assert 0.90 <= np.mean(covered) <= 0.99


def test_the_interval_narrows_with_more_repeats():
    rng = np.random.default_rng(0)
    few, many = (
        median_with_interval(rng.normal(size=size)) for size in (20, 2000)
    )
    assert many.high - many.low < (few.high - few.low) / 4


def test_turns_are_in_a_new_order_and_the_first_round_is_dropped():
    order = []

    def run(index):
        order.append(index)
        return len(order)

    runs = [lambda index=index: run(index) for index in range(5)]
    advanced = []
    seconds = interleave(runs, 8, lambda: advanced.append(None))
    rounds = np.reshape(order, (9, 5))
    assert len(advanced) == 45
    assert (np.sort(rounds, axis=1) == np.arange(5)).all()
    assert len({tuple(line) for line in rounds}) > 5
    assert seconds.shape == (8, 5)
    places = np.argsort(rounds[1:], axis=1)
    assert (seconds == 5 * np.arange(1, 9)[:, None] + places + 1).all()


@pytest.mark.parametrize(
    ("durations", "expected"),
    [([0.03, 1], 0.03), ([0.004, 0.009, 0.008], 0.008)],
)
def test_short_calls_are_repeated(durations, expected, monkeypatch):
    now, left = 0.0, iter(durations)

    def call():
        nonlocal now
        now += next(left)

    monkeypatch.setattr(medians.time, "perf_counter", lambda: now)
    assert medians.seconds_per_call(call) == pytest.approx(expected)

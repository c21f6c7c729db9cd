"""Summaries and paired intervals against SciPy and closed forms."""

import math

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from keras_itra.experiments.statistics import (
    holm,
    paired_difference,
    paired_p_value,
    ratio_of_means,
    summarise,
)

numbers = st.floats(-100, 100, allow_nan=False)
pairs = st.lists(st.tuples(numbers, numbers), min_size=2, max_size=8)


def test_summary_of_three_values():
    summary = summarise([1.0, 2.0, 6.0])
    assert summary.mean == 3.0
    assert summary.std == pytest.approx(math.sqrt(7.0))


def test_one_value_has_no_deviation_and_no_interval():
    assert math.isnan(summarise([3.0]).std)
    interval = paired_difference([3.0], [1.0])
    assert interval.mean == 2.0
    assert math.isnan(interval.low)
    assert math.isnan(interval.high)


def test_interval_of_two_pairs_in_closed_form():
    # With one degree of freedom, t is Cauchy: t(0.975) = tan(0.475 pi).
    interval = paired_difference([1.0, 5.0], [0.0, 2.0])
    half = math.tan(0.475 * math.pi) * math.sqrt(2.0) / math.sqrt(2.0)
    assert interval.mean == 2.0
    assert interval.low == pytest.approx(2.0 - half)
    assert interval.high == pytest.approx(2.0 + half)


@given(pairs, st.sampled_from([0.5, 0.9, 0.95]))
def test_interval_agrees_with_scipy(pairs, confidence):
    values, baseline = np.transpose(pairs)
    differences = values - baseline
    if differences.std() < 1e-6:
        return
    ours = paired_difference(list(values), list(baseline), confidence)
    theirs = scipy.stats.ttest_rel(values, baseline).confidence_interval(
        confidence
    )
    assert ours.mean == pytest.approx(differences.mean())
    assert ours.low == pytest.approx(theirs.low)
    assert ours.high == pytest.approx(theirs.high)


@given(pairs, numbers)
def test_what_all_seeds_share_cancels(pairs, shift):
    values, baseline = np.transpose(pairs)
    plain = paired_difference(list(values), list(baseline))
    moved = paired_difference(list(values + shift), list(baseline + shift))
    assert moved.low == pytest.approx(plain.low, abs=1e-9)
    assert moved.high == pytest.approx(plain.high, abs=1e-9)


def test_a_diverged_seed_leaves_no_number():
    assert math.isnan(summarise([1.0, math.nan]).mean)
    assert math.isnan(paired_difference([1.0, math.nan], [1.0, 1.0]).mean)


@pytest.mark.parametrize(
    ("values", "baseline", "confidence", "message"),
    [
        ([], [], 0.95, "one value per seed"),
        ([1.0, 2.0], [1.0], 0.95, "one baseline value per value"),
        ([1.0], [1.0], 95, "between 0 and 1. Received: confidence=95"),
    ],
)
def test_bad_arguments(values, baseline, confidence, message):
    with pytest.raises(ValueError, match=message):
        paired_difference(values, baseline, confidence)


def test_a_ratio_is_within_its_limits_where_no_difference_is_significant():
    rng = np.random.default_rng(0)
    below = rng.normal(2.0, 0.2, size=6)
    above = 0.7 * below + rng.normal(0.0, 0.1, size=6)
    found = ratio_of_means(above, below)
    assert found.mean == pytest.approx(above.mean() / below.mean())
    assert found.low < found.mean < found.high
    for ratio in (found.low, found.high):  # The border of significance.
        test = scipy.stats.ttest_rel(above, ratio * below)
        assert test.pvalue == pytest.approx(0.05, rel=1e-6)


def test_a_ratio_to_what_may_be_zero_has_no_limits():
    found = ratio_of_means([1.0, 2.0, 1.5], [-0.1, 0.2, 0.1])
    assert math.isnan(found.low)
    assert math.isnan(found.high)
    assert math.isnan(ratio_of_means([1.0], [2.0]).low)
    assert ratio_of_means([1.0], [2.0]).mean == 0.5


def test_a_ratio_of_exact_multiples_is_certain():
    found = ratio_of_means([0.5, 1.0, 0.75], [1.0, 2.0, 1.5])
    assert found.low == pytest.approx(0.5, abs=1e-6)
    assert found.high == pytest.approx(0.5, abs=1e-6)


def test_ratios_need_pairs():
    with pytest.raises(ValueError, match="one denominator per numerator"):
        ratio_of_means([1.0, 2.0], [1.0])


@given(pairs)
def test_p_values_are_those_of_scipy(values):
    ours, theirs = zip(*values, strict=True)
    differences = np.subtract(ours, theirs)
    if differences.std() < 1e-6 * (1 + np.abs(differences).max()):
        return  # SciPy has no p-value where nothing varies.
    expected = scipy.stats.ttest_rel(ours, theirs).pvalue
    assert paired_p_value(ours, theirs) == pytest.approx(expected, abs=1e-9)


def test_p_values_where_nothing_varies():
    assert paired_p_value([1.0, 1.0], [1.0, 1.0]) == 1.0
    assert paired_p_value([2.0, 2.0], [1.0, 1.0]) == 0.0
    assert math.isnan(paired_p_value([2.0], [1.0]))
    assert math.isnan(paired_p_value([math.nan, 2.0], [1.0, 1.0]))


def test_holm_by_hand():
    # 3 * .01; 2 * .04 = .08; max(.08, .05)
    assert holm([0.04, 0.01, 0.05]) == pytest.approx([0.08, 0.03, 0.08])
    assert holm([0.6, 0.9]) == [1.0, 1.0]
    with_missing = holm([math.nan, 0.02])
    assert math.isnan(with_missing[0])
    assert with_missing[1] == 0.02


@given(st.lists(st.floats(0, 1), min_size=1, max_size=6))
def test_holm_rejects_what_the_step_down_test_rejects(p_values):
    adjusted = holm(p_values)
    for level in (0.01, 0.05, 0.3):
        rejected = set()
        for rank, i in enumerate(np.argsort(p_values, kind="stable")):
            if p_values[i] * (len(p_values) - rank) >= level:
                break
            rejected.add(int(i))
        assert {i for i, p in enumerate(adjusted) if p < level} == rejected

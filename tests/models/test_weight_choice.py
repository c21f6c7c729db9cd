"""The choice of the weight: one test per weight, and never without it."""

import json

import hypothesis
import numpy as np
import pytest
import scipy.stats
from hypothesis import strategies as st

from keras_itra.models.weight_choice import (
    Candidate,
    WeightSearch,
    choose,
    compare,
    require_rows,
)
from tests.cases import BAD_INPUT

PLAIN = Candidate(0.0, 1.0, 0.0, 0.0, 1.0)


def candidate(weight, loss, p_value):
    return Candidate(weight, loss, loss - 1.0, 0.1, p_value)


@pytest.mark.parametrize(
    ("table", "chosen"),
    [
        ([], 0.0),
        ([(0.3, 0.9, 0.06)], 0.0),
        ([(0.3, 0.9, 0.05)], 0.3),
        # The lowest loss is not sure enough; the next one is.
        ([(0.3, 0.9, 0.01), (1.0, 0.8, 0.2)], 0.3),
        # The surest is not the lowest.
        ([(0.3, 0.9, 1e-9), (1.0, 0.8, 0.04), (2.0, 1.5, 1.0)], 1.0),
        ([(0.3, 0.9, 0.01), (1.0, 0.9, 0.01)], 0.3),
        ([(0.3, np.nan, 1.0), (1.0, np.inf, 1.0)], 0.0),
    ],
)
def test_hand_made_tables(table, chosen):
    others = [candidate(*row) for row in table]
    assert choose([PLAIN, *others], 0.95).weight == chosen


@hypothesis.given(
    st.lists(st.tuples(st.floats(0.1, 2), st.floats(0, 1)), max_size=6),
    st.floats(0.5, 0.999),
)
def test_no_weight_without_a_rejection(table, confidence):
    others = [candidate(i + 1, *row) for i, row in enumerate(table)]
    found = choose([PLAIN, *others], confidence)
    rejected = [c for c in others if c.p_value <= 1 - confidence]
    assert found in rejected or (found is PLAIN and not rejected)
    assert all(found.loss <= other.loss for other in rejected)


def test_p_is_that_of_the_paired_test_times_the_number_of_weights():
    rng = np.random.default_rng(0)
    plain = rng.exponential(size=20_000)
    losses = plain + rng.normal(-0.01, 1, size=plain.shape)
    found = compare(0.3, losses, plain, tests=5)
    reference = scipy.stats.ttest_rel(losses, plain, alternative="less")
    assert 0.05 < reference.pvalue < 0.15
    np.testing.assert_allclose(found.p_value, 5 * reference.pvalue, rtol=1e-3)
    np.testing.assert_allclose(found.difference, np.mean(losses - plain))
    error = scipy.stats.sem(losses - plain)
    np.testing.assert_allclose(found.standard_error, error)
    assert compare(0.3, plain, losses, tests=5).p_value == 1.0


@pytest.mark.parametrize(
    ("losses", "p_value"),
    [(1.0, 1.0), (2.0, 1.0), (0.5, 0.0), (np.inf, 1.0), (-np.inf, 1.0)],
)
def test_degenerate_differences(losses, p_value):
    plain = np.ones(100)
    assert compare(1.0, losses * plain, plain, tests=2).p_value == p_value
    some = np.where(np.arange(100) == 7, np.nan, losses * plain)
    assert compare(1.0, some, plain, tests=2).p_value == 1.0


def test_a_harmless_choice_is_as_often_right_as_promised():
    """Weights that are exactly as good as 0, skewed losses, few rows."""
    rng = np.random.default_rng(0)
    searches, weights, rows = 2000, 5, 100
    wrong = 0
    for _ in range(searches):
        plain = rng.exponential(size=rows)
        candidates = [PLAIN] + [
            compare(k + 1, rng.exponential(size=rows), plain, weights)
            for k in range(weights)
        ]
        wrong += choose(candidates, 0.95) is not PLAIN
    assert wrong / searches < 0.05 + 3 * (0.05 * 0.95 / searches) ** 0.5


def test_what_a_search_tells():
    better = Candidate(0.3, 0.9, -0.1, 0.02, 1e-6)
    diverged = Candidate(2.0, np.inf, np.nan, np.nan, 1.0)
    search = WeightSearch((PLAIN, better, diverged), 0.95, 500, {"loss": [2.0]})
    assert search.best == 0.3
    table = search.to_markdown().splitlines()
    assert table[2] == "| 0 | 1.0000 |  |  |"
    assert table[3] == "| **0.3** | 0.9000 | -0.1000 ± 0.0200 | 1e-06 |"
    assert table[4] == "| 2 | inf | diverged |  |"
    assert "500 validation rows" in table[-1]
    assert "at most 0.05" in table[-1]
    told = json.loads(json.dumps(search.to_dict(), allow_nan=False))
    assert told["best"] == 0.3
    assert told["candidates"][1]["p_value"] == 1e-6
    assert told["candidates"][2]["loss"] is None
    assert told["history"] == {"loss": [2.0]}


def test_too_few_rows_are_refused():
    require_rows(np.ones(100))
    with pytest.raises(ValueError, match=BAD_INPUT):
        require_rows(np.ones(99))

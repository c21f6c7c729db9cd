"""The choice of the weight: one test per weight, and never without it."""

import json

import hypothesis
import numpy as np
import pytest
import scipy.stats
from hypothesis import strategies as st

from keras_itra.models.row_losses import RowMeasures
from keras_itra.models.weight_choice import (
    Candidate,
    Difference,
    WeightSearch,
    choose,
    compare,
    require_rows,
)
from tests.cases import BAD_INPUT

NONE = Difference(0.0, 0.0, 1.0)
PLAIN = Candidate(0.0, 1.0, 0.0, 0.0, 1.0)


def candidate(weight, loss, p_value, *others):
    """Others: the p of "no worse" for further measures."""
    return Candidate(
        weight,
        loss,
        loss - 1.0,
        0.1,
        p_value,
        {str(i): Difference(0.0, 0.1, p) for i, p in enumerate(others)},
    )


def rows(losses, **others):
    return RowMeasures(losses, others)


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
        # Less loss, at the price of something else.
        ([(0.3, 0.9, 0.01, 0.3, 0.2), (1.0, 0.8, 0.01, 0.9, 0.05)], 0.3),
        ([(0.3, 0.9, 0.01, 0.05, 1.0)], 0.0),
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
    found = compare(0.3, rows(losses), rows(plain), tests=5)
    reference = scipy.stats.ttest_rel(losses, plain, alternative="less")
    assert 0.05 < reference.pvalue < 0.15
    np.testing.assert_allclose(found.p_value, 5 * reference.pvalue, rtol=1e-3)
    np.testing.assert_allclose(found.difference, np.mean(losses - plain))
    error = scipy.stats.sem(losses - plain)
    np.testing.assert_allclose(found.standard_error, error)
    assert found.others == {}
    assert compare(0.3, rows(plain), rows(losses), tests=5).p_value == 1.0


def test_what_else_is_worse():
    rng = np.random.default_rng(0)
    plain = rng.exponential(size=2000)
    other = plain + rng.normal(0.03, 1, size=plain.shape)
    found = compare(
        0.3,
        rows(plain, mistakes=other, calibrated=plain),
        rows(plain, mistakes=plain, calibrated=plain),
        tests=5,
    )
    reference = scipy.stats.ttest_rel(other, plain, alternative="greater")
    assert 0.01 < reference.pvalue < 0.3
    worse = found.others["mistakes"]
    np.testing.assert_allclose(worse.p_value, reference.pvalue, rtol=1e-2)
    np.testing.assert_allclose(worse.mean, np.mean(other - plain))
    assert found.others["calibrated"] == Difference(0.0, 0.0, 1.0)
    assert found.is_worse(1 - worse.p_value)
    assert not found.is_worse(1 - 0.5 * worse.p_value)
    unknown = rows(plain, mistakes=np.full(2000, np.nan), calibrated=plain)
    assert compare(0.3, unknown, rows(plain, **unknown.others), 1).is_worse(
        0.99
    )


@pytest.mark.parametrize(
    ("losses", "p_value"),
    [(1.0, 1.0), (2.0, 1.0), (0.5, 0.0), (np.inf, 1.0), (-np.inf, 1.0)],
)
def test_degenerate_differences(losses, p_value):
    plain, all_rows = rows(np.ones(100)), losses * np.ones(100)
    assert compare(1.0, rows(all_rows), plain, tests=2).p_value == p_value
    some = np.where(np.arange(100) == 7, np.nan, all_rows)
    assert compare(1.0, rows(some), plain, tests=2).p_value == 1.0


def test_a_harmless_choice_is_as_often_right_as_promised():
    """Weights that are exactly as good as 0, skewed losses, few rows."""
    rng = np.random.default_rng(0)
    searches, weights, size = 2000, 5, 100
    wrong = 0
    for _ in range(searches):
        plain = rows(rng.exponential(size=size))
        candidates = [PLAIN] + [
            compare(k + 1, rows(rng.exponential(size=size)), plain, weights)
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
    assert "at most 0.05; 0 if there is none" in table[-1]
    told = json.loads(json.dumps(search.to_dict(), allow_nan=False))
    assert told["best"] == 0.3
    assert told["candidates"][1]["p_value"] == 1e-6
    assert told["candidates"][2]["loss"] is None
    assert told["history"] == {"loss": [2.0]}


def test_a_search_tells_what_is_worse():
    start = Candidate(0.0, 1.0, 0.0, 0.0, 1.0, {"mistakes": NONE})
    worse = {"mistakes": Difference(0.2, 0.01, 1e-9)}
    candidates = (start, Candidate(1.0, 0.9, -0.1, 0.02, 1e-6, worse))
    search = WeightSearch(candidates, 0.95, 500, {})
    assert search.best == 0
    table = search.to_markdown().splitlines()
    assert table[0].endswith("| p | mistakes |")
    assert table[2] == "| **0** | 1.0000 |  |  |  |"
    assert table[3].endswith("| 1e-06 | +0.2000 ± 0.0100 * |")
    assert "no other measure shows to be worse (*, p <= 0.05)" in table[-1]
    told = search.to_dict()["candidates"][1]["others"]["mistakes"]
    assert told == {"mean": 0.2, "standard_error": 0.01, "p_value": 1e-9}


def test_too_few_rows_are_refused():
    require_rows(100)
    with pytest.raises(ValueError, match=BAD_INPUT):
        require_rows(99)

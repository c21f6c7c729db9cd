"""Statistics of groups, against NumPy in float64."""

import numpy as np
import pytest
from keras import ops

from keras_itra.discrepancies.group_statistics import (
    BandwidthGroups,
    group_statistics,
)
from keras_itra.discrepancies.samples import interleaved
from tests.reference import squared_distances

LABELS = np.array([0, 0, 2, 0, 2, 2, 2, 3], "int32")
SHARES = np.eye(4, dtype="float32")[LABELS]
X = np.random.default_rng(0).normal(size=(8, 3)).astype("float32")
WEIGHTS = np.array([1, 1, 1, 0, 2, 1, 1, 1], "float32")
MASSES = np.arange(8, dtype="float32").reshape(2, 4)


def find(x, labels=LABELS, shares=SHARES, weights=WEIGHTS):
    kept = np.where(weights[:, None] > 0, x, 0).astype("float32")
    x, kept, labels, shares, weights, masses = map(
        ops.convert_to_tensor, (x, kept, labels, shares, weights, MASSES)
    )
    groups = BandwidthGroups.of_classes(labels, shares, interleaved(x, weights))
    return group_statistics(kept, groups, masses)


def mean_squared(x, pairs):
    squared = squared_distances(x.astype("float64"), x.astype("float64"))
    if pairs == "off_diagonal":
        squared = squared[~np.eye(len(x), dtype=bool)]
    return squared.mean() if squared.size else 0.0


@pytest.mark.parametrize("dense", [False, True])
@pytest.mark.parametrize("pairs", ["all", "off_diagonal"])
def test_groups_are_the_classes_of_the_kept_rows(pairs, dense):
    found = find(X, SHARES if dense else LABELS)
    rows = [X[(k == LABELS) & (WEIGHTS > 0)] for k in range(4)]
    np.testing.assert_array_equal(found.count, [len(r) for r in rows])
    assert found.unit >= np.abs(X[WEIGHTS > 0]).max()
    for k in (0, 2, 3):
        np.testing.assert_allclose(
            found.center[k], rows[k].mean(axis=0), rtol=1e-5
        )
    expected = [mean_squared(r, pairs) if len(r) else 0 for r in rows]
    sigma = found.mean_squared_distances(pairs) * found.unit**2
    np.testing.assert_allclose(sigma, expected, rtol=1e-5)
    np.testing.assert_array_equal(found.masses, MASSES)


@pytest.mark.parametrize("pairs", ["all", "off_diagonal"])
def test_one_soft_row_merges_the_groups(pairs):
    soft = SHARES.copy()
    soft[2] = 0.25
    found = find(X, soft, soft)
    sigma = found.mean_squared_distances(pairs) * found.unit**2
    expected = mean_squared(X[WEIGHTS > 0], pairs)
    np.testing.assert_allclose(sigma, np.full(4, expected), rtol=1e-5)
    np.testing.assert_array_equal(found.count, [7] * 4)
    center = X[WEIGHTS > 0].mean(axis=0)
    np.testing.assert_allclose(found.center, [center] * 4, rtol=1e-5)


def test_a_soft_row_without_weight_merges_nothing():
    soft = SHARES.copy()
    soft[3] = 0.25  # its weight is 0
    found, expected = find(X, soft, soft), find(X)
    for ours, theirs in zip(found, expected, strict=True):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("offset", [0, 50, 5000])
def test_an_offset_costs_no_digits(offset):
    """Sums of squares would be wrong by 1 / offset**2 in float32."""
    grid = np.round(64 * X) / 64  # exact with the offset
    expected = find(grid).spread * find(grid).unit ** 2
    found = find(grid + offset)
    spread = found.spread * found.unit**2
    np.testing.assert_allclose(spread, expected, rtol=1e-4)


def test_rows_that_coincide_have_spread_zero():
    rows = np.full((8, 3), 0.1) * (1 + LABELS[:, None])
    found = find(rows.astype("float32"))
    np.testing.assert_array_equal(found.spread, 0)

"""Medians of blocks of distances, found in each of three ways."""

import numpy as np
import pytest
from keras import ops

from keras_itra.kernels import order_statistics, selection

WAYS = [
    pytest.param("selection", marks=pytest.mark.tensorflow),
    "sorting",
    "bisection",
]


def summary(statistic, block, rows, diagonal):
    entries = block[:rows, :rows].astype("float64")
    if not diagonal:
        entries = entries[~np.eye(rows, dtype=bool)]
    return statistic(entries) if entries.size else 0.0


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("diagonal", [False, True])
@pytest.mark.parametrize("size", [1, 2, 3, 7, 50])
@pytest.mark.parametrize("ties", [False, True])
def test_block_median_equals_numpy(size, diagonal, way, ties, monkeypatch):
    row, column, once = map(np.asarray, order_statistics.each_pair_once(size))
    few = once.size if way == "sorting" else once.size - 1
    monkeypatch.setattr(order_statistics, "_SORTED", few)
    monkeypatch.setattr(selection, "is_at_hand", lambda: way == "selection")
    rng = np.random.default_rng(size)
    counts = np.unique([0, 1, min(size, 2), size // 2, size - 1, size])
    blocks = rng.gamma(0.3, size=(len(counts), size, size))
    if ties:
        blocks = np.round(blocks)
    blocks = np.triu(blocks, 1).astype("float32")
    blocks = blocks + np.swapaxes(blocks, 1, 2)
    inside = np.maximum(row, column) < counts[:, None, None]
    entries = np.where(inside & once, blocks[:, row, column], 0.0)
    entries = entries.reshape(len(counts), -1)
    arguments = (
        ops.convert_to_tensor(entries.astype("float32")),
        ops.convert_to_tensor(counts.astype("float32")),
        diagonal,
    )
    for found, statistic in (
        (order_statistics.block_median(*arguments), np.median),
        (order_statistics.block_mean(*arguments), np.mean),
    ):
        expected = [
            summary(statistic, block, rows, diagonal)
            for block, rows in zip(blocks, counts, strict=True)
        ]
        np.testing.assert_allclose(found, expected, rtol=1e-5)


@pytest.mark.parametrize("size", [1, 2, 3, 8])
def test_pairs_are_counted_once(size):
    row, column, once = map(np.asarray, order_statistics.each_pair_once(size))
    assert once.size >= size**2 / 2
    pairs = zip(
        np.broadcast_to(row, once.shape)[once], column[once], strict=True
    )
    pairs = [frozenset(map(int, pair)) for pair in pairs]
    assert len(set(pairs)) == len(pairs) == size * (size - 1) // 2
    assert all(len(pair) == 2 for pair in pairs)


@pytest.mark.tensorflow  # JAX has float32 only
@pytest.mark.parametrize("rows", [4, 5, 6, 7])
def test_mirrored_distances_that_differ_by_rounding(rows):
    """The first middle entry is the second one of a pair, or the first."""
    rng = np.random.default_rng(rows)
    values = np.triu(rng.uniform(1.0, 2.0, size=(rows, rows)), 1)
    values = values + (1.0 + 1e-15) * values.T
    for diagonal in (False, True):
        pairs = np.ones_like(values) - (not diagonal) * np.eye(rows)
        found = order_statistics.group_median(
            *map(ops.convert_to_tensor, (values, pairs, np.ones_like(values)))
        )
        np.testing.assert_allclose(
            found[0], summary(np.median, values, rows, diagonal), rtol=1e-12
        )

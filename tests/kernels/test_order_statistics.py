"""Medians of blocks of distances, sorted or found by bisection."""

import numpy as np
import pytest
from keras import ops

from keras_itra.kernels import order_statistics


def median(block, rows, diagonal):
    entries = block[:rows, :rows].astype("float64")
    if not diagonal:
        entries = entries[~np.eye(rows, dtype=bool)]
    return np.median(entries) if entries.size else 0.0


@pytest.mark.parametrize("sorts", [False, True])
@pytest.mark.parametrize("diagonal", [False, True])
@pytest.mark.parametrize("size", [1, 2, 7, 50])
@pytest.mark.parametrize("ties", [False, True])
def test_block_median_equals_numpy(size, diagonal, sorts, ties, monkeypatch):
    entries = size * ((size + 1) // 2)
    monkeypatch.setattr(
        order_statistics, "_SORTED", entries if sorts else entries - 1
    )
    rng = np.random.default_rng(size)
    counts = np.unique([0, 1, size // 2, size - 1, size])
    blocks = rng.gamma(0.3, size=(len(counts), size, size))
    if ties:
        blocks = np.round(blocks)
    blocks = np.triu(blocks, 1).astype("float32")
    blocks = blocks + np.swapaxes(blocks, 1, 2)
    for block, rows in zip(blocks, counts, strict=True):
        block[rows:], block[:, rows:] = 0.0, 0.0
    found = order_statistics.block_median(
        ops.convert_to_tensor(blocks),
        ops.convert_to_tensor(counts.astype("float32")),
        diagonal,
    )
    expected = [
        median(block, rows, diagonal)
        for block, rows in zip(blocks, counts, strict=True)
    ]
    np.testing.assert_allclose(found, expected, rtol=1e-6)


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
            found[0], median(values, rows, diagonal), rtol=1e-12
        )

"""Euclidean distances between all rows, a block of rows at a time."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from keras_itra.metrics._arrays import Floats

_BLOCK_ENTRIES = 2**22
# Rounding of a squared distance, as a share of the squared norms; float32
# features carry more than that.
_ROUNDING = 1e-14


def distance_blocks(x: Floats, y: Floats) -> Iterator[tuple[slice, Floats]]:
    """Yields the rows of a block and their distances to all of `y`.

    Distances that cannot be told from 0 are 0.

    Args:
        x: `(n, d)`.
        y: `(m, d)`.

    Yields:
        A slice of rows of `x` and their distances `(rows, m)`.
    """
    # No mean, which one row far off takes away from all others.
    center = np.median(y, axis=0)
    x, y = x - center, y - center
    x_norms, y_norms = np.square(x).sum(axis=1), np.square(y).sum(axis=1)
    step = max(1, _BLOCK_ENTRIES // len(y))
    for start in range(0, len(x), step):
        rows = slice(start, start + step)
        norms = x_norms[rows, None] + y_norms
        squared = norms - 2 * (x[rows] @ y.T)
        squared[squared <= _ROUNDING * norms] = 0.0
        yield rows, np.sqrt(squared)

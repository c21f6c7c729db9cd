"""A pool of rows of S2, drawn by class from a stream of mini-batches."""

from collections.abc import Callable, Iterator
from typing import Any

import keras
import numpy as np

from keras_itra.data.orders import interleave
from keras_itra.typing import Batch
from keras_itra.validation import require

#: The arrays of a mini-batch, flattened, and a row in them.
Row = tuple[list[np.ndarray], int]


class RowPool:
    """Shuffles a stream of mini-batches and hands out rows by class.

    Every row of the stream is handed out once. The pool holds about `size`
    rows, and more where the stream is sorted by class.

    Args:
        batches: Endless stream of mini-batches `(x, y[, sample_weight])`.
        size: Rows to hold before the first is handed out.
        generator: Source of randomness.
        classes_of: Class of every row of a mini-batch; None when any row is
            as good as another.
        patience: Rows to read in vain before a class counts as missing.
    """

    def __init__(
        self,
        batches: Iterator[Batch],
        size: int,
        generator: np.random.Generator,
        classes_of: Callable[[Batch], np.ndarray] | None,
        patience: int = 1_000_000,
    ) -> None:
        self._batches = batches
        self._size = size
        self._generator = generator
        self._classes_of = classes_of
        self._patience = patience
        self._rows: dict[int, list[Row]] = {}
        self._held = 0

    def partners(self, s1: Batch) -> Batch:
        """A mini-batch of S2 for a mini-batch of S1, row by row."""
        while self._held < self._size:
            self._read()
        rows = [self._draw(label) for label in self._classes(s1)]
        leaves = [
            np.stack([arrays[leaf][row] for arrays, row in rows])
            for leaf in range(len(keras.tree.flatten(s1)))
        ]
        return keras.tree.pack_sequence_as(s1, leaves)

    def _classes(self, batch: Batch) -> np.ndarray:
        if self._classes_of is not None:
            return self._classes_of(batch)
        return np.zeros(len(keras.tree.flatten(batch)[0]), dtype=np.int64)

    def _draw(self, label: int) -> Row:
        rows = self._rows.setdefault(label, [])
        vain = 0
        while not rows:
            require(
                vain < self._patience,
                "every class of S1 to occur in S2 as well",
                missing_class=int(label),
            )
            vain += self._read()
        self._held -= 1
        index = self._generator.integers(len(rows))
        rows[index], rows[-1] = rows[-1], rows[index]
        return rows.pop()

    def _read(self) -> int:
        batch = next(self._batches)
        classes = self._classes(batch)
        arrays = keras.tree.flatten(batch)
        for row, label in enumerate(classes):
            self._rows.setdefault(label, []).append((arrays, row))
        self._held += len(classes)
        return len(classes)


def alternate(s1: Any, s2: Any) -> Any:
    """Interleave two mini-batches: S1 in even rows, S2 in odd rows."""
    return keras.tree.map_structure(interleave, s1, s2)

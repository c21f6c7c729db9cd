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
    """Shuffles a dataset that is read in passes and hands out rows by class.

    Every row of a pass is handed out once, and before the next pass is read,
    unless a class that is asked for has run out. The pool holds about `size`
    rows, more where the dataset is sorted by class, and all of a smaller one.

    Args:
        read: Starts a pass over the mini-batches `(x, y[, sample_weight])`.
        size: Rows to hold before one is handed out.
        generator: Source of randomness.
        classes_of: Class of every row of a mini-batch; None when any row is
            as good as another.
        patience: Rows to read in vain before a class counts as missing.
    """

    def __init__(
        self,
        read: Callable[[], Iterator[Batch]],
        size: int,
        generator: np.random.Generator,
        classes_of: Callable[[Batch], np.ndarray] | None,
        patience: int = 1_000_000,
    ) -> None:
        self._start = read
        self._pass: Iterator[Batch] = iter(())
        self._passes = 0
        self._rows_read = 0
        self._at_end = True
        self._shapes: list[tuple[int, ...]] | None = None
        self._size = size
        self._generator = generator
        self._classes_of = classes_of
        self._patience = patience
        self._rows: dict[int, list[Row]] = {}
        self._held = 0

    def partners(self, s1: Batch) -> Batch:
        """A mini-batch of S2 for a mini-batch of S1, row by row."""
        self._require_shapes(keras.tree.flatten(s1))
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
        while self._held < self._size and not (self._at_end and self._held):
            self._read()
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
        """Read a mini-batch, or find the end of the pass; number of rows."""
        if self._at_end:
            self._start_pass()
        batch = next(self._pass, None)
        if batch is None:
            self._at_end = True
            return 0
        classes = self._classes(batch)
        arrays = keras.tree.flatten(batch)
        self._require_shapes(arrays)
        for row, label in enumerate(classes):
            self._rows.setdefault(label, []).append((arrays, row))
        self._held += len(classes)
        self._rows_read += len(classes)
        return len(classes)

    def _start_pass(self) -> None:
        require(
            self._rows_read > 0 or self._passes == 0,
            "a dataset that gives its rows each time it is read, as "
            "`pairing='independent'` reads it for S1 and again for S2",
            times_read=self._passes,
            rows=self._rows_read,
        )
        self._pass = self._start()
        self._passes += 1
        self._rows_read = 0
        self._at_end = False

    def _require_shapes(self, arrays: list[np.ndarray]) -> None:
        shapes = [array.shape[1:] for array in arrays]
        self._shapes = self._shapes or shapes
        require(
            shapes == self._shapes,
            "rows of one shape in all mini-batches for "
            "`pairing='independent'`, which mixes them: pad them all to one "
            "length, or use `pairing='split'`, 'none' or 'queue'",
            shapes=shapes,
            shapes_before=self._shapes,
        )


def alternate(s1: Any, s2: Any) -> Any:
    """Interleave two mini-batches: S1 in even rows, S2 in odd rows."""
    return keras.tree.map_structure(interleave, s1, s2)

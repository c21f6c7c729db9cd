"""A function mapped over the mini-batches of a `PyDataset` or a generator."""

from collections.abc import Callable, Iterator
from typing import Any

import keras
from keras import ops


def map_batches(source: Any, function: Callable[..., Any]) -> Any:
    """Map a function over mini-batches, as they are read.

    Args:
        source: `keras.utils.PyDataset`, or an iterator, of mini-batches.
        function: Takes `x`, `(x, y)` or `(x, y, sample_weight)` as arguments.

    Returns:
        A `PyDataset`, or a generator, of what the function returns, as NumPy
        arrays.
    """
    if isinstance(source, keras.utils.PyDataset):
        return _MappedDataset(source, function)
    return _mapped(source, function)


class _MappedDataset(keras.utils.PyDataset):
    def __init__(
        self, source: keras.utils.PyDataset, function: Callable[..., Any]
    ) -> None:
        super().__init__(
            workers=source.workers, max_queue_size=source.max_queue_size
        )
        self._source = source
        self._function = function

    @property
    def num_batches(self) -> int | None:
        return self._source.num_batches

    def __getitem__(self, index: int) -> Any:
        return _apply(self._function, self._source[index])

    def on_epoch_begin(self) -> None:
        self._source.on_epoch_begin()

    def on_epoch_end(self) -> None:
        self._source.on_epoch_end()


def _mapped(
    source: Iterator[Any], function: Callable[..., Any]
) -> Iterator[Any]:
    for batch in source:
        yield _apply(function, batch)


def _apply(function: Callable[..., Any], batch: Any) -> Any:
    strings = isinstance(batch, list) and isinstance(batch[0], (str, bytes))
    if isinstance(batch, (tuple, list)) and not strings:
        result = function(*batch)
    else:
        result = function(batch)
    return keras.tree.map_structure(ops.convert_to_numpy, result)

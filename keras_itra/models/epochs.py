"""Tells the data of `fit` which epoch starts."""

from collections.abc import Callable, Iterator
from typing import Any

import keras

from keras_itra.data.paired_batches import PairedBatches


class Passes:
    """Numbers the passes over a dataset."""

    def __init__(self, first: int) -> None:
        self.next_epoch = first

    def __iter__(self) -> Iterator[int]:
        return self

    def __next__(self) -> int:
        self.next_epoch += 1
        return self.next_epoch - 1


def with_position(
    callbacks: Any, batches: PairedBatches, steps_per_epoch: int | None
) -> Any:
    """Tell the paired arrays which epoch starts."""
    if steps_per_epoch is None:
        return with_epoch(callbacks, batches)

    def on_first_epoch(epoch: int) -> None:
        batches.first_batch = epoch * steps_per_epoch

    return _before_others(callbacks, on_first_epoch, once=True)


def with_epoch(callbacks: Any, data: Any, once: bool = False) -> Any:
    """Tell the data which epoch starts, or (once) which starts first."""

    def on_epoch_begin(epoch: int) -> None:
        data.next_epoch = epoch

    return _before_others(callbacks, on_epoch_begin, once)


def from_the_start(callbacks: Any, data: Any, first: int) -> Any:
    """Start the data anew in the first epoch, whichever that is.

    Under a strategy Keras has read a pass before.
    """

    def on_first_epoch(_: int) -> None:
        data.next_epoch = first

    return _before_others(callbacks, on_first_epoch, once=True)


def _before_others(
    callbacks: Any, on_epoch_begin: Callable[[int], None], once: bool
) -> Any:
    """Put a callback in front.

    Only there is the first epoch known: `BackupAndRestore` moves it.
    """
    begun = False

    def tell(epoch: int, logs: Any = None) -> None:
        nonlocal begun
        if not (once and begun):
            on_epoch_begin(epoch)
        begun = True

    teller = keras.callbacks.LambdaCallback(on_epoch_begin=tell)
    if isinstance(callbacks, keras.callbacks.CallbackList):
        callbacks.callbacks.insert(0, teller)
        return callbacks
    return [teller, *keras.tree.flatten(callbacks or [])]

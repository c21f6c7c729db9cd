"""Brings the data of a new `fit` to where those of an earlier one were."""

import weakref
from collections.abc import Callable
from typing import Any

from keras_itra.validation import require


class Position:
    """Where `fit` is, in the epoch and in the data.

    Attributes:
        epoch: The epoch that runs.
        step: Calls of `train_function` in this epoch.
        drawn: Mini-batches drawn from the iterator, which `steps_per_epoch`
            carries over from epoch to epoch.
    """

    def __init__(self) -> None:
        self.epoch = self.step = self.drawn = 0
        self._iterator: Callable[[], Any] = lambda: None

    def begin(self, epoch: int) -> None:
        """An epoch begins."""
        self.epoch, self.step = epoch, 0

    def see(self, iterator: Any) -> bool:
        """Whether this iterator is a new one."""
        if iterator is self._iterator():
            return False
        # Not kept alive: it may hold threads and mini-batches.
        self._iterator = weakref.ref(iterator)
        self.drawn = 0
        return True

    def advance(self, mini_batches: int) -> None:
        """A step is over."""
        self.step += 1
        self.drawn += mini_batches


class HookedStep:
    """Stands in for `train_function` and calls a hook before it.

    Only if it is armed, which a callback does before each step: what an
    interrupted `fit` leaves behind does nothing in the next one.

    Args:
        train_function: Of the model.
        before: Takes the iterator; logs that it returns take the place of
            those of a step.
    """

    def __init__(
        self,
        train_function: Callable[[Any], Any],
        before: Callable[[Any], Any],
    ) -> None:
        # Of a `fit` that was interrupted.
        if isinstance(train_function, HookedStep):
            train_function = train_function.train_function
        self.train_function: Callable[[Any], Any] = train_function
        self.armed = False
        self._before = before

    def __call__(self, iterator: Any) -> Any:
        armed, self.armed = self.armed, False
        logs = self._before(iterator) if armed else None
        return self.train_function(iterator) if logs is None else logs


def discard(iterator: Any, count: int) -> None:
    """Draw mini-batches that were trained on before.

    Raises:
        ValueError: If there are not as many.
    """
    end = object()
    for index in range(count):
        require(
            next(iterator, end) is not end,
            "the data that the interrupted run had; they end too early",
            mini_batches=index,
        )

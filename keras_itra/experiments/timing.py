"""Time of a training step."""

import time
from typing import Any

import keras
import numpy as np


class StepTimer(keras.callbacks.Callback):
    """Times every training step, the first epoch left out."""

    def __init__(self) -> None:
        super().__init__()
        self._first_epoch: list[float] = []
        self._later_epochs: list[float] = []

    def on_epoch_begin(
        self, epoch: int, logs: dict[str, Any] | None = None
    ) -> None:
        self._steps = self._later_epochs if epoch else self._first_epoch

    def on_train_batch_begin(
        self, batch: int, logs: dict[str, Any] | None = None
    ) -> None:
        self._start = time.perf_counter()

    def on_train_batch_end(
        self, batch: int, logs: dict[str, Any] | None = None
    ) -> None:
        self._steps.append(time.perf_counter() - self._start)

    @property
    def seconds_per_step(self) -> float:
        """Median over the steps; of the first epoch if it is the only one."""
        return float(np.median(self._later_epochs or self._first_epoch))

"""What a training step logs beside the loss and the compiled metrics."""

from typing import Any

import keras
from keras import ops

from keras_itra.typing import Tensor

#: In training only.
TRAINING_LOGS = (
    "supervised_loss",
    "alignment",
    "alignment_weight",
    "bandwidth",
)


class TrainingLogs(keras.metrics.Metric):
    """Means over the mini-batches of an epoch, weighted by their rows.

    One metric for all: four `keras.metrics.Mean` take four times as long.
    """

    def __init__(self) -> None:
        super().__init__(name="training_logs", dtype="float32")
        self.totals = self._sum("totals", (len(TRAINING_LOGS),))
        self.rows = self._sum("rows", ())

    def _sum(self, name: str, shape: tuple[int, ...]) -> Any:
        # The logs of replicas add up, and so do their rows.
        return self.add_variable(shape, "zeros", name=name, aggregation="sum")

    def update_state(self, values: tuple[Tensor, ...], rows: Any) -> None:
        """Count a mini-batch.

        Args:
            values: One scalar per name.
            rows: Rows of the mini-batch.
        """
        rows = ops.cast(rows, "float32")
        stacked = ops.stack([ops.cast(value, "float32") for value in values])
        self.totals.assign_add(rows * stacked)
        self.rows.assign_add(rows)

    def result(self) -> dict[str, Tensor]:
        """The means by name."""
        means = ops.divide_no_nan(self.totals, self.rows)
        return dict(zip(TRAINING_LOGS, ops.unstack(means), strict=True))

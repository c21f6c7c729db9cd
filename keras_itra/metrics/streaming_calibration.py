"""Calibration error, from mini-batch to mini-batch."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from keras_itra.metrics._streaming import batch_rows, or_one, wide_dtype
from keras_itra.typing import Tensor
from keras_itra.validation import require, require_integer


@keras.saving.register_keras_serializable(package="keras_itra")
class ExpectedCalibrationError(keras.metrics.Metric):
    """Gap between confidence and accuracy, averaged over bins of confidence.

    Streaming form of `keras_itra.metrics.expected_calibration_error`: exact
    over all rows, whatever the size of the mini-batches. 0 if there were
    none.

    ```
    ECE = sum_b (n_b / n) * |accuracy_b - mean confidence_b|
    ```

    Args:
        bins: Number of intervals B of equal width. Defaults to 15.
        from_logits: Whether predictions are logits (default) or
            probabilities that sum to one.
        name: Name of the metric. Defaults to `"expected_calibration_error"`.
        dtype: Dtype of the state, raised to float32 at least.

    Raises:
        ValueError: If `bins` is not a positive integer.

    Example:

    ```python
    from keras_itra.metrics import ExpectedCalibrationError

    metric = ExpectedCalibrationError(from_logits=False)
    metric.update_state([0, 1], [[0.9, 0.1], [0.9, 0.1]])
    assert abs(float(metric.result()) - 0.4) < 1e-6
    ```

    Reference:
        Guo et al., "On Calibration of Modern Neural Networks", ICML 2017.
    """

    def __init__(
        self,
        bins: int = 15,
        from_logits: bool = True,
        name: str = "expected_calibration_error",
        dtype: Any = None,
    ) -> None:
        require_integer("bins", bins, minimum=1)
        super().__init__(name=name, dtype=wide_dtype(dtype))
        self.bins = int(bins)
        self.from_logits = bool(from_logits)
        self._gaps = self.add_variable(
            (self.bins,), "zeros", dtype=self.dtype, name="gaps"
        )
        self._count = self.add_variable(
            (), "zeros", dtype=self.dtype, name="count"
        )

    def update_state(
        self, y_true: Tensor, y_pred: Tensor, sample_weight: Tensor = None
    ) -> None:
        """Adds a mini-batch.

        Args:
            y_true: Integer labels `(n,)` or `(n, 1)`, or one-hot `(n, K)`.
            y_pred: Logits or probabilities `(n, K)`.
            sample_weight: `(n,)`, how often each row counts; None is once.
        """
        y_pred = ops.convert_to_tensor(y_pred)
        require(
            len(y_pred.shape) == 2 and y_pred.shape[1] > 1,
            "predictions of shape (n, K), two classes or more",
            shape=tuple(y_pred.shape),
        )
        labels, rows, weights = batch_rows(
            y_true, y_pred, sample_weight, y_pred.shape[1], self.dtype
        )
        if rows.shape[0] == 0:
            return
        # Of the logits: rounded probabilities may be equal.
        found = ops.cast(ops.argmax(rows, axis=1), labels.dtype)
        hits = ops.cast(found == labels, self.dtype)
        if self.from_logits:
            rows = ops.softmax(rows)
        confidence = ops.max(rows, axis=1)
        index = ops.cast(ops.ceil(confidence * self.bins), "int32") - 1
        gaps = ops.where(weights > 0, weights * (hits - confidence), 0.0)
        self._gaps.assign_add(
            ops.segment_sum(gaps, ops.clip(index, 0, self.bins - 1), self.bins)
        )
        self._count.assign_add(ops.sum(weights))

    def result(self) -> Tensor:
        """A scalar between 0 and 1."""
        return ops.sum(ops.abs(self._gaps)) / or_one(self._count)

    def get_config(self) -> dict[str, Any]:
        """Arguments that rebuild this metric."""
        return {
            **super().get_config(),
            "bins": self.bins,
            "from_logits": self.from_logits,
        }

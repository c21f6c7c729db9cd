"""Streaming moments of the features of each class."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops

from keras_itra.distribution import gather_rows
from keras_itra.indexing import rows_at
from keras_itra.metrics._streaming import (
    batch_rows,
    or_one,
    snake_case,
    wide_dtype,
)
from keras_itra.typing import Tensor
from keras_itra.validation import require, require_integer


class ClassMoments(keras.metrics.Metric):
    """Base of the streaming metrics of features and labels.

    Holds the count and the mean of each class and the trace of the scatter
    inside the classes, of all rows since `reset_state`. Mini-batches are
    merged by the update of Chan et al.:

    ```
    n_k <- n_k + n'_k        mean_k <- mean_k + n'_k / n_k * delta_k
    M   <- M + M' + sum_k (n_k - n'_k) n'_k / n_k * ||delta_k||^2
    ```

    with `delta_k = mean'_k - mean_k`, all means relative to one of the rows.
    The size of the mini-batches does not matter, and on several replicas each
    holds the moments of the rows of all.

    Subclasses implement `result`, from `scatters` or `centered_means`.

    Args:
        num_classes: Number of classes K. Rows with a label outside of
            `0..K-1` do not count.
        feature_dim: Width d of the features.
        name: Name of the metric. Defaults to that of the class, in snake case.
        dtype: Dtype of the state, raised to float32 at least.

    Raises:
        ValueError: If a size is not a positive integer.

    Example:

    ```python
    from keras import ops
    from keras_itra.metrics import ClassMoments


    class MeanSpread(ClassMoments):
        def result(self):
            means, present = self.centered_means()
            return ops.max(ops.abs(means))


    spread = MeanSpread(num_classes=3, feature_dim=1)
    spread.update_state([0, 1], [[0.0], [4.0]])
    assert float(spread.result()) == 2.0
    ```

    Reference:
        Chan, Golub and LeVeque, "Algorithms for Computing the Sample
        Variance: Analysis and Recommendations", 1983.
    """

    def __init__(
        self,
        num_classes: int,
        feature_dim: int,
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        require_integer("num_classes", num_classes, minimum=1)
        require_integer("feature_dim", feature_dim, minimum=1)
        name = name or snake_case(type(self).__name__)
        super().__init__(name=name, dtype=wide_dtype(dtype))
        self.num_classes = int(num_classes)
        self.feature_dim = int(feature_dim)
        self._reference = self._state("reference", feature_dim)
        self._counts = self._state("counts", num_classes)
        self._means = self._state("means", num_classes, feature_dim)
        self._within = self._state("within")

    def update_state(
        self, y_true: Tensor, y_pred: Tensor, sample_weight: Tensor = None
    ) -> None:
        """Adds a mini-batch.

        Args:
            y_true: Integers `(n,)` or `(n, 1)`, or one-hot `(n, K)`.
            y_pred: Features `(n, d)`.
            sample_weight: `(n,)`, how often each row counts; None is once.
                Rows of weight 0 may hold anything; none is below 0.
        """
        y_pred = ops.convert_to_tensor(y_pred)
        require(
            len(y_pred.shape) == 2 and y_pred.shape[1] == self.feature_dim,
            f"features of shape (n, {self.feature_dim})",
            shape=tuple(y_pred.shape),
        )
        labels, features, weights = gather_rows(
            batch_rows(
                y_true, y_pred, sample_weight, self.num_classes, self.dtype
            )
        )
        offsets = self._offsets(features, weights)
        counts, means = self._class_means(offsets, labels, weights)
        total = self._counts + counts
        share = counts / or_one(total)
        shift = means - self._means
        inside = ops.sqrt(weights)[:, None] * (offsets - rows_at(means, labels))
        across = ops.sqrt(self._counts * share)[:, None] * shift
        self._add_deviations(ops.concatenate([inside, across]))
        self._means.assign_add(share[:, None] * shift)
        self._counts.assign(total)

    def get_config(self) -> dict[str, Any]:
        """Arguments that rebuild this metric."""
        return {
            **super().get_config(),
            "num_classes": self.num_classes,
            "feature_dim": self.feature_dim,
        }

    def scatters(self) -> tuple[Tensor, Tensor]:
        """Traces of the covariance within and between the classes.

        Returns:
            Two scalars, 0 if there were no rows. The second is exactly 0 if
            it cannot be told from 0.
        """
        count = or_one(ops.sum(self._counts))
        overall = ops.sum(self._counts[:, None] * self._means, axis=0) / count
        squares = ops.sum(ops.square(self._means - overall), axis=1)
        between = ops.sum(self._counts * squares) / count
        within = self._within / count
        rounding = (8 * float(np.finfo(self.dtype).eps)) ** 2
        return within, ops.where(between > rounding * within, between, 0.0)

    def centered_means(self) -> tuple[Tensor, Tensor]:
        """Class means less their unweighted mean.

        Returns:
            `(K, d)`, zeros for classes without rows, and a boolean `(K,)`:
            the classes with rows.
        """
        present = self._counts > 0
        member = ops.cast(present, self.dtype)[:, None]
        center = ops.sum(member * self._means, axis=0) / or_one(ops.sum(member))
        return member * (self._means - center), present

    def _add_deviations(self, deviations: Tensor) -> None:
        """Adds rows whose Gram matrix is what the scatter grows by.

        Args:
            deviations: `(n + K, d)`.
        """
        self._within.assign_add(ops.sum(ops.square(deviations)))

    def _offsets(self, features: Tensor, weights: Tensor) -> Tensor:
        """Features less the reference, the first row that ever counted."""
        reference = ops.convert_to_tensor(self._reference)
        counted = ops.concatenate([weights > 0, ops.ones((1,), "bool")])
        rows = ops.concatenate([features, reference[None]])
        first = rows[ops.argmax(ops.cast(counted, self.dtype))]
        reference = ops.where(ops.any(self._counts > 0), reference, first)
        self._reference.assign(reference)
        return ops.where(weights[:, None] > 0, features - reference, 0.0)

    def _class_means(
        self, offsets: Tensor, labels: Tensor, weights: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Weight and mean of each class in a mini-batch."""

        def of_classes(rows: Tensor) -> Tensor:
            # no product of matrices, which some devices round to 10 bits
            return ops.segment_sum(rows, labels, self.num_classes)

        counts = of_classes(weights)
        sums = of_classes(weights[:, None] * offsets)
        return counts, sums / or_one(counts)[:, None]

    def _state(self, name: str, *shape: int) -> Any:
        # Replicas gather the rows, so each holds the moments of all.
        return self.add_variable(
            shape=shape,
            initializer="zeros",
            dtype=self.dtype,
            aggregation="only_first_replica",
            name=name,
        )

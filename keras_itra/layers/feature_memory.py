"""A memory of the features of recent mini-batches."""

import math
from typing import Any

import keras
from keras import ops

from keras_itra.discrepancies.labels import (
    as_labels,
    is_dense,
    one_hot,
    one_hot_rows,
)
from keras_itra.indexing import indices, rows_at
from keras_itra.kernels import as_features
from keras_itra.typing import Tensor
from keras_itra.validation import require, require_integer


@keras.saving.register_keras_serializable(package="keras_itra")
class FeatureMemory(keras.layers.Layer):
    """Keeps the latest rows of features, with their labels and weights.

    A ring buffer of fixed size: new rows take the place of the oldest. What
    it holds is saved with the model. Replicas that push the same rows hold
    the same memory.

    Args:
        size: Rows to keep.
        num_classes: Number of classes K; needed for `balanced`.
        balanced: Keep the latest `size // num_classes` rows of every class,
            instead of the latest rows of any class. Defaults to False.
        **kwargs: Of `keras.layers.Layer`.

    Raises:
        ValueError: For arguments outside their domain, and for a balanced
            memory without classes or with fewer rows than classes.

    Example:

    ```python
    import numpy as np
    import keras_itra

    memory = keras_itra.layers.FeatureMemory(size=4)
    memory.build((None, 2))
    for step in range(3):
        memory.update(np.full(2, step), np.full((2, 2), 10.0 * step))
    labels, features, weights = memory.reference()
    assert sorted(np.array(labels)) == [1, 1, 2, 2]  # the latest four
    ```

    Reference:
        Wang et al., Cross-Batch Memory for Embedding Learning, CVPR 2020.
    """

    def __init__(
        self,
        size: int,
        num_classes: int | None = None,
        balanced: bool = False,
        **kwargs: Any,
    ) -> None:
        # float32 whatever the policy: what is kept is compared in float32.
        super().__init__(**{"dtype": "float32", "trainable": False, **kwargs})
        require_integer("size", size, minimum=1)
        require(
            isinstance(balanced, bool),
            "`balanced` True or False",
            balanced=balanced,
        )
        if num_classes is not None or balanced:
            require_integer("num_classes", num_classes, minimum=1)
        self.size = size
        self.num_classes = num_classes
        self.balanced = balanced
        #: Rings, one after the other in the rows of the memory.
        self.rings: int = num_classes if balanced and num_classes else 1
        require(
            size >= self.rings,
            "a `size` of at least one row per class for a balanced memory",
            size=size,
            num_classes=num_classes,
        )
        self.rows_per_ring = size // self.rings

    def build(self, features_shape: tuple[int | None, ...]) -> None:
        """Create the memory, empty.

        Args:
            features_shape: `(batch, ...)`; only the batch may be unknown.
        """
        require(
            None not in features_shape[1:],
            "features of a static shape",
            features_shape=features_shape,
        )
        rows = self.rings * self.rows_per_ring
        width = math.prod(features_shape[1:])  # type: ignore[arg-type]
        self.features = self._variable("features", (rows, width), "float32")
        self.labels = self._variable("labels", (rows,), "int32")
        # 0 for a row that nothing was written to yet.
        self.row_weights = self._variable("row_weights", (rows,), "float32")
        #: Where each ring is written next.
        self.heads = self._variable("heads", (self.rings,), "int32")

    def reference(self) -> tuple[Tensor, Tensor, Tensor]:
        """What the memory holds.

        Returns:
            Labels `(rows,)`, features `(rows, d)`, and weights `(rows,)`,
            which are all 0 until every row was written.
        """
        labels, features, weights = (
            ops.convert_to_tensor(variable)
            for variable in (self.labels, self.features, self.row_weights)
        )
        filled = ops.cast(ops.all(weights > 0), weights.dtype)
        return labels, features, filled * weights

    def update(
        self,
        labels: Tensor,
        features: Tensor,
        sample_weight: Tensor | None = None,
    ) -> None:
        """Write the rows of a mini-batch over the oldest ones.

        Args:
            labels: `(batch,)`, `(batch, 1)`, or one-hot
                `(batch, num_classes)`.
            features: `(batch, ...)`.
            sample_weight: `(batch,)` or `(batch, 1)`, >= 0. Rows of weight 0
                are left out, and so are those without one class: with soft
                labels, or (balanced) with labels outside of the classes.
        """
        labels, weights = hard_labels(labels, sample_weight)
        features = ops.cast(as_features(features), "float32")
        slots, heads = self._slots(labels, weights > 0)
        # Which row is written to each slot, if any: 1 + row, or 0. Rows
        # without a slot have one behind the others.
        rows = self.labels.shape[0]
        number = 1 + indices(ops.shape(slots)[0])
        row = ops.segment_sum(number, slots, num_segments=rows + 1)[:rows]
        written = row > 0
        row = ops.maximum(row - 1, 0)
        for variable, values in (
            (self.labels, labels),
            (self.features, ops.stop_gradient(features)),
            (self.row_weights, weights),
        ):
            kept = ops.reshape(written, (-1, *[1] * (len(values.shape) - 1)))
            values = rows_at(values, row)
            old = ops.convert_to_tensor(variable)
            variable.assign(ops.where(kept, values, old))
        self.heads.assign(heads)

    def _slots(self, labels: Tensor, kept: Tensor) -> tuple[Tensor, Tensor]:
        """Slot of each row, the last for none, and next heads of the rings."""
        ring = labels if self.balanced else ops.zeros_like(labels)
        member = one_hot(ring, self.rings, "int32")
        member = member * ops.cast(kept, "int32")[:, None]
        rank = ops.sum(member * (ops.cumsum(member, axis=0) - 1), axis=1)
        count = ops.sum(member, axis=0)
        of_ring = ops.sum(member * count, axis=1)  # 0 for a row left out
        old_heads = ops.convert_to_tensor(self.heads)
        head = ops.sum(member * old_heads, axis=1)
        slot = ring * self.rows_per_ring + (head + rank) % self.rows_per_ring
        # Of more rows than a ring has, the last ones stay.
        stays = ops.logical_and(
            of_ring > 0, rank >= of_ring - self.rows_per_ring
        )
        heads = (old_heads + count) % self.rows_per_ring
        return ops.where(stays, slot, self.labels.shape[0]), heads

    def _variable(self, name: str, shape: tuple[int, ...], dtype: str) -> Any:
        return self.add_weight(
            name=name,
            shape=shape,
            dtype=dtype,
            initializer="zeros",
            trainable=False,
            # Every replica writes the same rows.
            aggregation="only_first_replica",
        )

    def get_config(self) -> dict[str, Any]:
        """Arguments that rebuild this layer."""
        return {
            **super().get_config(),
            "size": self.size,
            "num_classes": self.num_classes,
            "balanced": self.balanced,
        }


def hard_labels(
    labels: Tensor, sample_weight: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """The class of every row, and its weight.

    Args:
        labels: As for `FeatureMemory.update`.
        sample_weight: As for `FeatureMemory.update`.

    Returns:
        Integers `(batch,)` and float32 weights `(batch,)`: 0 for rows of
        soft labels, which have no class.
    """
    labels = as_labels(labels, None)
    weights = ops.ones((ops.shape(labels)[0],), dtype="float32")
    if sample_weight is not None:
        sample_weight = ops.convert_to_tensor(sample_weight)
        weights = ops.reshape(ops.cast(sample_weight, "float32"), (-1,))
    if is_dense(labels):
        weights = weights * ops.cast(one_hot_rows(labels), weights.dtype)
        labels = ops.cast(ops.argmax(labels, axis=1), "int32")
    return labels, weights

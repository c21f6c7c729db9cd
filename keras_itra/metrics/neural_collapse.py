"""Neural collapse: how far the features are from a simplex of class means."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops

from keras_itra.indexing import indices
from keras_itra.metrics._streaming import or_one
from keras_itra.metrics.class_moments import ClassMoments
from keras_itra.metrics.streaming_scatter import ratio
from keras_itra.typing import Tensor


@keras.saving.register_keras_serializable(package="keras_itra")
class VariabilityCollapse(ClassMoments):
    """NC1: variation inside the classes along what separates their means.

    ```
    NC1 = tr(Sigma_W pinv(Sigma_B)) / K
    Sigma_W = (1/n) sum_i (h_i - mean_{y_i}) (h_i - mean_{y_i})^T
    Sigma_B = (1/K) sum_k m_k m_k^T,    m_k = mean_k - mean over classes
    ```

    It falls to 0 as the classes collapse. Unlike `Scatter` it weighs each
    direction by how far it separates the class means. Classes without rows
    are left out, of K as well; infinity if the class means coincide (one
    class, constant features, no rows). The state has d^2 numbers.

    Args:
        num_classes: Number of classes K. Rows with a label outside of
            `0..K-1` do not count.
        feature_dim: Width d of the features.
        name: Name of the metric. Defaults to `"variability_collapse"`.
        dtype: Dtype of the state, raised to float32 at least.

    Raises:
        ValueError: If a size is not a positive integer.

    Example:

    ```python
    from keras_itra.metrics import VariabilityCollapse

    nc1 = VariabilityCollapse(num_classes=2, feature_dim=1)
    nc1.update_state([0, 0, 1, 1], [[0.0], [2.0], [10.0], [12.0]])
    assert abs(float(nc1.result()) - 1 / 25 / 2) < 1e-6
    ```

    Reference:
        Papyan, Han and Donoho, "Prevalence of Neural Collapse During the
        Terminal Phase of Deep Learning Training", PNAS 2020.
    """

    def __init__(
        self,
        num_classes: int,
        feature_dim: int,
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(num_classes, feature_dim, name, dtype)
        self._scatter_matrix = self._state(
            "scatter_matrix", feature_dim, feature_dim
        )

    def result(self) -> Tensor:
        """A scalar, without a unit."""
        means, present = self.centered_means()
        # Sigma_B = V S^2 V^T / K; K cancels.
        _, sizes, directions = ops.svd(means, full_matrices=False)
        spread = ops.sum(
            ops.matmul(directions, self._scatter_matrix) * directions, axis=1
        ) / or_one(ops.sum(self._counts))
        # Rounding errors are those of the means, relative to some row, before
        # they were centred; and centred means have one direction less.
        rounding = max(means.shape) * float(np.finfo(self.dtype).eps)
        largest = ops.maximum(sizes[0], ops.max(ops.abs(self._means)))
        most = ops.sum(ops.cast(present, "int32")) - 1
        apart = ops.logical_and(
            sizes > rounding * largest, indices(sizes.shape[0]) < most
        )
        ratios = spread / ops.square(ops.where(apart, sizes, 1.0))
        _, between = self.scatters()
        return ops.where(
            between > 0, ops.sum(ops.where(apart, ratios, 0.0)), np.inf
        )

    def _add_deviations(self, deviations: Tensor) -> None:
        super()._add_deviations(deviations)
        self._scatter_matrix.assign_add(
            ops.matmul(ops.transpose(deviations), deviations)
        )


@keras.saving.register_keras_serializable(package="keras_itra")
class EquinormVariation(ClassMoments):
    """NC2: how much the lengths of the centred class means differ.

    ```
    std_k ||m_k|| / mean_k ||m_k||,    m_k = mean_k - mean over classes
    ```

    0 if all are of one length, as in a simplex. Classes without rows are left
    out; infinity if the class means coincide (one class, constant features,
    no rows).

    Args:
        num_classes: Number of classes K. Rows with a label outside of
            `0..K-1` do not count.
        feature_dim: Width d of the features.
        name: Name of the metric. Defaults to `"equinorm_variation"`.
        dtype: Dtype of the state, raised to float32 at least.

    Raises:
        ValueError: If a size is not a positive integer.

    Example:

    ```python
    import numpy as np
    from keras_itra.metrics import EquinormVariation

    simplex = EquinormVariation(num_classes=3, feature_dim=3)
    simplex.update_state([0, 1, 2], np.eye(3, dtype="float32"))
    assert float(simplex.result()) < 1e-6
    ```

    Reference:
        Papyan, Han and Donoho, "Prevalence of Neural Collapse During the
        Terminal Phase of Deep Learning Training", PNAS 2020.
    """

    def result(self) -> Tensor:
        """A scalar, without a unit."""
        means, present = self.centered_means()
        member = ops.cast(present, self.dtype)
        norms = ops.sqrt(ops.sum(ops.square(means), axis=1))
        count = or_one(ops.sum(member))
        mean = ops.sum(norms) / count
        deviation = member * ops.square(norms - mean)
        _, between = self.scatters()
        return ratio(
            ops.sqrt(ops.sum(deviation) / count),
            ops.where(between > 0, mean, 0.0),
        )

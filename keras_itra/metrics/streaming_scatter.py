"""Scatter within and between classes, from mini-batch to mini-batch."""

from __future__ import annotations

import keras
import numpy as np
from keras import ops

from keras_itra.metrics.class_moments import ClassMoments
from keras_itra.typing import Tensor


@keras.saving.register_keras_serializable(package="keras_itra")
class WithinClassScatter(ClassMoments):
    """Mean squared distance of a row to its class mean.

    Streaming form of `keras_itra.metrics.within_class_scatter`: exact over
    all rows, whatever the size of the mini-batches. 0 if there were none.

    ```
    tr(Sigma_W) = (1/n) * sum_i ||h_i - mean_{y_i}||^2
    ```

    Args:
        num_classes: Number of classes K. Rows with a label outside of
            `0..K-1` do not count.
        feature_dim: Width d of the features.
        name: Name of the metric. Defaults to `"within_class_scatter"`.
        dtype: Dtype of the state, raised to float32 at least.

    Raises:
        ValueError: If a size is not a positive integer.

    Example:

    ```python
    from keras_itra.metrics import WithinClassScatter

    metric = WithinClassScatter(num_classes=2, feature_dim=1)
    metric.update_state([0, 0, 1], [[0.0], [2.0], [10.0]])
    metric.update_state([1], [[12.0]])
    assert float(metric.result()) == 1.0
    ```
    """

    def result(self) -> Tensor:
        """A scalar, in squared feature units."""
        return self.scatters()[0]


@keras.saving.register_keras_serializable(package="keras_itra")
class BetweenClassScatter(ClassMoments):
    """Mean squared distance of a row's class mean to the mean of all rows.

    Streaming form of `keras_itra.metrics.between_class_scatter`: exact over
    all rows, whatever the size of the mini-batches. 0 if there were none.

    ```
    tr(Sigma_B) = (1/n) * sum_k n_k * ||mean_k - mean||^2
    ```

    Args:
        num_classes: Number of classes K. Rows with a label outside of
            `0..K-1` do not count.
        feature_dim: Width d of the features.
        name: Name of the metric. Defaults to `"between_class_scatter"`.
        dtype: Dtype of the state, raised to float32 at least.

    Raises:
        ValueError: If a size is not a positive integer.

    Example:

    ```python
    from keras_itra.metrics import BetweenClassScatter

    metric = BetweenClassScatter(num_classes=2, feature_dim=1)
    metric.update_state([0, 0, 1], [[0.0], [2.0], [10.0]])
    metric.update_state([1], [[12.0]])
    assert float(metric.result()) == 25.0
    ```
    """

    def result(self) -> Tensor:
        """A scalar, in squared feature units."""
        return self.scatters()[1]


@keras.saving.register_keras_serializable(package="keras_itra")
class Scatter(ClassMoments):
    """Within-class over between-class scatter: small is compact.

    Streaming form of `keras_itra.metrics.scatter`: exact over all rows,
    whatever the size of the mini-batches. Infinity if the class means
    coincide (one class, constant features, no rows).

    ```
    scatter = tr(Sigma_W) / tr(Sigma_B)
    ```

    Args:
        num_classes: Number of classes K. Rows with a label outside of
            `0..K-1` do not count.
        feature_dim: Width d of the features.
        name: Name of the metric. Defaults to `"scatter"`.
        dtype: Dtype of the state, raised to float32 at least.

    Raises:
        ValueError: If a size is not a positive integer.

    Example:

    ```python
    import keras
    from keras_itra.metrics import Scatter

    inputs = keras.Input((8,))
    features = keras.layers.Dense(4, activation="relu")(inputs)
    logits = keras.layers.Dense(3)(features)
    model = keras.Model(inputs, {"features": features, "logits": logits})
    model.compile(
        loss={"logits": keras.losses.SparseCategoricalCrossentropy(True)},
        metrics={"features": Scatter(num_classes=3, feature_dim=4)},
    )
    ```
    """

    def result(self) -> Tensor:
        """A scalar, without a unit."""
        return ratio(*self.scatters())


def ratio(numerator: Tensor, denominator: Tensor) -> Tensor:
    """The quotient; infinity where the denominator is 0."""
    positive = denominator > 0
    return ops.where(
        positive, numerator / ops.where(positive, denominator, 1.0), np.inf
    )

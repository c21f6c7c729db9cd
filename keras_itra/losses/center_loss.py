"""Center loss, the neighbour that ITRA is compared with."""

from typing import Any

import keras
from keras import ops

from keras_itra.discrepancies.labels import (
    as_labels,
    is_dense,
    of_classes,
    one_hot,
)
from keras_itra.discrepancies.samples import Samples
from keras_itra.discrepancies.terms import Terms
from keras_itra.losses.feature_loss import FeatureLoss
from keras_itra.typing import Tensor
from keras_itra.validation import require, require_integer, require_number


class _Centers(keras.layers.Layer):
    """Holds the centres, so that Keras tracks and saves them."""

    def __init__(self, num_classes: int, feature_dim: int) -> None:
        super().__init__(name="centers", dtype="float32")
        self.value = self.add_weight(
            shape=(num_classes, feature_dim),
            initializer="zeros",
            trainable=False,
            # Replicas that gathered move alike, others by their mean.
            aggregation="mean",
            name="value",
        )
        self.built = True


@keras.saving.register_keras_serializable(package="keras_itra")
class CenterLoss(FeatureLoss):
    """Squared distance of the features to moving centres of their classes.

    ```
    loss = 1/2 mean_i || h_i - c_{y_i} ||^2
    c_k <- c_k + rate * sum_{i in k} (h_i - c_k) / (1 + n_k)
    ```

    The centres are saved with the model and move once per call. A loss
    cannot tell training from evaluation: compiled into a plain model, its
    centres move in `evaluate` as well, and under JAX, where they could not
    move at all, it is refused. `ITRAModel(pairing="none")` and
    `keras_itra.layers.AlignmentRegularizer` move them in training only, on
    every backend.

    Args:
        num_classes: Number of classes K.
        feature_dim: Width d of the features.
        rate: Rate of the centres, in (0, 1]. Defaults to 0.5.
        name: Name of the loss. Defaults to `"center_loss"`.
        gather: On several replicas, compare the whole mini-batch; see
            `keras_itra.losses.FeatureLoss`. Defaults to True.

    Raises:
        ValueError: For arguments outside their domain.

    Example:

    ```python
    import numpy as np
    import keras_itra

    loss = keras_itra.losses.CenterLoss(num_classes=2, feature_dim=3)
    features = np.ones((4, 3), "float32")
    assert float(loss(np.array([0, 0, 1, 1]), features)) == 1.5
    ```

    Reference:
        Wen et al., A Discriminative Feature Learning Approach for Deep Face
        Recognition, ECCV 2016.
    """

    def __init__(
        self,
        num_classes: int,
        feature_dim: int,
        rate: float = 0.5,
        name: str = "center_loss",
        gather: bool = True,
    ) -> None:
        super().__init__(name=name, gather=gather)
        for argument, value in (
            ("num_classes", num_classes),
            ("feature_dim", feature_dim),
        ):
            require_integer(argument, value, minimum=1)
        require_number("rate", rate, strict=True)
        require(rate <= 1, "`rate` in (0, 1]", rate=rate)
        self.num_classes = num_classes
        self.feature_dim = feature_dim
        self.rate = rate
        self.memory = _Centers(num_classes, feature_dim)

    @property
    def layers(self) -> list[keras.layers.Layer]:
        """The layer that holds the centres."""
        return [self.memory]

    @property
    def centers(self) -> Any:
        """`(num_classes, feature_dim)` variable."""
        return self.memory.value

    def terms(
        self,
        labels: Tensor,
        features: Tensor,
        sample_weight: Tensor | None = None,
    ) -> Terms:
        samples, shares = self._shares(labels, features, sample_weight)
        centers = ops.stop_gradient(ops.convert_to_tensor(self.centers))
        distance = samples.features - ops.matmul(shares, centers)
        rows = 0.5 * ops.sum(ops.square(distance), axis=1)
        weights = samples.weights[:, 0]
        rows = ops.divide_no_nan(rows * weights, ops.sum(weights))
        return Terms(rows, ops.zeros_like(rows[:1])[0])

    def update(
        self,
        labels: Tensor,
        features: Tensor,
        sample_weight: Tensor | None = None,
    ) -> None:
        """Move the centres towards the features of their classes."""
        samples, shares = self._shares(labels, features, sample_weight)
        shares = ops.transpose(shares * samples.weights)
        count = ops.sum(shares, axis=1, keepdims=True)
        pull = ops.matmul(shares, samples.features) - count * self.centers
        step = self.rate * pull / (1.0 + count)
        self.centers.assign_add(ops.stop_gradient(step))

    def _shares(
        self, labels: Tensor, features: Tensor, weights: Tensor | None
    ) -> tuple[Samples, Tensor]:
        samples = Samples.of_one(features, weights)
        require(
            samples.features.shape[1] == self.feature_dim,
            f"features of shape (batch, {self.feature_dim})",
            features_shape=tuple(samples.features.shape),
        )
        labels = as_labels(labels, samples.features.shape[0])
        samples = of_classes(samples, labels, self.num_classes)
        if not is_dense(labels):
            labels = one_hot(labels, self.num_classes, "float32")
        require(
            labels.shape[1] == self.num_classes,
            f"integer labels or labels of shape (batch, {self.num_classes})",
            labels_shape=tuple(labels.shape),
        )
        return samples, ops.cast(labels, samples.features.dtype)

    def get_config(self) -> dict[str, Any]:
        """Arguments that rebuild this loss."""
        return {
            **super().get_config(),
            "num_classes": self.num_classes,
            "feature_dim": self.feature_dim,
            "rate": self.rate,
        }

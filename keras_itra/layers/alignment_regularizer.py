"""Alignment inside any functional model, through `add_loss`."""

from typing import Any

import keras
from keras import ops

from keras_itra.distribution import one_list_of_replicas
from keras_itra.losses import FeatureLoss, ITRAAlignment
from keras_itra.typing import Tensor
from keras_itra.validation import require, require_number


@keras.saving.register_keras_serializable(package="keras_itra")
class AlignmentRegularizer(keras.layers.Layer):
    """Passes features through and adds a feature loss during training.

    Put it behind the feature layer of a functional model that has the labels
    as an input, or without labels with `mode="marginal"`. Feed it paired
    mini-batches (`keras_itra.data.pair_batches`): S1 in even rows, S2 in odd
    rows.

    Args:
        loss: A `keras_itra.losses.FeatureLoss`. Defaults to
            `ITRAAlignment()`.
        weight: Weight of the loss, >= 0. Defaults to 0.6.
        **kwargs: Of `keras.layers.Layer`.

    Call arguments:
        features: `(batch, ...)`.
        labels: `(batch,)`, `(batch, 1)` or `(batch, num_classes)`; may be
            left out when the loss does not use them.
        training: The loss is added in training only.

    Raises:
        ValueError: For arguments outside their domain.

    Example:

    ```python
    import keras
    import keras_itra

    image = keras.Input((28, 28, 1), name="image")
    label = keras.Input((), dtype="int32", name="label")
    h = keras.layers.Flatten()(image)
    h = keras.layers.Dense(64, activation="relu")(h)
    h = keras_itra.layers.AlignmentRegularizer(weight=0.6)(h, label)
    model = keras.Model([image, label], keras.layers.Dense(10)(h))
    ```
    """

    def __init__(
        self,
        loss: FeatureLoss | None = None,
        weight: float = 0.6,
        **kwargs: Any,
    ) -> None:
        # Half precision would round the labels; the loss is in float32.
        super().__init__(autocast=False, **kwargs)
        self.supports_masking = True
        if isinstance(loss, dict):
            loss = keras.saving.deserialize_keras_object(loss)
        loss = ITRAAlignment() if loss is None else loss
        require(
            isinstance(loss, FeatureLoss),
            "`loss` to be a `keras_itra.losses.FeatureLoss`",
            loss=loss,
        )
        require_number("weight", weight)
        self.loss = loss
        self.weight = weight
        self.loss_layers = loss.layers

    def call(
        self,
        features: Tensor,
        labels: Tensor | None = None,
        training: bool | None = None,
    ) -> Tensor:
        if training:
            if labels is None:
                labels = ops.zeros((ops.shape(features)[0],), dtype="int32")
                require(
                    getattr(self.loss, "mode", None) == "marginal",
                    "`labels`, unless the loss has `mode='marginal'`",
                    loss=type(self.loss).__name__,
                )
            # Not `self.loss(...)`: Keras would divide by the replicas twice.
            value = ops.mean(self.loss.call(labels, features))
            with one_list_of_replicas() as share:
                self.add_loss(share(self.weight * value))
        return features

    def compute_output_spec(
        self, features: Any, labels: Any = None, training: Any = None
    ) -> Any:
        return keras.KerasTensor(features.shape, dtype=features.dtype)

    def get_config(self) -> dict[str, Any]:
        """Arguments that rebuild this layer."""
        return {
            **super().get_config(),
            "loss": keras.saving.serialize_keras_object(self.loss),
            "weight": self.weight,
        }

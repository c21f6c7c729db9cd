"""A loss on a projection of the features."""

from typing import Any

import keras

from keras_itra.discrepancies.terms import Terms
from keras_itra.kernels import as_features
from keras_itra.losses import FeatureLoss
from keras_itra.typing import Tensor
from keras_itra.validation import require, require_integer


def projection_head(feature_dim: int, width: int) -> keras.Sequential:
    """The usual head of contrastive learning.

    ```
    h -> V relu(W h + b) + c
    ```

    Args:
        feature_dim: Width d of the features, and of the hidden layer.
        width: Width of the projection.

    Returns:
        A float32 model named `projection`.

    Raises:
        ValueError: For widths that are no positive integers.
    """
    require_integer("feature_dim", feature_dim, minimum=1)
    require_integer("width", width, minimum=1)
    return keras.Sequential(
        [
            keras.Input((feature_dim,)),
            keras.layers.Dense(feature_dim, activation="relu", dtype="float32"),
            keras.layers.Dense(width, dtype="float32"),
        ],
        name="projection",
    )


@keras.saving.register_keras_serializable(package="keras_itra")
class Projected(FeatureLoss):
    """Applies a loss to a trained projection of the features.

    The projection serves the loss alone and is no part of the classifier. It
    is tracked, trained and saved by the `ITRAModel` that is given the loss; a
    plain `compile` would leave it untrained.

    Args:
        loss: The `FeatureLoss` to apply; its name is also this one's.
        projection: A built layer or model from `(batch, d)` to
            `(batch, width)`.

    Raises:
        ValueError: For arguments of another kind, or a projection without
            weights to track yet.

    Example:

    ```python
    import keras
    from keras_itra import ITRAModel
    from keras_itra.experiments.rivals import (
        Projected,
        SupervisedContrastive,
        linear_on_frozen,
        projection_head,
    )

    classifier = keras.Sequential(
        [
            keras.Input((8,)),
            keras.layers.Dense(16, activation="relu", name="features"),
            keras.layers.Dense(3),
        ]
    )
    model = ITRAModel.from_model(
        linear_on_frozen(classifier),
        feature_layer="features",
        alignment=Projected(SupervisedContrastive(), projection_head(16, 8)),
        alignment_weight=1.0,
        pairing="none",
    )
    ```

    Reference:
        Khosla et al., Supervised Contrastive Learning, NeurIPS 2020, 3.1.
    """

    def __init__(self, loss: FeatureLoss, projection: keras.Layer) -> None:
        require(
            isinstance(loss, FeatureLoss),
            "`loss` to be a `keras_itra.losses.FeatureLoss`",
            loss=loss,
        )
        require(
            isinstance(projection, keras.Layer) and projection.built,
            "`projection` to be a built `keras.Layer`",
            projection=projection,
        )
        super().__init__(name=loss.name, gather=loss.gather)
        self.loss = loss
        self.projection = projection
        self.uses_classes = loss.uses_classes

    @property
    def layers(self) -> list[keras.layers.Layer]:
        """The projection, and the layers of the loss."""
        return [self.projection, *self.loss.layers]

    def for_classes(self, num_classes: int) -> "Projected":
        """This projection, with the loss told the number of classes."""
        return Projected(self.loss.for_classes(num_classes), self.projection)

    def terms(
        self,
        labels: Tensor,
        features: Tensor,
        sample_weight: Tensor | None = None,
    ) -> Terms:
        features = self.projection(as_features(features))
        return self.loss.terms(labels, features, sample_weight)

    def update(
        self,
        labels: Tensor,
        features: Tensor,
        sample_weight: Tensor | None = None,
    ) -> None:
        """Move the state of the loss."""
        features = self.projection(as_features(features))
        self.loss.update(labels, features, sample_weight)

    def get_config(self) -> dict[str, Any]:
        """Arguments that rebuild this loss."""
        serialize = keras.saving.serialize_keras_object
        return {
            "loss": serialize(self.loss),
            "projection": serialize(self.projection),
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "Projected":
        """Rebuild a loss from `get_config`; the weights are new."""
        rebuild = keras.saving.deserialize_keras_object
        return cls(**{name: rebuild(value) for name, value in config.items()})

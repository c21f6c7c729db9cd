"""A subclass of `ITRAModel` without what only training needs."""

from typing import Any, Self

import keras

from keras_itra.typing import Tensor


@keras.saving.register_keras_serializable(package="keras_itra")
class Classification(keras.layers.Layer):
    """From inputs to logits through the two parts of a model, as one layer.

    A functional model of their layers would not hold the weights that a
    subclass has itself.

    Args:
        model: The `ITRAModel`, whose weights are shared.
        **kwargs: Of `keras.layers.Layer`.
    """

    def __init__(self, model: Any, **kwargs: Any) -> None:
        super().__init__(**{"dtype": model.dtype_policy, **kwargs})
        self.model = model

    def call(self, x: Any, training: bool | None = None) -> Tensor:
        features = self.model.extract_features(x, training=training)
        return self.model.classify(features, training=training)

    @property
    def metrics(self) -> list[Any]:
        """None: those of the model measure its own training."""
        return []

    def get_config(self) -> dict[str, Any]:
        """Arguments that rebuild this layer."""
        model = keras.saving.serialize_keras_object(self.model)
        model.pop("compile_config", None)
        return {**super().get_config(), "model": model}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        """Rebuild a layer from `get_config`."""
        model = keras.saving.deserialize_keras_object(config["model"])
        return cls(**{**config, "model": model})


def has_own_weights(model: Any) -> bool:
    """Whether a subclass of `ITRAModel` has weights that no layer holds."""
    known = [model.alignment_weight]
    for layer in model.layers:
        known += layer.weights
    return len({id(w) for w in model.weights} - {id(w) for w in known}) > 0

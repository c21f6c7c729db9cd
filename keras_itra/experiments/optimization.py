"""Optimizer, schedule and supervised loss of every method."""

from typing import Any

import keras

from keras_itra.experiments.methods import Recipe
from keras_itra.experiments.protocol import Protocol

MOMENTUM = 0.9


def make_optimizer(
    recipe: Recipe, protocol: Protocol, steps_per_epoch: int
) -> keras.optimizers.Optimizer:
    """SGD with momentum 0.9, a cosine to rate 0 and the recipe's decay.

    Args:
        recipe: Weight decay; it leaves biases and batch norm alone.
        protocol: Base rate and epochs.
        steps_per_epoch: Steps of one epoch.

    Returns:
        The optimizer.
    """
    optimizer = keras.optimizers.SGD(
        keras.optimizers.schedules.CosineDecay(
            protocol.learning_rate, protocol.epochs * steps_per_epoch
        ),
        momentum=MOMENTUM,
        weight_decay=recipe.weight_decay or None,
    )
    optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    return optimizer


class SmoothedCrossEntropy(keras.losses.Loss):
    """Cross-entropy of logits against smoothed integer labels.

    ```
    target_k = (1 - label_smoothing) [k = label] + label_smoothing / K
    ```

    Args:
        label_smoothing: Share spread evenly over the K classes; 0 is plain
            cross-entropy.
    """

    def __init__(self, label_smoothing: float) -> None:
        super().__init__(name="cross_entropy")
        self.label_smoothing = label_smoothing

    def call(self, y_true: Any, y_pred: Any) -> Any:
        labels = keras.ops.cast(keras.ops.reshape(y_true, (-1,)), "int32")
        return keras.losses.categorical_crossentropy(
            keras.ops.one_hot(labels, y_pred.shape[-1]),
            y_pred,
            from_logits=True,
            label_smoothing=self.label_smoothing,
        )

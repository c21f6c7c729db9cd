"""Optimizer, schedule and supervised loss of every method."""

from typing import Any

import keras

from keras_itra.experiments.protocol import Protocol
from keras_itra.experiments.recipes import Recipe

NOT_DECAYED = ["bias", "gamma", "beta"]
"""Biases and the parameters of normalisation keep out of weight decay."""


def make_optimizer(
    recipe: Recipe, protocol: Protocol, steps_per_epoch: int
) -> keras.optimizers.Optimizer:
    """The optimizer of a run.

    Args:
        recipe: Its weight decay goes before that of the protocol.
        protocol: Kind of optimizer, rate and schedule.
        steps_per_epoch: Steps of one epoch.

    Returns:
        The optimizer; weight decay leaves biases and normalisation alone.
    """
    rate = _schedule(protocol, recipe.passes * protocol.epochs, steps_per_epoch)
    decay = recipe.weight_decay or protocol.weight_decay or None
    if protocol.optimizer == "adamw":
        # Without decay it is Adam; AdamW of Keras decays unless told not to.
        optimizer = keras.optimizers.AdamW(rate, weight_decay=decay or 0.0)
    else:
        optimizer = keras.optimizers.SGD(
            rate, momentum=protocol.momentum, weight_decay=decay
        )
    optimizer.exclude_from_weight_decay(var_names=NOT_DECAYED)
    return optimizer


def _schedule(
    protocol: Protocol, epochs: int, steps_per_epoch: int
) -> keras.optimizers.schedules.LearningRateSchedule:
    schedules = keras.optimizers.schedules
    rate, steps = protocol.learning_rate, epochs * steps_per_epoch
    if protocol.drops:
        stretch = steps // protocol.epochs
        return schedules.PiecewiseConstantDecay(
            # The rate changes after the boundary, hence the step before.
            [drop * stretch - 1 for drop in protocol.drops],
            [rate * protocol.drop**k for k in range(len(protocol.drops) + 1)],
        )
    warmup = round(protocol.warmup * steps)
    if not warmup:
        return schedules.CosineDecay(rate, steps)
    return schedules.CosineDecay(
        0.0, steps - warmup, warmup_target=rate, warmup_steps=warmup
    )


class SmoothedCrossEntropy(keras.losses.Loss):
    """Cross-entropy of logits against smoothed labels.

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
        return keras.losses.categorical_crossentropy(
            class_shares(y_true, y_pred),
            y_pred,
            from_logits=True,
            label_smoothing=self.label_smoothing,
        )


def class_shares(y_true: Any, logits: Any) -> Any:
    """Integer labels as one-hot rows; rows of shares (mixup) as they are.

    Args:
        y_true: (n,) or (n, 1) integers, or (n, K).
        logits: (n, K).

    Returns:
        (n, K).
    """
    classes = logits.shape[-1]
    if len(y_true.shape) == 2 and y_true.shape[-1] == classes:
        return y_true
    labels = keras.ops.cast(keras.ops.reshape(y_true, (-1,)), "int32")
    return keras.ops.one_hot(labels, classes)


def make_metrics() -> list[keras.metrics.Metric]:
    """Cross-entropy and accuracy, of integer labels or shares."""

    def accuracy(y_true: Any, y_pred: Any) -> Any:
        labels = keras.ops.argmax(class_shares(y_true, y_pred), axis=-1)
        hits = keras.ops.equal(labels, keras.ops.argmax(y_pred, axis=-1))
        return keras.ops.cast(hits, "float32")

    return [
        keras.metrics.MeanMetricWrapper(
            SmoothedCrossEntropy(0.0).call, name="cross_entropy"
        ),
        keras.metrics.MeanMetricWrapper(accuracy, name="accuracy"),
    ]

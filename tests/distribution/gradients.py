"""Loss and gradients of one mini-batch, on one replica or on several."""

from tests.distribution.logical_devices import scope_of

import keras  # isort: skip
import numpy as np
import tensorflow as tf

from keras_itra import ITRAModel
from keras_itra.distribution.shards import distribute
from tests.distribution import networks


def model_of(strategy, policy="float32", num_classes=3, **options):
    """An `ITRAModel` of that dtype policy, with weights by a fixed seed."""
    keras.config.set_dtype_policy(policy)
    keras.utils.set_random_seed(0)
    optimizer = keras.optimizers.SGD
    with scope_of(strategy):
        model = ITRAModel.from_model(
            networks.perceptron(num_classes), seed=0, **options
        )
        if policy == "mixed_float16":
            optimizer = scaled
        networks.compiled(model, optimizer=optimizer(0.1))
        model(networks.draw()[0][:2])
    keras.config.set_dtype_policy("float32")
    return model


def scaled(rate):
    return keras.optimizers.LossScaleOptimizer(
        keras.optimizers.SGD(rate), initial_scale=2.0**8
    )


def loss_and_gradients(model, batch, strategy=None):
    """What a step logs, and the gradients that it applies.

    Args:
        model: From `model_of`.
        batch: The global mini-batch `(x, y)` or `(x, y, sample_weight)`.
        strategy: What the model was made under.

    Returns:
        Dict of logs; list of gradients, added up over the replicas.
    """

    def step(x, y, sample_weight=None):
        with tf.GradientTape() as tape:
            outputs = model(x, training=True)
            loss = model.compute_loss(x, y, outputs, sample_weight)
            loss = model.optimizer.scale_loss(loss)
        return loss, tape.gradient(loss, model.trainable_variables)

    model.reset_metrics()
    if strategy is None:
        parts = [step(*map(tf.convert_to_tensor, batch))]
    else:
        data = tf.data.Dataset.from_tensors(batch)
        shards = next(iter(distribute(data, strategy, unit=2)))
        loss, gradients = strategy.run(step, args=shards)
        local = strategy.experimental_local_results
        gradients = zip(*map(local, gradients), strict=True)
        parts = zip(local(loss), gradients, strict=True)
    scale = float(model.optimizer.scale_loss(1.0))
    losses, gradients = zip(*parts, strict=True)
    logs = {
        name: float(value)
        for name, value in model.training_logs.result().items()
    }
    logs["loss"] = sum(map(float, losses)) / scale
    return logs, [
        sum(np.array(part, "float64") for part in replicas) / scale
        for replicas in zip(*gradients, strict=True)
    ]


def difference(found, expected):
    """Largest difference, relative to the largest value of the tensor."""
    return max(
        float(np.abs(a - b).max() / max(np.abs(b).max(), 1e-6))
        for a, b in zip(found, expected, strict=True)
    )

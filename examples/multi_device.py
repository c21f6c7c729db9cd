"""Train on all devices of this machine with `MirroredStrategy`.

Without two GPUs the CPU is divided into logical devices, which shows what
happens and saves no time.
"""

import argparse

import keras
import tensorflow as tf

import keras_itra
from keras_itra import datasets

BATCH = 128

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--epochs", type=int, default=10)
parser.add_argument("--devices", type=int, default=2, help="without GPUs")
options = parser.parse_args()

if len(tf.config.list_physical_devices("GPU")) > 1:
    strategy = tf.distribute.MirroredStrategy()
else:
    # Before anything else of TensorFlow.
    (cpu, *_) = tf.config.list_physical_devices("CPU")
    device = tf.config.LogicalDeviceConfiguration()
    tf.config.set_logical_device_configuration(cpu, [device] * options.devices)
    strategy = tf.distribute.MirroredStrategy(
        [f"CPU:{index}" for index in range(options.devices)]
    )
data = datasets.load("digits")


def train(strategy):
    """One training; the strategy is all that differs."""
    keras.utils.set_random_seed(0)
    with strategy.scope():  # the classifier, its alignment and the optimizer
        image = keras.Input((8, 8, 1))
        h = keras.layers.Flatten()(image)
        h = keras.layers.Dense(64, activation="relu")(h)
        logits = keras.layers.Dense(data.num_classes)(h)
        model = keras_itra.ITRAModel.from_model(
            keras.Model(image, logits), seed=0
        )
        model.compile(
            optimizer=keras.optimizers.SGD(0.05, momentum=0.9),
            loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
            metrics=["accuracy"],
        )
    # `batch_size` is that of all devices together.
    history = model.fit(
        data.x_train,
        data.y_train,
        batch_size=BATCH,
        epochs=options.epochs,
        verbose=0,
    ).history
    loss, accuracy = model.evaluate(data.x_test, data.y_test, verbose=0)
    print(
        f"{strategy.num_replicas_in_sync} device(s): alignment "
        f"{history['alignment'][-1]:.6f}, test cross-entropy {loss:.6f}, "
        f"accuracy {accuracy:.3f}"
    )
    return model


several = train(strategy)
one = train(
    tf.distribute.OneDeviceStrategy(strategy.extended.worker_devices[0])
)

# The alignment is that of the global mini-batch, whatever the devices.
difference = max(
    float(abs(a - b).max())
    for a, b in zip(several.get_weights(), one.get_weights(), strict=True)
)
print(f"largest difference between their weights: {difference:.1e}")

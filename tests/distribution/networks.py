"""Smooth networks without dropout, so that equal steps give equal weights."""

import keras
import numpy as np
import tensorflow as tf

from keras_itra import ITRAModel
from keras_itra.layers import AlignmentRegularizer
from keras_itra.losses import ITRAAlignment

NUM_CLASSES = 3
WIDTH = 5
FEATURES = 8


def draw(rows=39, counts=None):
    """Overlapping classes; of the given sizes in order, or shuffled."""
    rng = np.random.default_rng(0)
    y = rng.permutation(np.arange(rows) % NUM_CLASSES)
    if counts is not None:
        y = np.repeat(np.arange(NUM_CLASSES), counts)
    x = rng.normal(size=(len(y), WIDTH)) + y[:, None]
    return x.astype("float32"), y.astype("int32")


def perceptron(num_classes=NUM_CLASSES, **options):
    return keras.Sequential(
        [
            keras.Input((WIDTH,)),
            keras.layers.Dense(FEATURES, "tanh", **options),
            keras.layers.Dense(num_classes),
        ]
    )


def regularized():
    """Penalties of the weights, and of the rows of each replica."""
    return perceptron(kernel_regularizer="l2", activity_regularizer="l2")


def batch_normalized():
    return keras.Sequential(
        [
            keras.Input((WIDTH,)),
            keras.layers.Dense(FEATURES, use_bias=False),
            keras.layers.BatchNormalization(synchronized=True),
            keras.layers.Activation("tanh"),
            keras.layers.Dense(NUM_CLASSES),
        ]
    )


def tokens():
    """A class for each step of a sequence; steps of token 0 are masked."""
    inputs = keras.Input((WIDTH,), dtype="int32")
    h = keras.layers.Embedding(9, 4, mask_zero=True)(inputs)
    h = keras.layers.Dense(FEATURES, "tanh")(h)
    return keras.Model(inputs, keras.layers.Dense(NUM_CLASSES)(h))


class Subclass(ITRAModel):
    def __init__(self, **options):
        super().__init__(**options)
        self.hidden = keras.layers.Dense(FEATURES, "tanh")
        self.head = keras.layers.Dense(NUM_CLASSES)

    def extract_features(self, x, training=None):
        return self.hidden(x)

    def classify(self, features, training=None):
        return self.head(features)


def cross_entropy():
    return keras.losses.SparseCategoricalCrossentropy(from_logits=True)


def compiled(model, **options):
    defaults = {
        "optimizer": keras.optimizers.SGD(0.1),
        "loss": cross_entropy(),
        "metrics": ["accuracy"],
        # One replica is the reference: tracing it would take longer.
        "run_eagerly": not tf.distribute.has_strategy(),
    }
    model.compile(**{**defaults, **options})
    return model


def with_two_outputs(alignment=None):
    """A plain Keras model with the alignment among its compiled losses."""
    inputs = keras.Input((WIDTH,))
    h = keras.layers.Dense(FEATURES, "tanh")(inputs)
    logits = keras.layers.Dense(NUM_CLASSES)(h)
    model = keras.Model(inputs, {"logits": logits, "features": h})
    alignment = ITRAAlignment() if alignment is None else alignment
    return compiled(
        model,
        loss={"logits": cross_entropy(), "features": alignment},
        loss_weights={"logits": 1.0, "features": 0.6},
        metrics={"logits": "accuracy"},
    )


def with_regularizer():
    """A plain Keras model whose labels are an input as well."""
    inputs = keras.Input((WIDTH,), name="x")
    labels = keras.Input((), dtype="int32", name="labels")
    h = keras.layers.Dense(FEATURES, "tanh")(inputs)
    h = AlignmentRegularizer()(h, labels)
    logits = keras.layers.Dense(NUM_CLASSES)(h)
    return compiled(keras.Model({"x": inputs, "labels": labels}, logits))

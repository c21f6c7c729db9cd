"""A network that users compile themselves with a loss on its features."""

import keras
import numpy as np

from keras_itra.losses import ITRAAlignment
from tests.models.cases import EAGER

NUM_CLASSES = 3
WIDTH = 6


def problem(rows=22, one_hot=False):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(rows, 4)).astype("float32")
    y = rng.integers(0, NUM_CLASSES, rows)
    return x, keras.utils.to_categorical(y, NUM_CLASSES) if one_hot else y


def cross_entropy(one_hot=False):
    if one_hot:
        return keras.losses.CategoricalCrossentropy(from_logits=True)
    return keras.losses.SparseCategoricalCrossentropy(from_logits=True)


def network(loss=None, weight=0.6, one_hot=False, run_eagerly=EAGER):
    """Compiled, with the outputs "logits" and "features"."""
    inputs = keras.Input((4,))
    h = keras.layers.Dense(WIDTH, activation="tanh")(inputs)
    logits = keras.layers.Dense(NUM_CLASSES)(h)
    net = keras.Model(inputs, {"logits": logits, "features": h})
    net.compile(
        optimizer=keras.optimizers.SGD(0.1, momentum=0.9),
        loss={
            "logits": cross_entropy(one_hot),
            "features": ITRAAlignment() if loss is None else loss,
        },
        loss_weights={"logits": 1.0, "features": weight},
        run_eagerly=run_eagerly,
    )
    return net


def classifier_of(net, one_hot=False):
    """A plain classifier with a copy of its weights, compiled alike."""
    plain = keras.Model(net.inputs, net.output["logits"])
    plain = keras.models.clone_model(plain)
    plain.set_weights(net.get_weights())
    plain.compile(
        optimizer=keras.optimizers.SGD(0.1, momentum=0.9),
        loss=cross_entropy(one_hot),
        run_eagerly=net.run_eagerly,
    )
    return plain

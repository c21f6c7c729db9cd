"""Mini-batches for the rivals, ordinary ones and degenerate ones."""

import keras
import numpy as np

LABELS = np.array([0, 1, 0, 2, 1, 0, 3, 1])  # 2 and 3 have one row each
WEIGHTS = np.array([1, 0.5, 2, 1, 0, 3, 0, 1], "float32")


def draw(seed=0, width=3):
    """Features of the rows of `LABELS`."""
    rng = np.random.default_rng(seed)
    return rng.normal(size=(len(LABELS), width)).astype("float32")


def with_zero_row():
    features = draw()
    features[2] = 0
    return features


#: Name: labels, features. No loss may be infinite or NaN on any of them.
DEGENERATE = {
    "one row": (LABELS[:1], draw()[:1]),
    "one class": (np.zeros(8, int), draw()),
    "classes of one row": (np.arange(8), draw()),
    "coinciding": (LABELS, np.ones((8, 3), "float32")),
    "opposite": (LABELS, draw()[:1] * np.where(LABELS % 2, 1, -1)[:, None]),
    "a row of zeros": (LABELS, with_zero_row()),
    "zeros": (LABELS, np.zeros((8, 3), "float32")),
    "huge": (LABELS, draw() * np.float32(1e30)),
    "tiny": (LABELS, draw() * np.float32(1e-20)),
}


def unit(features):
    """Rows of length 1 in float64; rows of zeros stay."""
    features = np.asarray(features, "float64")
    lengths = np.linalg.norm(features, axis=1, keepdims=True)
    return features / np.where(lengths > 0, lengths, 1)


def classifier():
    """A perceptron with a layer `features`, and dropout behind it."""
    return keras.Sequential(
        [
            keras.Input((5,)),
            keras.layers.Dense(8, activation="relu", name="features"),
            keras.layers.Dropout(0.1),
            keras.layers.Dense(3, name="logits"),
        ]
    )


def cross_entropy():
    return keras.losses.SparseCategoricalCrossentropy(from_logits=True)


def compiled(model):
    model.compile(
        keras.optimizers.SGD(0.2), cross_entropy(), metrics=["accuracy"]
    )
    return model


def three_classes(rows=240):
    """Rows of three classes that a perceptron can tell apart."""
    rng = np.random.default_rng(0)
    y = np.arange(rows) % 3
    x = rng.normal(size=(rows, 5)) + 3 * np.eye(5)[y]
    return x.astype("float32"), y

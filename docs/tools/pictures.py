"""Draw the pictures that belong to no experiment.

    python docs/tools/pictures.py

Features of the embedded digits, trained for a minute: offline and always the
same seed.
"""

from pathlib import Path
from typing import Any

import keras
import numpy as np

import keras_itra
from keras_itra import datasets, diagnostics, metrics, plots

PICTURES = Path(__file__).parents[1] / "pictures"
ROWS = 50
EPOCHS = 30


def train(data: datasets.Dataset, weight: float) -> keras_itra.ITRAModel:
    """A perceptron on the digits; weight 0 is plain SGD."""
    keras.utils.set_random_seed(0)
    image = keras.Input(data.x_train.shape[1:])
    h = keras.layers.Flatten()(image)
    h = keras.layers.Dense(64, activation="relu")(h)
    logits = keras.layers.Dense(data.num_classes)(h)
    model = keras_itra.ITRAModel.from_model(
        keras.Model(image, logits), alignment_weight=weight, seed=0
    )
    model.compile(
        keras.optimizers.SGD(0.1, momentum=0.9),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    model.fit(
        data.x_train, data.y_train, batch_size=ROWS, epochs=EPOCHS, verbose=0
    )
    return model


def draw_features(data: datasets.Dataset, features: dict[str, Any]) -> None:
    """Features of all test rows, without and with alignment."""
    labels = data.y_test
    panels = {
        f"{name}: scatter {metrics.scatter(h, labels):.2f}": (h, labels)
        for name, h in features.items()
    }
    plots.feature_map(panels).savefig(PICTURES / "features.png")


def draw_pulls(data: datasets.Dataset, features: Any) -> None:
    """What two mini-batches of three classes do to each other's features."""
    of_class = [np.flatnonzero(data.y_test == k) for k in (0, 1, 2)]
    first, second = (
        np.concatenate([rows[start:20:2] for rows in of_class])
        for start in (0, 1)
    )
    h1, h2 = features[first], features[second]
    pulls = diagnostics.feature_pulls(
        h1, h2, data.y_test[first], data.y_test[second]
    )
    plots.pull_map(h1, h2, pulls, row=12).savefig(PICTURES / "pulls.png")


def main() -> None:
    """Train, and draw."""
    PICTURES.mkdir(exist_ok=True)
    data = datasets.load("digits")
    features = {
        name: train(data, weight).feature_model.predict(data.x_test, verbose=0)
        for name, weight in (("plain SGD", 0.0), ("ITRA-c", 0.6))
    }
    draw_features(data, features)
    draw_pulls(data, features["plain SGD"])


if __name__ == "__main__":
    main()

"""Trains every kind of `ITRAModel`; what came out must not depend on Keras's
backend.

`python -m tests.backends.training FOLDER` in a process of its own. Models that
lie in FOLDER are loaded and trained on as well; otherwise some are saved there.
"""

import json
import sys
from pathlib import Path

import keras
import numpy as np

from keras_itra import ITRAModel
from keras_itra.losses import CenterLoss, WithinClassSpread
from tests.models.cases import (
    EAGER,
    NUM_CLASSES,
    batch_normalized,
    compiled,
    draw,
    fit,
    one_hot,
    perceptron,
)
from tests.models.subclasses import Wide
from tests.models.test_paired_fit import Slices, as_dataset

ROWS, BATCH = 40, 8  # one shape: JAX compiles for each


def with_fixed_weights(model):
    """The same initial weights on every backend, whose generators differ."""
    rng = np.random.default_rng(0)
    for weight in model.trainable_weights:
        weight.assign(0.5 * rng.normal(size=weight.shape))
    return model


def wrapped(classifier=None, **options):
    classifier = with_fixed_weights(classifier or perceptron())
    model = ITRAModel.from_model(classifier, seed=0, **options)
    return compiled(model, run_eagerly=False)


def subclassed():
    centers = CenterLoss(NUM_CLASSES, 7)
    model = Wide(7, pairing="none", alignment=centers, seed=0)
    compiled(model, run_eagerly=False)
    model(draw(2)[0])
    return with_fixed_weights(model)


def scheduled():
    return wrapped(
        batch_normalized(),
        forward="separate",
        alignment_weight=keras.optimizers.schedules.CosineDecay(0.6, 10),
    )


def of_one_hot():
    loss = keras.losses.CategoricalCrossentropy(from_logits=True)
    return compiled(wrapped(), loss=loss)


#: Models, each with what it is trained on.
CASES = {
    "one-hot": (of_one_hot, "tf.data"),
    "schedule": (scheduled, "weighted arrays"),
    "split": (
        lambda: wrapped(pairing="split", alignment=WithinClassSpread()),
        "PyDataset",
    ),
}

#: Those that are saved after an epoch; every backend trains on from there.
SAVED = {
    "queue": (lambda: wrapped(pairing="queue", memory_size=12), "arrays"),
    "centers, subclass": (subclassed, "arrays"),
}


def train(model, data, **options):
    """Logs of two epochs and of `evaluate`."""
    model.run_eagerly = EAGER  # which a file does not keep: JAX compiles
    x, y = draw(ROWS)
    options = {"epochs": 2, **options}
    if data == "tf.data":
        logs = fit(model, as_dataset(x, one_hot(y)), **options)
        y = one_hot(y)
    elif data == "PyDataset":
        logs = fit(model, Slices(x, y, BATCH), shuffle=False, **options)
    else:
        weight = np.linspace(0, 2, ROWS, dtype="float32")
        if data == "weighted arrays":
            options["sample_weight"] = weight
        logs = fit(model, x, y, batch_size=BATCH, **options)
    logs["evaluate"] = model.evaluate(x, y, batch_size=BATCH, verbose=0)
    return {name: np.asarray(log).tolist() for name, log in logs.items()}


def main(folder):
    report = {}
    for name, (make, data) in CASES.items():
        report[name] = train(make(), data)
    saves = not list(folder.glob("*.keras"))
    for name, (make, data) in SAVED.items():
        path = folder / f"{name}.keras"
        if saves:
            model = make()
            train(model, data, epochs=1)
            model.save(path)
        model = keras.models.load_model(path)
        report[f"{name}, loaded"] = train(model, data, initial_epoch=1)
    print(json.dumps(report))


if __name__ == "__main__":
    main(Path(sys.argv[1]))

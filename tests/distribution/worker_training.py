"""What a worker trains: `python -m tests.distribution.worker_training DIR`.

Without `TF_CONFIG` it is the only process of a training without strategy.
Writes what came out to `DIR/INDEX.npz`.
"""

import contextlib
import os
import sys
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from keras_itra.losses import CenterLoss
from tests.models.cases import draw, fit, wrapped


class Worker:
    """Trains alone or with others, and keeps what came out.

    Attributes:
        index: Which of the workers it is.
        found: Arrays by name.
        validation: What all of them evaluate.
    """

    validation = draw(17, seed=1)

    def __init__(self):
        self.strategy = None
        self.index = 0
        if "TF_CONFIG" in os.environ:
            self.strategy = tf.distribute.MultiWorkerMirroredStrategy()
            self.index = self.strategy.cluster_resolver.task_id
        self.found = {}

    def model(self, make=wrapped, policy="float32"):
        keras.config.set_dtype_policy(policy)
        keras.utils.set_random_seed(0)
        scope = self.strategy.scope() if self.strategy else None
        with scope or contextlib.nullcontext():
            model = make()
        # Workers trace their steps, as those of users do.
        model.run_eagerly = self.strategy is None
        return model

    def fit(self, name, model, *data, **options):
        history = fit(model, *data, **options)
        self.keep(name, **{f"history/{key}": history[key] for key in history})
        for index, weight in enumerate(model.weights):
            self.keep(name, **{f"weights/{index}": weight})

    def keep(self, name, **values):
        for key, value in values.items():
            self.found[f"{name}/{key}"] = np.asarray(
                keras.tree.map_structure(keras.ops.convert_to_numpy, value)
            )


def train(worker, folder=None):
    # 37 rows in mini-batches of 8: the last five pairs are shared unevenly.
    x, y = draw(37)
    model = worker.model()
    worker.fit(
        "arrays",
        model,
        *(x, y),
        batch_size=8,
        epochs=2,
        validation_data=worker.validation,
    )
    # A last mini-batch of one row leaves workers without any.
    worker.keep(
        "arrays",
        evaluated=model.evaluate(*worker.validation, batch_size=8, verbose=0),
        predicted=model.predict(worker.validation[0], batch_size=8, verbose=0),
    )
    # All workers save; the chief's file is the one to keep.
    if worker.strategy:
        model.save(folder / f"model{worker.index}.keras")

    stream = tf.data.Dataset.from_tensor_slices((x, y)).batch(8)
    centers = worker.model(
        lambda: wrapped(alignment=CenterLoss(3, 8), pairing="none")
    )
    worker.fit("stream", centers, stream)

    half = worker.model(policy="mixed_float16")
    worker.fit("float16", half, x, y, batch_size=8)


def disagree(worker):
    """Every worker must get the error, in time and for what is wrong."""
    x, y = draw(16)
    mine = x + worker.index

    def refusal(*data, seed=0, **options):
        model = worker.model(lambda: wrapped(seed=seed))
        try:
            fit(model, *data, batch_size=8, **options)
        except ValueError as error:
            return str(error)
        return ""

    worker.keep(
        "refused",
        seed=refusal(x, y, seed=worker.index),
        epochs=refusal(x, y, epochs=1 + worker.index),
        first_batch=refusal(mine, y),
        validation_arrays=refusal(x, y, validation_data=(mine, y)),
    )


def main(folder):
    worker = Worker()
    train(worker, folder)
    if worker.strategy:
        disagree(worker)
    np.savez(folder / f"{worker.index}.npz", **worker.found)


if __name__ == "__main__":
    main(Path(sys.argv[1]))

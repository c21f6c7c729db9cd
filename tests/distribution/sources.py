"""Data of every kind, resuming and evaluation on one and several replicas.

`main(REPLICAS)` prints, as JSON, the largest relative differences.
"""

import json
import tempfile

from tests.distribution.logical_devices import mirrored, scope_of

import keras  # isort: skip
import numpy as np
import tensorflow as tf

from keras_itra import ITRAModel
from keras_itra.data import pair_batches
from keras_itra.losses import WithinClassSpread
from tests.data.rows import ArrayBatches
from tests.distribution import networks
from tests.distribution.gradients import difference
from tests.distribution.networks import draw

#: 5 mini-batches, the last one of 6 rows.
ROWS, M = 34, 7


def tf_data():
    return tf.data.Dataset.from_tensor_slices(draw(ROWS)).batch(M)


def of_unknown_length():
    return tf_data().filter(lambda x, y: True)


def py_dataset():
    return ArrayBatches(draw(ROWS), M)


class Twins:
    """Models of equal weights, on one replica and on several."""

    def __init__(self, strategy):
        self.strategy = strategy
        self.initial = networks.perceptron().get_weights()

    def make(self, strategy, **options):
        with scope_of(strategy):
            classifier = networks.perceptron()
            classifier.set_weights(self.initial)
            return networks.compiled(
                ITRAModel.from_model(classifier, seed=0, **options)
            )

    def difference(self, use, **options):
        """Of what `use` makes of either model, a list of arrays."""
        one, several = (
            use(self.make(strategy, **options))
            for strategy in (None, self.strategy)
        )
        return difference(several, one)


def fit(make, **arguments):
    """Trains; the weights, and the losses of the epochs."""

    def use(model):
        data = make()
        data = data if isinstance(data, tuple) else (data,)
        history = model.fit(
            *data, **{"verbose": 0, "epochs": 2, **arguments}
        ).history
        validated = [np.array(history[n]) for n in history if "val_" in n]
        losses = [np.array(history["loss"]), *validated]
        return [*losses, *model.inference_model().get_weights()]

    return use


def resume(make, **arguments):
    """Trains with a `BackupAndRestore`, which a crash interrupts."""

    def use(model):
        with tempfile.TemporaryDirectory() as folder:

            def crash(epoch, logs):
                if epoch == 1:
                    raise KeyboardInterrupt

            stop = keras.callbacks.LambdaCallback(on_epoch_begin=crash)
            for stops in ([stop], []):
                backup = keras.callbacks.BackupAndRestore(folder + "/backup")
                try:
                    result = fit(make, callbacks=[backup, *stops], **arguments)(
                        model
                    )
                except KeyboardInterrupt:
                    model.set_weights([0 * w for w in model.get_weights()])
        return result[1:]  # without the losses, which stop half way

    return use


def evaluate(model):
    """Tails that leave a replica without rows."""
    found = []
    for rows in (13, 1):
        x, y = draw(rows)
        found.append(np.array(model.evaluate(x, y, batch_size=6, verbose=0)))
        found.append(model.predict(x, batch_size=6, verbose=0))
        assert len(found[-1]) == rows
    return found


def two_epochs_of(make, **arguments):
    """The epochs one by one, with `initial_epoch`."""

    def use(model):
        fit(make, epochs=1, **arguments)(model)
        return fit(make, initial_epoch=1, **arguments)(model)

    return use


def arrays():
    return draw(ROWS)


CASES = {
    "unknown length, unpaired": (
        fit(of_unknown_length),
        {"pairing": "none", "alignment": WithinClassSpread()},
    ),
    "steps of tf.data": (
        fit(lambda: tf_data().repeat(), steps_per_epoch=3),
        {},
    ),
    "PyDataset, split": (fit(py_dataset), {"pairing": "split"}),
    "arrays, epoch by epoch, validated": (
        two_epochs_of(arrays, batch_size=M, validation_split=0.5),
        {},
    ),
    "resumed tf.data": (resume(tf_data), {}),
    "evaluate": (evaluate, {}),
}


def plain_keras(strategy):
    """Keras cuts the mini-batches of a `pair_batches` stream itself."""
    weights, initial = [], None
    x, y = draw(ROWS)
    # Under a strategy Keras reads a first pass to build the model.
    for scope, initial_epoch in ((None, 1), (strategy, 0)):
        with scope_of(scope):
            model = networks.with_two_outputs()
        initial = initial or model.get_weights()
        model.set_weights(initial)
        stream = pair_batches(
            tf.data.Dataset.from_tensor_slices(
                (x, {"logits": y, "features": y})
            ).batch(6),
            labels="logits",
            supervise=("logits", "first"),
            initial_epoch=initial_epoch,
            shards=6,
        )
        model.fit(stream, epochs=2, verbose=0)
        weights.append(model.get_weights())
    assert difference(weights[0], initial) > 1e-3
    return difference(weights[1], weights[0])


def main(replicas):
    twins = Twins(mirrored(replicas))
    report = {
        name: twins.difference(use, **options)
        for name, (use, options) in CASES.items()
    }
    report["plain Keras"] = plain_keras(twins.strategy)
    print(json.dumps(report))

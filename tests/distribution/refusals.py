"""What several replicas cannot train on, and the sentence that says so.

`main()` prints, as JSON, the error of every case and whether the weights
changed before it was raised.
"""

import json

from tests.distribution.logical_devices import mirrored, scope_of

import keras  # isort: skip
import numpy as np
import tensorflow as tf

from keras_itra import ITRAModel
from keras_itra.losses import ITRAAlignment
from tests.distribution import networks
from tests.distribution.networks import draw

STRATEGY = mirrored(3)


def fit(data=None, scope=STRATEGY, fit=None, options=None, **compiled):
    """A case: builds, compiles and fits."""

    def model_and_fit():
        with scope_of(scope):
            model = ITRAModel.from_model(
                networks.perceptron(), seed=0, **(options or {})
            )
            networks.compiled(
                model,
                **{
                    # Made here, inside of the scope.
                    name: make() if name == "optimizer" else make
                    for name, make in compiled.items()
                },
            )
        rows = draw() if data is None else data
        return model, lambda: model.fit(
            *rows, verbose=0, **{"batch_size": 7, **(fit or {})}
        )

    return model_and_fit


def optimizer_from_outside():
    optimizer = keras.optimizers.SGD(0.1)
    with STRATEGY.scope():
        model = ITRAModel.from_model(networks.perceptron(), seed=0)
    networks.compiled(model, optimizer=optimizer)
    return model, lambda: model.fit(*draw(), batch_size=7, verbose=0)


def classifier_from_outside():
    classifier = networks.perceptron()
    with STRATEGY.scope():
        model = networks.compiled(ITRAModel.from_model(classifier, seed=0))
    return model, lambda: model.fit(*draw(), batch_size=7, verbose=0)


def cross_entropy(reduction):
    return keras.losses.SparseCategoricalCrossentropy(
        from_logits=True, reduction=reduction
    )


def scalar_loss(y, logits):
    return keras.ops.mean(keras.ops.square(logits))


def batches(size, rows=39):
    return tf.data.Dataset.from_tensor_slices(draw(rows)).batch(size)


def distributed():
    return STRATEGY.experimental_distribute_dataset(batches(6))


NO_SIZE = {"batch_size": None}

CASES = {
    "CentralStorageStrategy": fit(
        scope=tf.distribute.experimental.CentralStorageStrategy()
    ),
    "jit_compile": fit(jit_compile=True),
    "steps_per_execution": fit(steps_per_execution=2),
    "gradient accumulation": fit(
        optimizer=lambda: keras.optimizers.SGD(
            0.1, gradient_accumulation_steps=2
        )
    ),
    "scaled gradient accumulation": fit(
        optimizer=lambda: keras.optimizers.LossScaleOptimizer(
            keras.optimizers.SGD(0.1, gradient_accumulation_steps=2)
        )
    ),
    "optimizer from outside": optimizer_from_outside,
    "classifier from outside": classifier_from_outside,
    "generator": fit(
        data=(iter([draw()]),), options={"pairing": "split"}, fit=NO_SIZE
    ),
    "distributed dataset": fit(data=(distributed(),), fit=NO_SIZE),
    "distributed iterator": fit(
        data=(iter(distributed()),), fit=NO_SIZE, options={"pairing": "split"}
    ),
    "last mini-batch": fit(data=draw(37)),
    "last mini-batch, split": fit(
        data=draw(39), fit={"batch_size": 17 * 2}, options={"pairing": "split"}
    ),
    "last mini-batch, unpaired": fit(
        data=draw(37),
        options={"pairing": "none", "alignment": ITRAAlignment("marginal")},
    ),
    "stream": fit(data=(batches(7, 9),), fit=NO_SIZE),
    "sum": fit(loss=cross_entropy("sum")),
    "no reduction": fit(loss=cross_entropy(None)),
    "scalar loss": fit(loss=scalar_loss),
}


def main():
    report = {}
    for name, case in CASES.items():
        model, train = case()
        before = model.get_weights()
        try:
            train()
        except Exception as error:  # the test looks at the message
            message = f"{type(error).__name__}: {error}"
        else:
            message = "trained"
        same = all(map(np.array_equal, before, model.get_weights()))
        report[name] = [message, same]
    print(json.dumps(report))

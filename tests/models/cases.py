"""Small data, small classifiers and what every model here is compiled with."""

import keras
import numpy as np
import pytest

from keras_itra import ITRAModel

NUM_CLASSES = 3
#: Tracing a step takes longer than the few steps that a test trains, except
#: under JAX and PyTorch; `test_execution_modes.py` compares the two ways.
EAGER = keras.backend.backend() == "tensorflow"
#: Keras's `export` of any model fails under PyTorch 2.13.
CAN_EXPORT = keras.backend.backend() != "torch"
TORCH_HAS_NOT = {
    "four steps at once": "Keras takes one step at a time under PyTorch",
    "jit": "PyTorch compiles through deprecated parts of its own",
}
WIDTH = 5


def skip_under_torch(mode):
    """Leave out modes of execution that PyTorch does not have."""
    if keras.backend.backend() == "torch" and mode in TORCH_HAS_NOT:
        pytest.skip(TORCH_HAS_NOT[mode])


def draw(rows=24, seed=0):
    """Rows of three overlapping classes, in no order."""
    rng = np.random.default_rng(seed)
    y = rng.permutation(np.arange(rows) % NUM_CLASSES)
    x = rng.normal(size=(rows, WIDTH)) + y[:, None]
    return x.astype("float32"), y.astype("int32")


def one_hot(y):
    return np.eye(NUM_CLASSES, dtype="float32")[y]


def linear():
    """Features x W, logits h V."""
    return keras.Sequential(
        [
            keras.Input((WIDTH,)),
            keras.layers.Dense(4, use_bias=False, name="hidden"),
            keras.layers.Dense(NUM_CLASSES, use_bias=False, name="logits"),
        ]
    )


def perceptron(outputs=NUM_CLASSES, activation=None, hidden="relu"):
    return keras.Sequential(
        [
            keras.Input((WIDTH,)),
            keras.layers.Dense(8, activation=hidden, name="hidden"),
            keras.layers.Dense(outputs, activation=activation, name="logits"),
        ]
    )


def batch_normalized():
    return keras.Sequential(
        [
            keras.Input((WIDTH,)),
            keras.layers.Dense(8, name="hidden"),
            keras.layers.BatchNormalization(name="normalized"),
            keras.layers.ReLU(name="features"),
            keras.layers.Dense(NUM_CLASSES, name="logits"),
        ]
    )


def cross_entropy():
    return keras.losses.SparseCategoricalCrossentropy(from_logits=True)


def compiled(model, **options):
    defaults = {
        "optimizer": keras.optimizers.SGD(0.1, momentum=0.9),
        "loss": cross_entropy(),
        "metrics": ["accuracy"],
        "run_eagerly": EAGER,
    }
    model.compile(**{**defaults, **options})
    return model


def wrapped(classifier=None, *, run_eagerly=EAGER, **options):
    """A compiled `ITRAModel` around a classifier."""
    classifier = perceptron() if classifier is None else classifier
    model = ITRAModel.from_model(classifier, **{"seed": 0, **options})
    return compiled(model, run_eagerly=run_eagerly)


def copy_of(classifier):
    """The same architecture and weights, not shared."""
    copy = keras.models.clone_model(classifier)
    copy.set_weights(classifier.get_weights())
    return copy


def twins(count=2, **options):
    """Compiled models of equal initial weights."""
    classifier = perceptron()
    return [wrapped(copy_of(classifier), **options) for _ in range(count)]


def fit(model, *data, **options):
    """History of a quiet `fit`, as a dict."""
    return model.fit(*data, verbose=0, **options).history


def assert_same_weights(model, other, rtol=1e-6, atol=1e-6):
    """The trainable weights are equal, in order."""
    for a, b in zip(
        model.trainable_weights, other.trainable_weights, strict=True
    ):
        np.testing.assert_allclose(
            np.array(a), np.array(b), rtol=rtol, atol=atol, err_msg=a.path
        )

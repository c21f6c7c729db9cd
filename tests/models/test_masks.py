"""The mask of a Keras layer reaches the head, however the rows are paired."""

import keras
import numpy as np
import pytest

from keras_itra import ITRAModel
from tests.models.cases import EAGER, NUM_CLASSES, cross_entropy, fit

ROWS, LENGTH = 24, 6


class Tokens(ITRAModel):
    """Pools the tokens behind the features: the head needs their mask."""

    def __init__(self, **options):
        super().__init__(**options)
        self.embedding = keras.layers.Embedding(
            10,
            4,
            mask_zero=True,
            embeddings_initializer=keras.initializers.RandomNormal(
                stddev=1.0, seed=0
            ),
        )
        self.pooling = keras.layers.GlobalAveragePooling1D()
        self.logits = keras.layers.Dense(
            NUM_CLASSES,
            kernel_initializer=keras.initializers.RandomNormal(
                stddev=1.0, seed=1
            ),
        )

    def extract_features(self, x, training=None):
        return self.embedding(x)

    def classify(self, features, training=None):
        return self.logits(self.pooling(features))


@pytest.mark.parametrize(
    ("pairing", "supervise", "forward"),
    [
        ("independent", "first", "joint"),
        ("independent", "first", "separate"),
        ("independent", "both", "separate"),
        ("split", "both", "joint"),
        ("split", "both", "separate"),
        ("none", "first", "joint"),
        ("queue", "first", "joint"),
    ],
)
def test_training_pools_what_evaluation_pools(pairing, supervise, forward):
    rng = np.random.default_rng(0)
    x = rng.integers(1, 10, (ROWS, LENGTH))
    x[np.arange(LENGTH) >= rng.integers(1, LENGTH, ROWS)[:, None]] = 0
    y = np.arange(ROWS) % NUM_CLASSES
    model = Tokens(
        pairing=pairing,
        supervise=supervise,
        forward=forward,
        alignment_weight=0.0,
        memory_size=8,
        seed=0,
    )
    model.compile(keras.optimizers.SGD(0.0), cross_entropy(), run_eagerly=EAGER)
    trained = fit(model, x, y, batch_size=8)["supervised_loss"][0]
    assert trained == pytest.approx(
        model.evaluate(x, y, verbose=0, batch_size=8), rel=1e-5
    )
    padded = model.logits(keras.ops.mean(model.embedding(x), axis=1))
    unmasked = keras.ops.convert_to_numpy(cross_entropy()(y, padded))
    assert abs(trained - unmasked) > 1e-2

"""Wrap a KerasHub text classifier; a tiny random BERT on made-up sentences."""

import argparse

import keras
import numpy as np

import keras_itra

try:
    import keras_hub
except ImportError as error:
    raise SystemExit(
        "This example needs KerasHub. Install it with: "
        'pip install "keras-itra[text]"'
    ) from error

WORDS = 100
LENGTH = 16
CLASSES = 3

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--epochs", type=int, default=10)
epochs = parser.parse_args().epochs
keras.utils.set_random_seed(0)


def make_texts(count, rng):
    """Token ids as a preprocessor gives them; every class has its words."""
    labels = rng.integers(CLASSES, size=count)
    common = rng.integers(30, WORDS, size=(count, LENGTH))
    own = rng.integers(10, size=(count, LENGTH)) + 10 * labels[:, None]
    tokens = np.where(rng.random((count, LENGTH)) < 0.6, own, common)
    inputs = {
        "token_ids": tokens.astype("int32"),
        "segment_ids": np.zeros((count, LENGTH), "int32"),
        "padding_mask": np.ones((count, LENGTH), "bool"),
    }
    return inputs, labels


rng = np.random.default_rng(0)
x, y = make_texts(512, rng)
x_test, y_test = make_texts(512, rng)

# With a preset: BertTextClassifier.from_preset(..., preprocessor=None), and
# the texts mapped through its preprocessor before they are paired.
task = keras_hub.models.BertTextClassifier(
    keras_hub.models.BertBackbone(
        vocabulary_size=WORDS,
        num_layers=1,
        num_heads=2,
        hidden_dim=32,
        intermediate_dim=64,
        max_sequence_length=LENGTH,
    ),
    num_classes=CLASSES,
    preprocessor=None,
)
# A fresh BERT hardly tells the classes apart: from the first step, the pull
# would hold all features together. So the weight rises from 0 in six epochs.
weight = keras.optimizers.schedules.PolynomialDecay(0.0, 96, 0.2)
model = keras_itra.ITRAModel.from_model(task, alignment_weight=weight, seed=0)
print("aligned feature:", model.feature_model.outputs[0].shape)
model.compile(
    optimizer=keras.optimizers.Adam(2e-3),
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    metrics=["accuracy"],
)
history = model.fit(x, y, batch_size=32, epochs=epochs, verbose=0).history
for name in ("supervised_loss", "alignment", "alignment_weight"):
    first, last = history[name][0], history[name][-1]
    print(f"{name}: first epoch {first:.3f}, last epoch {last:.3f}")
loss, accuracy = model.evaluate(x_test, y_test, verbose=0)
print(f"test cross-entropy {loss:.3f}, accuracy {accuracy:.3f}")

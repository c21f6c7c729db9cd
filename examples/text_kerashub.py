# %% [markdown]
"""Wrap a KerasHub text classifier and fit it on strings.

A tiny random BERT on made-up reviews; with a preset, the same lines work.
"""

# %%
import argparse
import itertools
import os
import tempfile
from pathlib import Path

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

OPINIONS = {
    "bad": ["awful", "boring", "dull", "poor", "weak", "worst"],
    "good": ["bright", "funny", "great", "lovely", "superb", "warm"],
}
COMMON = ["a", "and", "cast", "film", "it", "plot", "story", "the", "was"]
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]

parser = argparse.ArgumentParser(description=__doc__)
# A notebook has no arguments of its own, so it reads the variable.
parser.add_argument("--epochs", type=int, default=os.environ.get("EPOCHS", 10))
epochs = parser.parse_known_args()[0].epochs
keras.utils.set_random_seed(0)


# %% [markdown]
# ## Reviews


# %%
def write_reviews(count, rng):
    """Sentences of common words and of some that give an opinion."""
    labels = rng.integers(len(OPINIONS), size=count)
    opinions = list(OPINIONS.values())
    texts = [
        " ".join(
            rng.choice(opinions[label] if rng.random() < 0.4 else COMMON)
            for _ in range(12)
        ).capitalize()
        for label in labels
    ]
    return texts, labels


rng = np.random.default_rng(0)
texts, y = write_reviews(512, rng)
test_texts, y_test = write_reviews(512, rng)
print("a review:", texts[0])

# %% [markdown]
# ## A task of KerasHub, wrapped
#
# Its preprocessor is applied by `fit`, `evaluate` and `predict`.

# %%
# With a preset: BertTextClassifier.from_preset(..., num_classes=2).
vocabulary = [*SPECIAL, *COMMON, *itertools.chain(*OPINIONS.values())]
task = keras_hub.models.BertTextClassifier(
    keras_hub.models.BertBackbone(
        vocabulary_size=len(vocabulary),
        num_layers=1,
        num_heads=2,
        hidden_dim=32,
        intermediate_dim=64,
        max_sequence_length=16,
    ),
    num_classes=len(OPINIONS),
    preprocessor=keras_hub.models.BertTextClassifierPreprocessor(
        keras_hub.models.BertTokenizer(vocabulary, lowercase=True),
        sequence_length=16,
    ),
)

# %% [markdown]
# ## Training
#
# A fresh BERT hardly tells the classes apart: from the first step, the pull
# would hold all features together. So the weight rises from 0 in six epochs.

# %%
weight = keras.optimizers.schedules.PolynomialDecay(0.0, 96, 0.2)
model = keras_itra.ITRAModel.from_model(task, alignment_weight=weight, seed=0)
print("aligned feature:", model.feature_model.outputs[0].shape)
model.compile(
    optimizer=keras.optimizers.AdamW(2e-3, weight_decay=0.01),
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    metrics=["accuracy"],
)
history = model.fit(texts, y, batch_size=32, epochs=epochs, verbose=0).history
for name in ("supervised_loss", "alignment", "alignment_weight"):
    first, last = history[name][0], history[name][-1]
    print(f"{name}: first epoch {first:.3f}, last epoch {last:.3f}")
loss, accuracy = model.evaluate(test_texts, y_test, verbose=0)
print(f"test cross-entropy {loss:.3f}, accuracy {accuracy:.3f}")

# %% [markdown]
# ## Save and load
#
# The file holds the vocabulary; what is loaded reads strings, too.

# %%
with tempfile.TemporaryDirectory() as folder:
    model.save(Path(folder) / "reviews.keras")
    loaded = keras.models.load_model(Path(folder) / "reviews.keras")
review = ["A superb cast and a lovely story"]
logits = loaded.predict(review, verbose=0)[0]
print(f"{review[0]!r} is {list(OPINIONS)[np.argmax(logits)]}")
difference = np.abs(logits - model.predict(review, verbose=0)[0]).max()
print(f"the loaded model and the trained one differ by {difference:.1e}")

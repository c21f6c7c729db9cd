# %% [markdown]
"""Wrap a classifier with ITRA and compare it with plain SGD.

Both see the same mini-batches in the same order; one run of one seed shows how
things work, not whether they help.
"""

# %%
import argparse
import os
import tempfile
from pathlib import Path

import keras

import keras_itra
from keras_itra import datasets, metrics

SEED = 0
ROWS = 50

parser = argparse.ArgumentParser(description=__doc__)
# A notebook has no arguments of its own, so it reads the variable.
parser.add_argument("--epochs", type=int, default=os.environ.get("EPOCHS", 30))
epochs = parser.parse_known_args()[0].epochs
data = datasets.load("digits")


# %% [markdown]
# ## The classifier
#
# An ordinary Keras model; the same initial weights at every call.


# %%
def make_classifier(num_classes):
    """A perceptron; the same weights at every call."""
    keras.utils.set_random_seed(SEED)
    image = keras.Input((8, 8, 1))
    h = keras.layers.Flatten()(image)
    h = keras.layers.Dense(64, activation="relu", name="h")(h)
    return keras.Model(image, keras.layers.Dense(num_classes)(h))


def compiled(model, steps):
    """The model, ready for `steps` steps of training."""
    rate = keras.optimizers.schedules.CosineDecay(0.1, steps)
    model.compile(
        optimizer=keras.optimizers.SGD(rate, momentum=0.9),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    return model


# %% [markdown]
# ## Plain SGD
#
# Fed the mini-batches that the ITRA model sees as S1.

# %%
s1 = keras_itra.data.PairedBatches(
    (data.x_train, data.y_train), ROWS, pairing="none", seed=SEED
)
steps = epochs * s1.num_batches
plain = make_classifier(data.num_classes)
compiled(plain, steps).fit(s1, epochs=epochs, shuffle=False, verbose=0)

# %% [markdown]
# ## ITRA-c
#
# `fit` takes plain arrays and pairs the mini-batches itself.

# %%
aligned = make_classifier(data.num_classes)
model = compiled(keras_itra.ITRAModel.from_model(aligned, seed=SEED), steps)
model.fit(data.x_train, data.y_train, batch_size=ROWS, epochs=epochs, verbose=0)

# %%
for name, classifier in (("plain SGD", plain), ("ITRA-c", aligned)):
    features = keras.Model(classifier.input, classifier.get_layer("h").output)
    logits = classifier.predict(data.x_test, verbose=0)
    scatter = metrics.scatter(
        features.predict(data.x_test, verbose=0), data.y_test
    )
    print(
        f"{name:9} test accuracy {metrics.accuracy(logits, data.y_test):.3f}, "
        f"cross-entropy {metrics.cross_entropy(logits, data.y_test):.3f}, "
        f"scatter of the features {scatter:.3f}"
    )

# %% [markdown]
# ## Save, load, export
#
# The plain classifier knows nothing of ITRA; it can be served anywhere.

# %%
with tempfile.TemporaryDirectory() as folder:
    path = Path(folder) / "digits.keras"
    model.save(path)
    loaded = keras.models.load_model(path)
    before, after = (m.predict(data.x_test, verbose=0) for m in (model, loaded))
    print(f"loaded: predictions differ by {abs(after - before).max():.1g}")
    loaded.inference_model().export(Path(folder) / "served", verbose=False)
    print("exported:", sorted(p.name for p in Path(folder).glob("served/*")))

# %% [markdown]
"""Classify images with ITRA: augmentation, validation, calibration.

A small CNN on some images of Fashion-MNIST, with and without ITRA. Afterwards:
how compact the features are, and how far the probabilities can be trusted
before and after a temperature is fitted. Saves the model and two pictures.
"""

# %%
import argparse
import os
from pathlib import Path

import keras

import keras_itra
from keras_itra import datasets, metrics, plots

ROWS = 100

parser = argparse.ArgumentParser(description=__doc__)
# A notebook has no arguments of its own, so it reads the variables.
environment = os.environ.get
parser.add_argument("--data", default=environment("DATA", "fashion-mnist"))
parser.add_argument("--epochs", type=int, default=environment("EPOCHS", 20))
parser.add_argument(
    "--train-size", type=int, default=environment("TRAIN_SIZE", 1000)
)
parser.add_argument("--out", type=Path, default=environment("OUT", "images"))
options = parser.parse_known_args()[0]
out = Path(options.out)
out.mkdir(parents=True, exist_ok=True)

# %% [markdown]
# ## Data
#
# `fashion-mnist` is read from the files that `keras-itra fetch fashion-mnist`
# brings; `--data keras:fashion_mnist` lets Keras download it, and
# `--data digits` needs no download at all. The validation set is as large as
# the training set.

# %%
try:
    data = datasets.load(options.data)
except FileNotFoundError as error:
    raise SystemExit(str(error)) from error
(x, y), validation = datasets.split(
    data.x_train,
    data.y_train,
    train_size=options.train_size,
    validation_size=options.train_size,
)
print(f"{len(x)} images of {x.shape[1:]}, {data.num_classes} classes")


# %% [markdown]
# ## Network
#
# Augmentation is part of the network, so S1 and S2 are shifted and turned
# independently of each other.


# %%
def make_classifier():
    """A small CNN; the same weights at every call."""
    keras.utils.set_random_seed(0)
    image = keras.Input(x.shape[1:])
    h = keras.layers.RandomTranslation(0.05, 0.05)(image)
    h = keras.layers.RandomRotation(0.02)(h)
    for filters in (16, 32):
        h = keras.layers.Conv2D(filters, 3, padding="same")(h)
        # A short training has few steps to average over.
        h = keras.layers.BatchNormalization(momentum=0.9)(h)
        h = keras.layers.Activation("relu")(h)
        h = keras.layers.MaxPooling2D()(h)
    h = keras.layers.Flatten()(h)
    h = keras.layers.Dense(64, activation="relu", name="features")(h)
    logits = keras.layers.Dense(data.num_classes, name="logits")(h)
    return keras.Model(image, logits)


# %% [markdown]
# ## Training
#
# Weight 0 is plain SGD on the same mini-batches. `pairing="split"` costs what a
# plain step costs.


# %%
def train(weight):
    """A model trained with one weight of the alignment."""
    model = keras_itra.ITRAModel.from_model(
        make_classifier(),
        alignment_weight=weight,
        pairing="split",
        supervise="both",
        seed=0,
    )
    steps = options.epochs * -(-len(x) // ROWS)
    rate = keras.optimizers.schedules.CosineDecay(0.05, steps)
    model.compile(
        optimizer=keras.optimizers.SGD(rate, momentum=0.9),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    model.fit(
        x,
        y,
        batch_size=ROWS,
        epochs=options.epochs,
        validation_data=validation,
        verbose=0,
    )
    return model


models = {"SGD": train(0.0), "ITRA-c": train(0.6)}

# %% [markdown]
# ## Compactness and calibration
#
# The temperature is fitted on validation rows. Cross-entropy before it says how
# overconfident a model is; after it, how good its ranking of the classes is.

# %%
features, reliability = {}, {}
for name, model in models.items():
    h = model.feature_model.predict(data.x_test, verbose=0)
    logits = model.predict(data.x_test, verbose=0)
    temperature = metrics.fit_temperature(
        model.predict(validation[0], verbose=0), validation[1]
    )
    features[name] = (h, data.y_test)
    reliability[name] = (logits, data.y_test)
    reliability[f"{name}, T = {temperature:.2f}"] = (
        logits / temperature,
        data.y_test,
    )
    print(
        f"{name}: accuracy {metrics.accuracy(logits, data.y_test):.3f}, "
        f"scatter {metrics.scatter(h, data.y_test):.2f}"
    )
    for moment, scaled in (("before", logits), ("after", logits / temperature)):
        error = metrics.expected_calibration_error(scaled, data.y_test)
        print(
            f"  {moment} the temperature: cross-entropy "
            f"{metrics.cross_entropy(scaled, data.y_test):.3f}, "
            f"calibration error {error:.3f}"
        )

# %% [markdown]
# ## Pictures and the model

# %%
plots.feature_map(features).savefig(out / "features.png")
plots.reliability_diagram(reliability).savefig(out / "reliability.png")
models["ITRA-c"].save(out / "image.keras")
print("written:", sorted(path.name for path in out.iterdir()))

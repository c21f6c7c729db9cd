"""The alignment as a layer: on two features of one functional model."""

import argparse

import keras

import keras_itra
from keras_itra import datasets

ROWS = 50

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--epochs", type=int, default=20)
epochs = parser.parse_args().epochs
keras.utils.set_random_seed(0)
data = datasets.load("digits")

image = keras.Input((8, 8, 1), name="image")
# The labels are an input of the training model, for the layers to see them.
label = keras.Input((), dtype="int32", name="label")
align = keras_itra.layers.AlignmentRegularizer
h = keras.layers.Flatten()(image)
h = keras.layers.Dense(64, activation="relu")(h)
h = align(weight=0.1, name="align_first")(h, label)
h = keras.layers.Dense(64, activation="relu")(h)
h = align(weight=0.1, name="align_last")(h, label)
logits = keras.layers.Dense(data.num_classes, name="logits")(h)
model = keras.Model({"image": image, "label": label}, logits)
model.compile(
    optimizer=keras.optimizers.SGD(0.1, momentum=0.9),
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    metrics=["accuracy"],
)

batches = keras_itra.data.pair_batches(
    ({"image": data.x_train, "label": data.y_train}, data.y_train),
    batch_size=ROWS,
    supervise="first",
    seed=0,
)
model.fit(batches, epochs=epochs, shuffle=False, verbose=0)

# The layers add their losses in training only, and pass features through.
inputs = {"image": data.x_train[:ROWS], "label": data.y_train[:ROWS]}
model(inputs, training=True)
print("losses of the layers in training:", [f"{v:.3f}" for v in model.losses])
model(inputs, training=False)
print("losses of the layers in inference:", model.losses)

# Without the labels the same layers are an ordinary classifier.
x = image
for layer in model.layers:
    if not isinstance(layer, keras.layers.InputLayer):
        x = layer(x)
classifier = keras.Model(image, x)
predicted = classifier.predict(data.x_test, verbose=0).argmax(axis=1)
print(f"test accuracy: {(predicted == data.y_test).mean():.3f}")

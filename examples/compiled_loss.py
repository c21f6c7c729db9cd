"""The alignment as one loss of a model that you compile yourself."""

import argparse

import keras

import keras_itra
from keras_itra import datasets

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--epochs", type=int, default=20)
epochs = parser.parse_args().epochs
keras.utils.set_random_seed(0)
data = datasets.load("digits")

image = keras.Input((8, 8, 1))
h = keras.layers.Flatten()(image)
h = keras.layers.Dense(64, activation="relu", name="h")(h)
logits = keras.layers.Dense(data.num_classes, name="linear")(h)
net = keras.Model(image, {"logits": logits, "features": h})
net.compile(
    optimizer=keras.optimizers.SGD(0.1, momentum=0.9),
    loss={
        "logits": keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        "features": keras_itra.losses.ITRAAlignment(
            num_classes=data.num_classes
        ),
    },
    loss_weights={"logits": 1.0, "features": 0.6},
)

# Every mini-batch holds S1 in even rows and S2 in odd rows; sample weights of
# the output "logits" keep the cross-entropy on S1.
batches = keras_itra.data.pair_batches(
    (data.x_train, {"logits": data.y_train, "features": data.y_train}),
    batch_size=50,
    labels=data.y_train,
    supervise=("logits", "first"),
    seed=0,
)
x, y, weight = batches[0]
print(f"rows of a mini-batch: {len(x)}; classes {y['logits'][:6]} ...")
print(f"weights of the cross-entropy: {weight['logits'][:6]} ...")

history = net.fit(batches, epochs=epochs, shuffle=False, verbose=0).history
for epoch in sorted({0, epochs - 1}):
    print(
        f"epoch {epoch + 1:2}: "
        f"cross-entropy {history['logits_loss'][epoch]:.3f}, "
        f"alignment {history['features_loss'][epoch]:.3f}"
    )

# Inference needs no second output.
predicted = keras.Model(image, logits).predict(data.x_test, verbose=0)
accuracy = (predicted.argmax(axis=1) == data.y_test).mean()
print(f"test accuracy {accuracy:.3f}")

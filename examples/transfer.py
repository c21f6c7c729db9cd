"""Transfer learning: a backbone of other classes, frozen and then fine-tuned.

A CNN learns the digits 0 to 4; its backbone then serves 5 to 9. The head is
trained on frozen features first, without alignment: a head cannot make frozen
features better, and in our runs an aligned head on frozen text features was
worse than a plain one (docs/when.md). Then the backbone is released and the
whole network is trained, with ITRA and without.

With pretrained weights of Keras the same lines work; see `make_backbone`.
"""

import argparse

import keras

import keras_itra
from keras_itra import datasets, metrics

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--epochs", type=int, default=20)
epochs = parser.parse_args().epochs
data = datasets.load("digits")


def part(x, y, classes):
    """The rows of some classes, numbered from 0."""
    keep = (y >= classes[0]) & (y <= classes[1])
    return x[keep], y[keep] - classes[0]


def make_backbone():
    """Images to a vector.

    For instance `keras.applications.MobileNetV2(weights="imagenet",
    include_top=False, pooling="avg", input_shape=(96, 96, 3))`.
    """
    image = keras.Input((8, 8, 1))
    h = keras.layers.Conv2D(16, 3, padding="same", activation="relu")(image)
    h = keras.layers.MaxPooling2D()(h)
    h = keras.layers.Conv2D(32, 3, padding="same", activation="relu")(h)
    h = keras.layers.Flatten()(h)
    h = keras.layers.Dense(64, activation="relu")(h)
    return keras.Model(image, h, name="backbone")


def with_head(backbone):
    """A classifier whose last hidden layer is aligned: `head`."""
    image = keras.Input((8, 8, 1))
    # Not in training mode, whatever it holds: its batch statistics stay.
    h = backbone(image, training=False)
    h = keras.layers.Dense(32, activation="relu", name="head")(h)
    return keras.Model(image, keras.layers.Dense(5)(h))


def train(classifier, rows, weight, rate):
    """Train a classifier; weight 0 is plain SGD."""
    model = keras_itra.ITRAModel.from_model(
        classifier, feature_layer="head", alignment_weight=weight, seed=0
    )
    model.compile(
        optimizer=keras.optimizers.SGD(rate, momentum=0.9),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    model.fit(*rows, batch_size=50, epochs=epochs, verbose=0)
    return model


def report(name, model, rows):
    """Print how good and how compact a model is."""
    x, y = rows
    logits = model.predict(x, verbose=0)
    h = model.feature_model.predict(x, verbose=0)
    print(
        f"{name}: accuracy {metrics.accuracy(logits, y):.3f}, cross-entropy "
        f"{metrics.cross_entropy(logits, y):.3f}, scatter of the head "
        f"{metrics.scatter(h, y):.2f}"
    )


keras.utils.set_random_seed(0)
source = part(data.x_train, data.y_train, (0, 4))
x, y = part(data.x_train, data.y_train, (5, 9))
# Transfer is for classes with few rows: 20 of each.
(target, _) = datasets.split(x, y, train_size=100, validation_size=100)
test = part(data.x_test, data.y_test, (5, 9))

backbone = make_backbone()
train(with_head(backbone), source, weight=0.0, rate=0.05)

backbone.trainable = False
classifier = with_head(backbone)
report("frozen, plain", train(classifier, target, 0.0, 0.05), test)

backbone.trainable = True
start = classifier.get_weights()
for name, weight in (("plain", 0.0), ("ITRA-c", 0.3)):
    classifier.set_weights(start)
    report(f"fine-tuned, {name}", train(classifier, target, weight, 0.01), test)

"""Small classifiers for comparisons: logits behind a layer `features`."""

from collections.abc import Callable

import keras

from keras_itra.validation import require

Shape = tuple[int, ...]


def cnn(input_shape: Shape, num_classes: int) -> keras.Model:
    """A small convolutional network with batch normalisation.

    Three blocks of 16, 32 and 64 filters, each a 3x3 convolution without bias,
    batch normalisation, ReLU and 2x2 max pooling; then global average pooling,
    which is the layer `features`, and a linear layer.

    Args:
        input_shape: (height, width, channels) of one image, at least 8x8.
        num_classes: Number of logits.

    Returns:
        A functional `keras.Model` from images to logits.

    Raises:
        ValueError: If the input is not an image of at least 8x8 pixels.
    """
    require(
        len(input_shape) == 3 and min(input_shape[:2]) >= 8,
        "images (height, width, channels) of at least 8x8 for a 'cnn'",
        input_shape=input_shape,
    )
    inputs = x = keras.Input(input_shape, name="image")
    # Keras' default momentum of 0.99 lags behind a training of few steps.
    for filters in (16, 32, 64):
        x = keras.layers.Conv2D(filters, 3, padding="same", use_bias=False)(x)
        x = keras.layers.BatchNormalization(momentum=0.9)(x)
        x = keras.layers.ReLU()(x)
        x = keras.layers.MaxPooling2D()(x)
    features = keras.layers.GlobalAveragePooling2D(name="features")(x)
    logits = keras.layers.Dense(num_classes, name="logits")(features)
    return keras.Model(inputs, logits, name="cnn")


def mlp(input_shape: Shape, num_classes: int) -> keras.Model:
    """A perceptron with two hidden layers of 128 and 64 units, for vectors.

    Args:
        input_shape: Shape of one example; it is flattened.
        num_classes: Number of logits.

    Returns:
        A functional `keras.Model` from examples to logits; the second hidden
        layer is the layer `features`.
    """
    inputs = keras.Input(input_shape, name="example")
    x = keras.layers.Flatten()(inputs)
    x = keras.layers.Dense(128, activation="relu")(x)
    features = keras.layers.Dense(64, activation="relu", name="features")(x)
    logits = keras.layers.Dense(num_classes, name="logits")(features)
    return keras.Model(inputs, logits, name="mlp")


NETWORKS: dict[str, Callable[[Shape, int], keras.Model]] = {
    "cnn": cnn,
    "mlp": mlp,
}

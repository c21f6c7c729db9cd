"""VGG with batch normalisation."""

import keras

from keras_itra.networks.blocks import (
    Shape,
    classifier,
    convolve,
    image_input,
    relu,
)


def vgg13(
    input_shape: Shape,
    num_classes: int,
    width: int = 64,
    dropout: float = 0.5,
) -> keras.Model:
    """VGG-13 with batch normalisation, for images of 32x32.

    Five stages of two 3x3 convolutions, each stage followed by 2x2 max
    pooling; then dropout, and hidden units with ReLU, which are the layer
    `features`.

    Args:
        input_shape: (height, width, channels) of one image, at least 32x32.
        num_classes: Number of logits.
        width: Filters of the first stage; the others have 2, 4, 8 and 8 times
            as many. Defaults to 64.
        dropout: Rate before the hidden units, which the ITRA paper does not
            give. Defaults to 0.5, VGG's.

    Returns:
        A functional `keras.Model` from images to logits; the layer `features`
        has 8 `width` units.

    Raises:
        ValueError: If the input is not an image of at least 32x32 pixels.

    Reference:
        Simonyan and Zisserman, Very Deep Convolutional Networks for
        Large-Scale Image Recognition, ICLR 2015.
    """
    inputs = x = image_input(input_shape, 32, "vgg13")
    for factor in (1, 2, 4, 8, 8):
        for _ in range(2):
            x = relu(convolve(x, factor * width))
        x = keras.layers.MaxPooling2D()(x)
    x = keras.layers.Dropout(dropout)(keras.layers.Flatten()(x))
    features = keras.layers.Dense(
        8 * width,
        activation="relu",
        kernel_initializer="he_normal",
        name="features",
    )(x)
    return classifier(inputs, features, num_classes, "vgg13")

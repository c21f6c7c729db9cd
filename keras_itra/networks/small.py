"""Small networks: those of the paper for 28x28 images, and smaller ones."""

import keras

from keras_itra.networks.blocks import Shape, classifier, image_input, normalize


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
    return classifier(inputs, features, num_classes, "mlp")


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
    inputs = x = image_input(input_shape, 8, "cnn")
    # Keras' default momentum of 0.99 lags behind a training of few steps.
    for filters in (16, 32, 64):
        x = keras.layers.Conv2D(filters, 3, padding="same", use_bias=False)(x)
        x = keras.layers.BatchNormalization(momentum=0.9)(x)
        x = keras.layers.ReLU()(x)
        x = keras.layers.MaxPooling2D()(x)
    features = keras.layers.GlobalAveragePooling2D(name="features")(x)
    return classifier(inputs, features, num_classes, "cnn")


def two_conv(input_shape: Shape, num_classes: int) -> keras.Model:
    """The network of the paper's pilot study: two convolutions.

    20 and 50 filters of 5x5 without padding, each followed by ReLU and 2x2 max
    pooling; then 100 hidden units with ReLU, which are the layer `features`.

    Args:
        input_shape: (height, width, channels) of one image, at least 16x16;
            the paper's are (28, 28, 1).
        num_classes: Number of logits.

    Returns:
        A functional `keras.Model` from images to logits.

    Raises:
        ValueError: If the input is not an image of at least 16x16 pixels.
    """
    inputs = x = image_input(input_shape, 16, "two-conv")
    for filters in (20, 50):
        x = _convolve(x, filters, 5, "valid")
        x = keras.layers.MaxPooling2D()(x)
    features = keras.layers.Dense(
        100,
        activation="relu",
        kernel_initializer="he_normal",
        name="features",
    )(keras.layers.Flatten()(x))
    return classifier(inputs, features, num_classes, "two_conv")


def five_conv(
    input_shape: Shape, num_classes: int, width: int = 32
) -> keras.Model:
    """The paper's network for KMNIST and Fashion-MNIST: five convolutions.

    ```
    conv 32, conv 64, conv 128 -> 2x2 max pooling
    conv 256, conv 512 -> 8x8 max pooling, stride 1 -> 512 features
    ```

    All convolutions are 3x3 and followed by ReLU and batch normalisation.
    The paper gives neither padding nor the order of those two. 8x8 pooling of
    28x28 images leaves 512 features only if one of the first three
    convolutions pads; it is the third, and ReLU comes before the
    normalisation, as in the authors' script for their earlier work. A bias
    before ReLU is not redundant, so the convolutions have one.

    The last pooling is global, which is the same for 28x28.

    Args:
        input_shape: (height, width, channels) of one image, at least 14x14;
            the paper's are (28, 28, 1).
        num_classes: Number of logits.
        width: Filters of the first convolution; they double. Defaults to 32.

    Returns:
        A functional `keras.Model` from images to logits; the layer `features`
        has 16 `width` units.

    Raises:
        ValueError: If the input is not an image of at least 14x14 pixels.
    """
    inputs = x = image_input(input_shape, 14, "five-conv")
    x = normalize(_convolve(x, width, 3, "valid"))
    x = normalize(_convolve(x, 2 * width, 3, "valid"))
    x = normalize(_convolve(x, 4 * width, 3, "same"))
    x = keras.layers.MaxPooling2D()(x)
    x = normalize(_convolve(x, 8 * width, 3, "valid"))
    x = normalize(_convolve(x, 16 * width, 3, "valid"))
    features = keras.layers.GlobalMaxPooling2D(name="features")(x)
    return classifier(inputs, features, num_classes, "five_conv")


def _convolve(
    x: keras.KerasTensor, filters: int, size: int, padding: str
) -> keras.KerasTensor:
    return keras.layers.Conv2D(
        filters,
        size,
        padding=padding,
        activation="relu",
        kernel_initializer="he_normal",
    )(x)

"""What the networks are made of: input, convolution, final layer.

Batch normalisation has the momentum and epsilon of PyTorch, for which the
networks were published. Convolutions start from He's initialisation. Strided
ones pad as Keras' `"same"` does: one more row below than above.
"""

import keras

from keras_itra.validation import require, require_integer

Shape = tuple[int, ...]


def image_input(
    input_shape: Shape, least: int, network: str
) -> keras.KerasTensor:
    """The input of a network for images.

    Args:
        input_shape: (height, width, channels) of one image.
        least: Height and width that the network needs.
        network: Its name, for the message.

    Raises:
        ValueError: If the input is not an image, or too small.
    """
    require(
        len(input_shape) == 3 and min(input_shape[:2]) >= least,
        "images (height, width, channels) of at least "
        f"{least}x{least} for a '{network}'",
        input_shape=input_shape,
    )
    return keras.Input(input_shape, name="image")


def convolve(
    x: keras.KerasTensor, filters: int, size: int = 3, stride: int = 1
) -> keras.KerasTensor:
    """Convolution without bias, then batch normalisation."""
    x = keras.layers.Conv2D(
        filters,
        size,
        stride,
        "same",
        use_bias=False,
        kernel_initializer="he_normal",
    )(x)
    return normalize(x)


def convolve_depthwise(
    x: keras.KerasTensor, stride: int = 1
) -> keras.KerasTensor:
    """3x3 convolution of each channel alone, then batch normalisation."""
    x = keras.layers.DepthwiseConv2D(
        3,
        stride,
        "same",
        use_bias=False,
        # He's: each output sees 9 inputs, which Keras takes for its fan-out.
        depthwise_initializer=keras.initializers.VarianceScaling(
            2.0, mode="fan_out"
        ),
    )(x)
    return normalize(x)


def normalize(x: keras.KerasTensor) -> keras.KerasTensor:
    """Batch normalisation as in PyTorch."""
    return keras.layers.BatchNormalization(momentum=0.9, epsilon=1e-5)(x)


def relu(x: keras.KerasTensor) -> keras.KerasTensor:
    """Rectified linear units."""
    return keras.layers.ReLU()(x)


def classifier(
    inputs: keras.KerasTensor,
    features: keras.KerasTensor,
    num_classes: int,
    name: str,
) -> keras.Model:
    """The model that ends in a linear layer `logits`.

    Args:
        inputs: From `keras.Input`.
        features: Output (batch, d) of the layer `features`.
        num_classes: Number of logits.
        name: Name of the model.

    Raises:
        ValueError: If `num_classes` is not a positive integer.
    """
    require_integer("num_classes", num_classes, minimum=1)
    logits = keras.layers.Dense(num_classes, name="logits")(features)
    return keras.Model(inputs, logits, name=name)

"""MobileNets for images of 32x32, as they are usual for CIFAR."""

import keras

from keras_itra.networks.blocks import (
    Shape,
    classifier,
    convolve,
    convolve_depthwise,
    image_input,
    relu,
)
from keras_itra.validation import require

# Filters at width 32, and stride, of the blocks of version 1.
_V1 = (
    (64, 1),
    (128, 2),
    (128, 1),
    (256, 2),
    (256, 1),
    (512, 2),
    *[(512, 1)] * 5,
    (1024, 2),
    (1024, 1),
)
# Expansion, filters at width 32, blocks, stride of the first, of version 2.
_V2 = (
    (1, 16, 1, 1),
    (6, 24, 2, 1),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
)


def mobilenet_v1(
    input_shape: Shape, num_classes: int, width: int = 32
) -> keras.Model:
    """MobileNet (version 1) for images of 32x32.

    13 depthwise separable convolutions. The first convolution has stride 1
    instead of 2, else the strides are the published ones. Global average
    pooling is the layer `features`.

    Args:
        input_shape: (height, width, channels) of one image, at least 16x16.
        num_classes: Number of logits.
        width: Filters of the first convolution, to which all others are in
            proportion. Defaults to 32.

    Returns:
        A functional `keras.Model` from images to logits; the layer `features`
        has 32 `width` units.

    Raises:
        ValueError: If the input is not an image of at least 16x16 pixels.

    Reference:
        Howard et al., MobileNets: Efficient Convolutional Neural Networks for
        Mobile Vision Applications, 2017, https://arxiv.org/abs/1704.04861.
    """
    inputs = image_input(input_shape, 16, "mobilenet-v1")
    x = relu(convolve(inputs, width))
    for filters, stride in _V1:
        x = relu(convolve_depthwise(x, stride))
        x = relu(convolve(x, filters * width // 32, 1))
    features = keras.layers.GlobalAveragePooling2D(name="features")(x)
    return classifier(inputs, features, num_classes, "mobilenet_v1")


def mobilenet_v2(
    input_shape: Shape, num_classes: int, width: int = 32
) -> keras.Model:
    """MobileNetV2 for images of 32x32.

    17 inverted residuals with linear bottlenecks. As usual for CIFAR, and
    other than published: the first convolution and the second stage have
    stride 1 instead of 2, activations are ReLU instead of ReLU6, and blocks
    of stride 1 that change the number of channels have a projected shortcut
    instead of none. Global average pooling is the layer `features`.

    Args:
        input_shape: (height, width, channels) of one image, at least 8x8.
        num_classes: Number of logits.
        width: Filters of the first convolution, a multiple of 4, to which all
            others are in proportion. Defaults to 32.

    Returns:
        A functional `keras.Model` from images to logits; the layer `features`
        has 40 `width` units.

    Raises:
        ValueError: If the input is not an image of at least 8x8 pixels, or
            `width` is not a multiple of 4.

    Reference:
        Sandler et al., MobileNetV2: Inverted Residuals and Linear Bottlenecks,
        CVPR 2018.
    """
    require(width % 4 == 0, "`width` to be a multiple of 4", width=width)
    inputs = image_input(input_shape, 8, "mobilenet-v2")
    x = relu(convolve(inputs, width))
    for expansion, filters, depth, stride in _V2:
        for index in range(depth):
            x = _inverted_residual(
                x, expansion, filters * width // 32, 1 if index else stride
            )
    x = relu(convolve(x, 40 * width, 1))
    features = keras.layers.GlobalAveragePooling2D(name="features")(x)
    return classifier(inputs, features, num_classes, "mobilenet_v2")


def _inverted_residual(
    x: keras.KerasTensor, expansion: int, filters: int, stride: int
) -> keras.KerasTensor:
    """Expand, filter each channel, project without activation."""
    shortcut, channels = x, x.shape[-1]
    x = relu(convolve(x, expansion * channels, 1))
    x = relu(convolve_depthwise(x, stride))
    x = convolve(x, filters, 1)
    if stride > 1:
        return x
    if channels != filters:
        shortcut = convolve(shortcut, filters, 1)
    return keras.layers.Add()([x, shortcut])

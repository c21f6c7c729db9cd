"""Residual networks: ResNet-18 and ResNet-101."""

from collections.abc import Callable, Sequence

import keras

from keras_itra.networks.blocks import (
    Shape,
    classifier,
    convolve,
    image_input,
    relu,
)

_Block = Callable[[keras.KerasTensor, int, int], keras.KerasTensor]


def resnet18(
    input_shape: Shape, num_classes: int, width: int = 64
) -> keras.Model:
    """ResNet-18 for images of 32x32, as it is usual for CIFAR.

    The stem is one 3x3 convolution without pooling; four stages of two basic
    blocks; global average pooling is the layer `features`.

    Args:
        input_shape: (height, width, channels) of one image, at least 8x8.
        num_classes: Number of logits.
        width: Filters of the first of the four stages; they double. Defaults
            to 64.

    Returns:
        A functional `keras.Model` from images to logits; the layer `features`
        has 8 `width` units.

    Raises:
        ValueError: If the input is not an image of at least 8x8 pixels.

    Reference:
        He et al., Deep Residual Learning for Image Recognition, CVPR 2016.
    """
    inputs = image_input(input_shape, 8, "resnet18")
    x = relu(convolve(inputs, width))
    features = _stages(x, width, (2, 2, 2, 2), _basic_block)
    return classifier(inputs, features, num_classes, "resnet18")


def resnet101(
    input_shape: Shape, num_classes: int, width: int = 64
) -> keras.Model:
    """ResNet-101 for images of 32x32, with the stem of `resnet18`.

    Four stages of 3, 4, 23 and 3 bottleneck blocks; their 3x3 convolutions
    have the stride. Global average pooling is the layer `features`.

    Args:
        input_shape: (height, width, channels) of one image, at least 8x8.
        num_classes: Number of logits.
        width: Filters inside the blocks of the first stage; they double, and
            the blocks put out four times as many. Defaults to 64.

    Returns:
        A functional `keras.Model` from images to logits; the layer `features`
        has 32 `width` units.

    Raises:
        ValueError: If the input is not an image of at least 8x8 pixels.

    Reference:
        He et al., Deep Residual Learning for Image Recognition, CVPR 2016.
    """
    inputs = image_input(input_shape, 8, "resnet101")
    x = relu(convolve(inputs, width))
    features = _stages(x, width, (3, 4, 23, 3), _bottleneck_block)
    return classifier(inputs, features, num_classes, "resnet101")


def resnet18_imagenet(
    input_shape: Shape, num_classes: int, width: int = 64
) -> keras.Model:
    """ResNet-18 for images of 224x224, as published.

    The stem is a 7x7 convolution and 3x3 max pooling, both of stride 2; else
    as `resnet18`.

    Args:
        input_shape: (height, width, channels) of one image, at least 32x32.
        num_classes: Number of logits.
        width: Filters of the first of the four stages; they double. Defaults
            to 64.

    Returns:
        A functional `keras.Model` from images to logits; the layer `features`
        has 8 `width` units.

    Raises:
        ValueError: If the input is not an image of at least 32x32 pixels.

    Reference:
        He et al., Deep Residual Learning for Image Recognition, CVPR 2016.
    """
    inputs = image_input(input_shape, 32, "resnet18-imagenet")
    x = relu(convolve(inputs, width, 7, 2))
    x = keras.layers.MaxPooling2D(3, 2, "same")(x)
    features = _stages(x, width, (2, 2, 2, 2), _basic_block)
    return classifier(inputs, features, num_classes, "resnet18_imagenet")


def _stages(
    x: keras.KerasTensor, width: int, depths: Sequence[int], block: _Block
) -> keras.KerasTensor:
    """Stages of blocks; all but the first halve height and width."""
    for stage, depth in enumerate(depths):
        for index in range(depth):
            stride = 2 if stage and not index else 1
            x = block(x, width * 2**stage, stride)
    return keras.layers.GlobalAveragePooling2D(name="features")(x)


def _basic_block(
    x: keras.KerasTensor, filters: int, stride: int
) -> keras.KerasTensor:
    shortcut = _shortcut(x, filters, stride)
    x = relu(convolve(x, filters, 3, stride))
    return relu(keras.layers.Add()([convolve(x, filters), shortcut]))


def _bottleneck_block(
    x: keras.KerasTensor, filters: int, stride: int
) -> keras.KerasTensor:
    shortcut = _shortcut(x, 4 * filters, stride)
    x = relu(convolve(x, filters, 1))
    x = relu(convolve(x, filters, 3, stride))
    return relu(keras.layers.Add()([convolve(x, 4 * filters, 1), shortcut]))


def _shortcut(
    x: keras.KerasTensor, filters: int, stride: int
) -> keras.KerasTensor:
    """The input itself, or its projection where the shape changes."""
    if stride == 1 and x.shape[-1] == filters:
        return x
    if stride > 1:
        # The same as a 1x1 convolution with this stride, whose gradient
        # crashes in TensorFlow 2.21 on CPUs for few channels (oneDNN).
        x = keras.layers.MaxPooling2D(1, stride)(x)
    return convolve(x, filters, 1)

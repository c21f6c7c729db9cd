"""The MobileNets against the networks that are usual for CIFAR-10."""

import keras
import numpy as np
import pytest

from keras_itra import networks
from tests.networks.parameters import trainable


@pytest.mark.parametrize(
    ("build", "parameters", "size"),
    [
        # As pytorch-cifar has them, with the last map of 32x32 images.
        (networks.mobilenet_v1, 3_217_226, 2),
        (networks.mobilenet_v2, 2_296_922, 4),
    ],
)
def test_for_cifar_10(build, parameters, size):
    model = build((32, 32, 3), 10)
    assert trainable(model) == parameters
    assert model.get_layer("features").input.shape[1:3] == (size, size)


def test_depthwise_convolutions_start_from_nine_inputs():
    """Each output sees 9 inputs, whatever the number of channels."""
    model = networks.mobilenet_v1((16, 16, 3), 2)
    *_, last = (
        layer
        for layer in model.layers
        if isinstance(layer, keras.layers.DepthwiseConv2D)
    )
    deviation = np.std(keras.ops.convert_to_numpy(last.kernel))
    assert deviation == pytest.approx(np.sqrt(2 / 9), rel=0.05)


def test_mobilenet_v2_refuses_fractions_of_channels():
    with pytest.raises(ValueError, match=r"multiple of 4.*width=30"):
        networks.mobilenet_v2((32, 32, 3), 10, width=30)

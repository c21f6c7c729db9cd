"""The small networks against counts of their layers."""

import itertools

import pytest

from keras_itra import networks
from tests.networks.parameters import (
    batch_norm,
    convolution,
    linear,
    trainable,
)


def test_cnn_has_the_parameters_of_its_layers():
    filters = [1, 16, 32, 64]
    expected = sum(convolution(a, b) for a, b in itertools.pairwise(filters))
    expected += sum(map(batch_norm, filters[1:])) + linear(64, 10)
    model = networks.cnn((28, 28, 1), 10)
    assert trainable(model) == expected
    momenta = [
        layer.momentum for layer in model.layers if hasattr(layer, "momentum")
    ]
    assert momenta == [0.9] * 3


def test_mlp_has_the_parameters_of_its_layers():
    expected = linear(20, 128) + linear(128, 64) + linear(64, 5)
    assert trainable(networks.mlp((4, 5), 5)) == expected


def test_two_conv_has_the_parameters_of_its_layers():
    expected = convolution(1, 20, 5, bias=True)
    expected += convolution(20, 50, 5, bias=True)
    # 28 - 4 = 24, pooled 12; 12 - 4 = 8, pooled 4.
    expected += linear(4 * 4 * 50, 100) + linear(100, 10)
    assert trainable(networks.two_conv((28, 28, 1), 10)) == expected


def test_five_conv_pools_an_8x8_map_of_512_channels():
    filters = [1, 32, 64, 128, 256, 512]
    expected = sum(
        convolution(a, b, bias=True) for a, b in itertools.pairwise(filters)
    )
    expected += sum(map(batch_norm, filters[1:])) + linear(512, 10)
    model = networks.five_conv((28, 28, 1), 10)
    assert trainable(model) == expected
    features = model.get_layer("features")
    assert features.input.shape == (None, 8, 8, 512)
    assert features.output.shape == (None, 512)


@pytest.mark.parametrize("shape", [(20,), (7, 28, 1), (28, 28)])
def test_cnn_refuses_what_is_no_image(shape):
    with pytest.raises(ValueError, match=r"Expected images.*input_shape="):
        networks.cnn(shape, 10)

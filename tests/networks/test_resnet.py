"""The residual networks against what was published about them."""

import math

import keras
import pytest

from keras_itra import networks
from tests.networks.parameters import trainable


def multiplications(model):
    """Of one image, in the convolutions and the linear layer."""
    total = 0
    for layer in model.layers:
        if isinstance(layer, keras.layers.Conv2D):
            places = math.prod(layer.output.shape[1:3])
            total += places * math.prod(layer.kernel.shape)
        elif isinstance(layer, keras.layers.Dense):
            total += math.prod(layer.kernel.shape)
    return total


@pytest.mark.parametrize(
    ("build", "parameters", "giga", "width"),
    [
        # As pytorch-cifar has them.
        (networks.resnet18, 11_173_962, 0.56, 512),
        (networks.resnet101, 42_512_970, 2.5, 2048),
    ],
)
def test_for_cifar_10(build, parameters, giga, width):
    model = build((32, 32, 3), 10)
    assert trainable(model) == parameters
    assert multiplications(model) / 1e9 == pytest.approx(giga, rel=0.02)
    features, logits = model.layers[-2:]
    assert (features.name, logits.name) == ("features", "logits")
    assert features.input.shape == (None, 4, 4, width)


def test_for_imagenet():
    """Parameters as in torchvision; 1.8e9 multiply-adds in the paper."""
    model = networks.resnet18_imagenet((224, 224, 3), 1000)
    assert trainable(model) == 11_689_512
    assert multiplications(model) / 1e9 == pytest.approx(1.8, rel=0.02)
    assert model.get_layer("features").input.shape[1:3] == (7, 7)

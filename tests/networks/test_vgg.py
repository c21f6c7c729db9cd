"""VGG-13 against a count of its layers."""

import itertools

import keras
import pytest

from keras_itra import networks
from tests.networks.parameters import (
    batch_norm,
    convolution,
    linear,
    trainable,
)


@pytest.mark.parametrize("width", [64, 4])
def test_vgg13_has_the_parameters_of_its_layers(width):
    filters = [width * factor for factor in (1, 1, 2, 2, 4, 4, 8, 8, 8, 8)]
    expected = sum(
        convolution(a, b) for a, b in itertools.pairwise([3, *filters])
    )
    expected += sum(map(batch_norm, filters))
    expected += linear(8 * width, 8 * width) + linear(8 * width, 10)
    assert trainable(networks.vgg13((32, 32, 3), 10, width)) == expected


def test_dropout_comes_before_the_features():
    model = networks.vgg13((32, 32, 3), 10, width=4, dropout=0.3)
    names = [type(layer) for layer in model.layers]
    assert names[-3:] == [keras.layers.Dropout, *[keras.layers.Dense] * 2]
    assert model.layers[-3].rate == 0.3

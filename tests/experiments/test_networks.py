"""Shapes and sizes of the small classifiers."""

import itertools

import numpy as np
import pytest

from keras_itra.experiments import networks


def test_cnn_has_the_parameters_of_its_layers():
    model = networks.cnn((28, 28, 1), 10)
    filters = [1, 16, 32, 64]
    convolutions = sum(9 * a * b for a, b in itertools.pairwise(filters))
    batch_norms = 2 * sum(filters[1:])
    assert sum(int(np.prod(w.shape)) for w in model.trainable_weights) == (
        convolutions + batch_norms + 64 * 10 + 10
    )


@pytest.mark.parametrize(
    ("build", "shape"),
    [(networks.cnn, (8, 8, 3)), (networks.mlp, (20,))],
)
def test_logits_are_linear_in_the_features(build, shape):
    model = build(shape, 5)
    assert model.output.shape == (None, 5)
    assert model.get_layer("features").output.shape == (None, 64)
    assert model.layers[-2].name == "features"
    assert model.layers[-1].activation.__name__ == "linear"


@pytest.mark.parametrize("shape", [(20,), (7, 28, 1), (28, 28)])
def test_cnn_refuses_what_is_no_image(shape):
    with pytest.raises(ValueError, match=r"Expected images.*input_shape="):
        networks.cnn(shape, 10)

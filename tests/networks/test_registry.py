"""What all networks have in common."""

import keras
import numpy as np
import pytest

from keras_itra import networks

#: Networks of few weights, and the width of their features. ResNet-101 has
#: too many layers to be built often; `test_resnet` looks at it.
NARROW = {
    "cnn": ((8, 8, 3), {}, 64),
    "mlp": ((20,), {}, 64),
    "two-conv": ((16, 16, 1), {}, 100),
    "five-conv": ((14, 14, 1), {"width": 2}, 32),
    "resnet18": ((8, 8, 3), {"width": 2}, 16),
    "resnet18-imagenet": ((32, 32, 3), {"width": 2}, 16),
    "vgg13": ((32, 32, 3), {"width": 2}, 16),
    "mobilenet-v1": ((16, 16, 3), {"width": 2}, 64),
    "mobilenet-v2": ((8, 8, 3), {"width": 4}, 160),
}
IMAGES = [name for name in NARROW if name != "mlp"]


def test_every_network_is_here():
    assert {*NARROW, "resnet101"} == set(networks.NETWORKS)
    assert networks.get("resnet101") is networks.resnet101


@pytest.mark.parametrize("name", NARROW)
def test_logits_are_linear_in_the_features(name):
    shape, options, width = NARROW[name]
    model = networks.get(name)(shape, 5, **options)
    features, logits = model.layers[-2:]
    assert (features.name, logits.name) == ("features", "logits")
    assert features.output.shape == (None, width)
    assert model.output.shape == (None, 5)
    assert logits.activation is keras.activations.linear
    assert [layer.name for layer in model.layers].count("features") == 1


@pytest.mark.tensorflow
@pytest.mark.parametrize("name", NARROW)
def test_every_weight_has_a_gradient(name):
    import tensorflow as tf

    shape, options, _ = NARROW[name]
    model = networks.get(name)(shape, 3, **options)
    rng = np.random.default_rng(0)
    x = rng.normal(size=(6, *shape)).astype("float32")
    direction = rng.normal(size=(6, 3)).astype("float32")
    with tf.GradientTape() as tape:
        value = tf.reduce_sum(model(x, training=True) * direction)
    weights = model.trainable_variables
    for weight, gradient in zip(
        weights, tape.gradient(value, weights), strict=True
    ):
        assert np.isfinite(gradient).all(), weight.path
        assert np.any(gradient), weight.path


@pytest.mark.parametrize("name", IMAGES)
def test_small_images_and_vectors_are_refused(name):
    (height, width, channels), options, _ = NARROW[name]
    for shape in ((height, width - 1, channels), (height * width,)):
        with pytest.raises(
            ValueError, match=rf"Expected images.*'{name}'.*input_shape="
        ):
            networks.get(name)(shape, 10, **options)


@pytest.mark.parametrize("name", ["resnet50", None, 18])
def test_unknown_names_are_refused(name):
    with pytest.raises(ValueError, match=r"'two-conv', .*Received: network="):
        networks.get(name)


@pytest.mark.parametrize("classes", [0, 2.5])
def test_classes_are_counted(classes):
    with pytest.raises(ValueError, match=r"Expected.*num_classes="):
        networks.mlp((4,), classes)

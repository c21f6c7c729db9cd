"""The networks by name."""

from collections.abc import Callable

import keras

from keras_itra.networks.mobilenet import mobilenet_v1, mobilenet_v2
from keras_itra.networks.resnet import resnet18, resnet18_imagenet, resnet101
from keras_itra.networks.small import cnn, five_conv, mlp, two_conv
from keras_itra.networks.vgg import vgg13
from keras_itra.validation import require_one_of

Builder = Callable[..., keras.Model]

NETWORKS: dict[str, Builder] = {
    "cnn": cnn,
    "mlp": mlp,
    "two-conv": two_conv,
    "five-conv": five_conv,
    "resnet18": resnet18,
    "resnet101": resnet101,
    "resnet18-imagenet": resnet18_imagenet,
    "vgg13": vgg13,
    "mobilenet-v1": mobilenet_v1,
    "mobilenet-v2": mobilenet_v2,
}
"""Builders by name: `(input_shape, num_classes) -> keras.Model`."""


def get(name: str) -> Builder:
    """The builder of a network.

    Args:
        name: A key of `NETWORKS`.

    Returns:
        A function of the shape of one example and the number of classes that
        returns a functional `keras.Model` from examples to logits, with layers
        `features` and `logits`. Most take a `width` as well.

    Raises:
        ValueError: If there is no network of that name.

    Example:

    ```python
    from keras_itra import networks

    model = networks.get("resnet18")((32, 32, 3), 10, width=8)
    assert model.get_layer("features").output.shape == (None, 64)
    ```
    """
    require_one_of("network", name, NETWORKS)
    return NETWORKS[name]

"""Networks whose training step is timed, and random inputs for them."""

from collections.abc import Callable
from dataclasses import dataclass

import keras
import numpy as np
from keras import layers

from keras_itra.experiments import cnn

TOKENS, VOCABULARY = 128, 30522


@dataclass(frozen=True)
class Network:
    """A classifier and what it reads.

    Attributes:
        label: Name in tables, with its size.
        steps: Steps of a repeat; fewer for slow networks.
        build: From a number of classes to a model.
        inputs: From a random generator and a number of rows to an array.
    """

    label: str
    steps: int
    build: Callable[[int], keras.Model]
    inputs: Callable[[np.random.Generator, int], np.ndarray]


def networks(
    resnet_width: int = 64, text_width: int = 768, text_depth: int = 12
) -> dict[str, Network]:
    """The networks by name.

    Args:
        resnet_width: Filters of the first stage; 64 is standard.
        text_width: Size of the hidden states; 768 is BERT-base.
        text_depth: Transformer blocks; 12 is BERT-base.
    """
    return {
        "cnn": Network(
            "small CNN", 10, lambda k: cnn((28, 28, 1), k), _images(28, 1)
        ),
        "resnet18": Network(
            f"ResNet-18, width {resnet_width}",
            3,
            lambda k: resnet18(k, resnet_width),
            _images(32, 3),
        ),
        "text": Network(
            f"text encoder, width {text_width}, depth {text_depth}",
            3,
            lambda k: text_encoder(k, text_width, text_depth),
            lambda rng, rows: rng.integers(VOCABULARY, size=(rows, TOKENS)),
        ),
    }


def resnet18(num_classes: int, width: int = 64) -> keras.Model:
    """ResNet-18 for images of 32x32x3, with a 3x3 stem.

    Args:
        num_classes: Number of logits.
        width: Filters of the first of the four stages; they double.

    Reference:
        He et al., Deep Residual Learning for Image Recognition, CVPR 2016.
    """
    inputs = keras.Input((32, 32, 3), name="image")
    x = layers.ReLU()(_convolve(inputs, width))
    for stage in range(4):
        for block in range(2):
            stride = 2 if stage and not block else 1
            x = _basic_block(x, width * 2**stage, stride)
    x = layers.GlobalAveragePooling2D(name="features")(x)
    return keras.Model(inputs, layers.Dense(num_classes)(x), name="resnet18")


def text_encoder(
    num_classes: int, width: int = 768, depth: int = 12
) -> keras.Model:
    """A transformer encoder for sequences of 128 tokens, as large as BERT.

    Args:
        num_classes: Number of logits.
        width: Size of the hidden states, a multiple of 64.
        depth: Number of blocks.

    Reference:
        Devlin et al., BERT: Pre-training of Deep Bidirectional Transformers,
        NAACL 2019.
    """
    tokens = keras.Input((TOKENS,), dtype="int32", name="tokens")
    positions = keras.ops.zeros_like(tokens) + keras.ops.arange(TOKENS)
    x = layers.Embedding(VOCABULARY, width)(tokens)
    x = x + layers.Embedding(TOKENS, width)(positions)
    x = layers.LayerNormalization()(x)
    for _ in range(depth):
        attention = layers.MultiHeadAttention(width // 64, 64)(x, x)
        x = layers.LayerNormalization()(x + attention)
        hidden = layers.Dense(4 * width, activation="gelu")(x)
        x = layers.LayerNormalization()(x + layers.Dense(width)(hidden))
    features = layers.Dense(width, "tanh", name="features")(x[:, 0])
    logits = layers.Dense(num_classes)(features)
    return keras.Model(tokens, logits, name="text_encoder")


def _images(
    size: int, channels: int
) -> Callable[[np.random.Generator, int], np.ndarray]:
    shape = (size, size, channels)
    return lambda rng, rows: rng.random((rows, *shape), dtype="float32")


def _convolve(
    x: keras.KerasTensor, filters: int, size: int = 3, stride: int = 1
) -> keras.KerasTensor:
    x = layers.Conv2D(filters, size, stride, "same", use_bias=False)(x)
    return layers.BatchNormalization()(x)


def _basic_block(
    x: keras.KerasTensor, filters: int, stride: int
) -> keras.KerasTensor:
    shortcut = x if stride == 1 else _convolve(x, filters, 1, stride)
    x = layers.ReLU()(_convolve(x, filters, 3, stride))
    x = _convolve(x, filters)
    return layers.ReLU()(layers.Add()([x, shortcut]))

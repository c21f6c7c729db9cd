"""Networks whose training step is timed, and random inputs for them."""

from collections.abc import Callable
from dataclasses import dataclass

import keras
import numpy as np
from keras import layers

from keras_itra.networks import cnn, five_conv, resnet18, two_conv

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
        "two-conv": Network(
            "the paper's pilot CNN",
            10,
            lambda k: two_conv((28, 28, 1), k),
            _images(28, 1),
        ),
        "five-conv": Network(
            "the paper's CNN",
            3,
            lambda k: five_conv((28, 28, 1), k),
            _images(28, 1),
        ),
        "resnet18": Network(
            f"ResNet-18, width {resnet_width}",
            3,
            lambda k: resnet18((32, 32, 3), k, resnet_width),
            _images(32, 3),
        ),
        "text": Network(
            f"text encoder, width {text_width}, depth {text_depth}",
            3,
            lambda k: text_encoder(k, text_width, text_depth),
            lambda rng, rows: rng.integers(VOCABULARY, size=(rows, TOKENS)),
        ),
    }


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

"""Texts in a comparison: token ids, frozen features, encoders of KerasHub."""

import string
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_itra._optional import require_module
from keras_itra.datasets.files import MINILM

TINY = "tiny"
"""A preset that needs no download: an untrained BERT that reads letters."""

EMBEDDING_ROWS = 64
"""Texts of one forward pass."""


def find_preset(preset: str, directory: str | Path | None = None) -> str:
    """The folder of an encoder that `datasets.fetch` knows.

    Args:
        preset: `"minilm"`, or any other preset, which is returned as it is.
        directory: Folder of the data; see `datasets.load`.

    Returns:
        What KerasHub understands.

    Raises:
        FileNotFoundError: If the encoder was not fetched; says how to.
    """
    if preset != MINILM.name:
        return preset
    return str(MINILM.find(directory)[0].parent)


def tokenise(texts: Sequence[str], preset: str, length: int) -> np.ndarray:
    """Token ids of texts, cut or padded to one length.

    Args:
        texts: n texts.
        preset: Name or folder of a KerasHub preset, or `"tiny"`.
        length: Tokens of a text, L, the special ones included.

    Returns:
        (n, L) int32.
    """
    prepared = _preprocessor(preset, length)(list(texts))
    return ops.convert_to_numpy(prepared["token_ids"]).astype("int32")


def embed(texts: Sequence[str], preset: str, length: int) -> np.ndarray:
    """Features of a frozen encoder: the mean over the tokens of each text.

    Args:
        texts: n texts.
        preset: Name or folder of a KerasHub preset, or `"tiny"`.
        length: Tokens of a text, the special ones included.

    Returns:
        (n, width) float32.
    """
    inputs = keras.Input((length,), dtype="int32")
    tokens, mask = _encode(preset, inputs)
    mask = ops.cast(mask, tokens.dtype)[..., None]
    mean = ops.sum(tokens * mask, axis=1) / ops.sum(mask, axis=1)
    encoder = keras.Model(inputs, mean)
    ids = tokenise(texts, preset, length)
    # Full mini-batches, so that the graph is traced once.
    padding = -len(ids) % EMBEDDING_ROWS
    padded = np.concatenate([ids, np.repeat(ids[-1:], padding, axis=0)])
    features = encoder.predict(padded, batch_size=EMBEDDING_ROWS, verbose=0)
    return features[: len(ids)]


def text_classifier(preset: str, length: int, num_classes: int) -> keras.Model:
    """A pretrained encoder with a linear layer behind it.

    The layer `features` is the pooled output of a BERT; encoders without one
    get a tanh layer on their first token. Dropout of 0.1 follows.

    Args:
        preset: Name or folder of a KerasHub preset, or `"tiny"`.
        length: Tokens of a text.
        num_classes: Number of logits.

    Returns:
        A functional `keras.Model` from token ids (n, length) to logits.
    """
    inputs = keras.Input((length,), dtype="int32", name="token_ids")
    outputs, _ = _encode(preset, inputs, pooled=True)
    if outputs.ndim == 2:
        features = keras.layers.Identity(name="features")(outputs)
    else:
        features = keras.layers.Dense(
            outputs.shape[-1], activation="tanh", name="features"
        )(outputs[:, 0])
    dropped = keras.layers.Dropout(0.1)(features)
    logits = keras.layers.Dense(num_classes, name="logits")(dropped)
    return keras.Model(inputs, logits, name="text_classifier")


def _encode(
    preset: str, token_ids: Any, pooled: bool = False
) -> tuple[Any, Any]:
    """Outputs of the tokens, or the pooled one if there is one; the mask."""
    if preset == TINY:
        backbone, padding = _tiny_backbone(), 0
    else:
        hub = require_module("keras_hub", "text").models
        backbone = hub.Backbone.from_preset(preset)
        padding = _tokenizer(preset).pad_token_id
    mask = ops.not_equal(token_ids, padding)
    named = {
        "token_ids": token_ids,
        "padding_mask": ops.cast(mask, "int32"),
        "segment_ids": ops.zeros_like(token_ids),
    }
    names = {tensor.name for tensor in backbone.inputs}
    outputs = backbone({name: named[name] for name in named if name in names})
    if isinstance(outputs, dict):
        outputs = outputs["pooled_output" if pooled else "sequence_output"]
    return outputs, mask


def _preprocessor(preset: str, length: int) -> Any:
    hub = require_module("keras_hub", "text").models
    if preset == TINY:
        return hub.BertTextClassifierPreprocessor(
            _tiny_tokenizer(), sequence_length=length
        )
    family = hub.TextClassifierPreprocessor.from_preset(preset)
    return type(family)(_tokenizer(preset), sequence_length=length)


def _tokenizer(preset: str) -> Any:
    hub = require_module("keras_hub", "text")
    tokenizer = hub.models.Tokenizer.from_preset(preset)
    word_piece = isinstance(tokenizer, hub.tokenizers.WordPieceTokenizer)
    if word_piece and tokenizer.lowercase:
        # Else a letter with an accent makes an unknown word of its word.
        return hub.models.Tokenizer.from_preset(preset, strip_accents=True)
    return tokenizer


def _tiny_tokenizer() -> Any:
    hub = require_module("keras_hub", "text").models
    letters = string.ascii_lowercase + string.digits + string.punctuation
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    vocabulary += [*letters, *(f"##{letter}" for letter in letters)]
    return hub.BertTokenizer(vocabulary, lowercase=True, strip_accents=True)


def _tiny_backbone() -> Any:
    hub = require_module("keras_hub", "text").models
    return hub.BertBackbone(
        vocabulary_size=len(_tiny_tokenizer().vocabulary),
        num_layers=2,
        num_heads=2,
        hidden_dim=16,
        intermediate_dim=32,
        max_sequence_length=512,
    )

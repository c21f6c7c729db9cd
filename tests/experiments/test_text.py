"""Texts become token ids, frozen features or inputs of an encoder."""

import numpy as np
import pytest

from keras_itra.experiments import text

pytest.importorskip("keras_hub")


def test_token_ids_begin_and_end_and_are_padded():
    ids = text.tokenise(["ab", "abcdef"], text.TINY, 6)
    tokenizer = text._tiny_tokenizer()
    start, end, padding = (
        tokenizer.token_to_id(t) for t in ("[CLS]", "[SEP]", "[PAD]")
    )
    assert ids.shape == (2, 6)
    assert ids[0, 0] == ids[1, 0] == start
    assert (ids[0] == end).sum() == (ids[1] == end).sum() == 1
    assert ids[0, -1] == padding


def test_frozen_features_do_not_see_the_padding(monkeypatch):
    encoder = text._tiny_backbone()
    monkeypatch.setattr(text, "_tiny_backbone", lambda: encoder)
    monkeypatch.setattr(text, "EMBEDDING_ROWS", 2)
    texts = ["ab", "b c", "hello"]
    short = text.embed(texts, text.TINY, 8)
    assert short.shape == (3, 16)
    np.testing.assert_allclose(
        short, text.embed(texts, text.TINY, 20), atol=1e-5
    )
    assert np.abs(short[0] - short[1]).max() > 1e-3


def test_a_classifier_of_token_ids_has_features_and_logits():
    classifier = text.text_classifier(text.TINY, 6, 3)
    assert classifier.get_layer("features").output.shape == (None, 16)
    ids = text.tokenise(["ab", "abcdef"], text.TINY, 6)
    assert classifier(ids).shape == (2, 3)


def test_an_encoder_that_was_not_fetched(tmp_path):
    with pytest.raises(FileNotFoundError, match="keras-itra fetch minilm"):
        text.find_preset("minilm", tmp_path)

"""A KerasHub task inside `ITRAModel`."""

import keras
import numpy as np
import pytest
from keras import ops

from tests.models.cases import NUM_CLASSES, fit, wrapped

keras_hub = pytest.importorskip("keras_hub")
VOCABULARY, LENGTH = 50, 6


def task():
    backbone = keras_hub.models.BertBackbone(
        vocabulary_size=VOCABULARY,
        num_layers=1,
        num_heads=2,
        hidden_dim=8,
        intermediate_dim=16,
        max_sequence_length=LENGTH,
    )
    return keras_hub.models.BertTextClassifier(
        backbone, num_classes=NUM_CLASSES, preprocessor=None
    )


def draw_tokens(rows=12):
    rng = np.random.default_rng(0)
    x = {
        "token_ids": rng.integers(0, VOCABULARY, (rows, LENGTH)),
        "segment_ids": np.zeros((rows, LENGTH), "int32"),
        "padding_mask": np.ones((rows, LENGTH), "int32"),
    }
    return x, np.arange(rows) % NUM_CLASSES


def test_text_classifier_trains_saves_and_loads(tmp_path):
    x, y = draw_tokens()
    classifier = task()
    model = wrapped(classifier)
    features = model.feature_model(x)
    assert features.shape == (12, 8)  # before the dropout of the head
    np.testing.assert_allclose(
        ops.convert_to_numpy(model.classifier(features)),
        ops.convert_to_numpy(classifier(x)),
        atol=1e-6,
    )
    history = fit(model, x, y, batch_size=6, epochs=2)
    assert np.all(np.isfinite(history["loss"]))
    assert min(history["alignment"]) > 0
    model.save(tmp_path / "bert.keras")
    loaded = keras.models.load_model(tmp_path / "bert.keras")
    assert isinstance(
        loaded.inference_model(), keras_hub.models.BertTextClassifier
    )
    np.testing.assert_allclose(
        loaded.predict(x, verbose=0), model.predict(x, verbose=0), atol=1e-6
    )
    fit(loaded, x, y, batch_size=6)

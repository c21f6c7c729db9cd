"""What counts as a classifier, and which of its rows are mistakes."""

import numpy as np
import pytest

from keras_itra import metrics
from keras_itra.models.class_measures import (
    CALIBRATED,
    MISTAKES,
    class_measures,
)

RNG = np.random.default_rng(0)
LABELS = np.array([0, 2, 1, 2, 1, 0, 2])
LOGITS = RNG.normal(size=(7, 3)).astype("float32")
PROBABILITIES = np.exp(LOGITS) / np.exp(LOGITS).sum(axis=1, keepdims=True)
BINARY = (LABELS > 0).astype("float32")
ONE_HOT = np.eye(3)[LABELS]


@pytest.mark.parametrize(
    ("targets", "outputs"),
    [
        (LABELS, LOGITS),
        (LABELS.astype("float32"), LOGITS),
        (LABELS.astype("uint8")[:, None], PROBABILITIES),
        (ONE_HOT, PROBABILITIES),
        (0.8 * ONE_HOT + 0.2 / 3, LOGITS),
    ],
)
def test_of_several_classes(targets, outputs):
    found = class_measures(targets, outputs)
    expected = LOGITS.argmax(axis=1) != LABELS
    assert 0 < expected.sum() < 7
    np.testing.assert_array_equal(found[MISTAKES], expected)
    scaled = LOGITS / metrics.fit_temperature(LOGITS, LABELS)
    entropy = metrics.cross_entropy(scaled, LABELS)
    np.testing.assert_allclose(found[CALIBRATED].mean(), entropy, rtol=1e-5)


@pytest.mark.parametrize("kind", ["logits", "probabilities"])
@pytest.mark.parametrize("labels", [BINARY, BINARY[:, None].astype(bool)])
def test_of_one_output_for_two_classes(kind, labels):
    logits = LOGITS[:, :1]
    outputs = logits if kind == "logits" else 1 / (1 + np.exp(-logits))
    found = class_measures(labels, outputs)
    expected = (logits[:, 0] > 0) != (BINARY > 0)
    np.testing.assert_array_equal(found[MISTAKES], expected)
    both = np.concatenate([np.zeros_like(logits), logits], axis=1)
    classes = BINARY.astype(int)
    scaled = both / metrics.fit_temperature(both, classes)
    entropy = metrics.cross_entropy(scaled, classes)
    np.testing.assert_allclose(found[CALIBRATED].mean(), entropy, rtol=1e-5)


@pytest.mark.parametrize(
    ("targets", "outputs"),
    [
        (LOGITS[:, 0], LOGITS[:, :1]),
        (LABELS, LOGITS[:, :1]),
        (LABELS + 1, LOGITS),
        (LABELS + 0.5, LOGITS),
        (np.where(LABELS == 0, np.nan, 1e30), LOGITS),
        (LABELS - 1, LOGITS),
        (LOGITS, LOGITS),
        (3 * PROBABILITIES, LOGITS),
        (np.repeat(LABELS[:, None], 2, axis=1), LOGITS),
        (LABELS, LOGITS[:, :, None]),
    ],
)
def test_of_no_classifier(targets, outputs):
    assert class_measures(targets, outputs) == {}


def test_outputs_that_are_not_finite_have_no_measure():
    broken = np.where(np.arange(21).reshape(7, 3) == 4, np.inf, LOGITS)
    found = class_measures(LABELS, broken)
    assert all(np.isnan(found[name]).all() for name in (MISTAKES, CALIBRATED))

"""Logits from whatever a classifier gives."""

import numpy as np
import pytest

from keras_itra.metrics.logits import as_logits

RNG = np.random.default_rng(0)


def test_probabilities_become_logits_of_the_same_probabilities():
    logits = RNG.normal(size=(20, 3))
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    for activation in ("softmax", None):
        found = as_logits(probabilities, activation)
        np.testing.assert_allclose(np.exp(found), probabilities)
    np.testing.assert_array_equal(
        as_logits(probabilities, "linear"), probabilities
    )
    np.testing.assert_array_equal(as_logits(logits, None), logits)
    assert np.isfinite(as_logits(np.eye(3), "softmax")).all()


def test_one_output_becomes_two():
    np.testing.assert_array_equal(
        as_logits(np.array([[2.0], [-1.0]]), None), [[0, 2], [0, -1]]
    )
    found = as_logits(np.array([[0.8]]), "sigmoid")
    np.testing.assert_allclose(np.exp(found), [[0.2, 0.8]])
    np.testing.assert_array_equal(
        as_logits(np.array([[0.8]]), "linear"), [[0, 0.8]]
    )


def test_outputs_that_are_no_classes_are_refused():
    with pytest.raises(ValueError, match="activation='sigmoid'"):
        as_logits(np.full((2, 3), 0.5), "sigmoid")
    with pytest.raises(ValueError, match=r"shape=\(2, 3, 4\)"):
        as_logits(np.ones((2, 3, 4)), None)

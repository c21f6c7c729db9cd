"""Calibrated measures are those of the scaled logits."""

import dataclasses

import numpy as np
import pytest

from keras_itra import metrics, networks
from keras_itra.experiments import MEASURES
from keras_itra.experiments.evaluation import evaluate, measure_test


def test_temperature_scales_what_is_calibrated_and_nothing_else():
    rng = np.random.default_rng(0)
    logits, features = rng.normal(size=(50, 3)), rng.normal(size=(50, 4))
    labels = rng.integers(3, size=50)
    plain = measure_test(logits, features, labels, temperature=1.0)
    scaled = measure_test(logits, features, labels, temperature=2.0)
    changed = {key for key in plain if plain[key] != scaled[key]}
    assert changed == {
        "temperature",
        "calibrated_cross_entropy",
        "calibrated_ece",
    }
    assert plain["calibrated_cross_entropy"] == plain["cross_entropy"]
    assert scaled["calibrated_cross_entropy"] == pytest.approx(
        metrics.cross_entropy(logits / 2, labels)
    )
    assert plain["accuracy"] == 100 * np.mean(logits.argmax(1) == labels)
    assert set(plain) == {m.key for m in MEASURES} - {"step_ms"}


def test_forward_passes_keep_the_rows(splits, monkeypatch):
    classifier = networks.mlp((8, 8, 1), 10)
    whole = evaluate(classifier, splits)
    monkeypatch.setattr("keras_itra.experiments.evaluation.EVALUATION_ROWS", 7)
    parts = evaluate(classifier, splits)
    for part, all_rows in zip(parts[2:], whole[2:], strict=True):
        np.testing.assert_allclose(part, all_rows, rtol=1e-5, atol=1e-6)
    assert parts.validation == pytest.approx(whole.validation, rel=1e-5)
    logits = classifier(splits.x_test).numpy()
    np.testing.assert_allclose(whole.logits, logits, rtol=1e-5, atol=1e-6)
    logits = classifier(splits.x_validation).numpy()
    assert whole.validation["cross_entropy"] == pytest.approx(
        metrics.cross_entropy(logits, splits.y_validation), rel=1e-5
    )
    calibrated = logits / metrics.fit_temperature(logits, splits.y_validation)
    assert whole.validation["calibrated_cross_entropy"] == pytest.approx(
        metrics.cross_entropy(calibrated, splits.y_validation), rel=1e-4
    )


def test_modes_and_foreign_examples_are_measured_where_there_are_some(splits):
    classifier = networks.mlp((8, 8, 1), 10)
    parity = dataclasses.replace(
        splits,
        modes_test=splits.y_test,
        y_test=splits.y_test % 2,
        y_train=splits.y_train % 2,
        # images that no class mean is near to
        x_foreign=splits.x_test[:50] + 10.0,
    )
    _, test, features, _ = evaluate(classifier, parity)
    assert test["auroc_distance"] == 1.0
    assert 0 <= test["auroc_softmax"] <= 1
    assert test["purity"] == pytest.approx(
        100
        * metrics.nearest_neighbour_purity(
            features, parity.modes_test, labels=parity.y_test
        )
    )
    assert "purity" not in evaluate(classifier, splits).test

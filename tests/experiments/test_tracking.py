"""The distances that are logged are those of two fixed mini-batches."""

import dataclasses

import numpy as np
import pytest

from keras_itra import metrics, networks
from keras_itra.experiments.tracking import TRACKED, DistanceTracker


def test_distances_of_two_mini_batches_that_share_no_row(splits, monkeypatch):
    pairs = []
    monkeypatch.setattr(
        metrics, "same_class_distance", lambda *pair: pairs.append(pair) or 7.0
    )
    classifier = networks.mlp((8, 8, 1), 10)
    tracker = DistanceTracker(classifier, splits, batch_size=30)
    logs = {}
    tracker.on_epoch_end(0, logs)
    tracker.on_epoch_end(1, {})
    assert logs["same_class_distance"] == 7.0
    assert 0 < logs["relative_same_class_distance"] < 2
    (first, _, second, _), again = pairs
    np.testing.assert_array_equal(first, again[0])
    assert first.shape == second.shape == (30, 64)
    rows = {row.tobytes() for row in first} & {row.tobytes() for row in second}
    assert not rows


def test_what_diverged_is_nan(splits):
    classifier = networks.mlp((8, 8, 1), 10)
    for weight in classifier.weights:
        weight.assign(np.full(weight.shape, np.nan))
    logs = {}
    DistanceTracker(classifier, splits, 30).on_epoch_end(0, logs)
    assert [logs[name] for name in TRACKED] == pytest.approx(
        [np.nan, np.nan], nan_ok=True
    )


def test_many_classes_and_few_rows_may_share_no_class(splits):
    alone = np.arange(len(splits.y_train))
    splits = dataclasses.replace(splits, y_train=alone, num_classes=len(alone))
    logs = {}
    tracker = DistanceTracker(networks.mlp((8, 8, 1), 10), splits, 30)
    tracker.on_epoch_end(0, logs)
    assert np.isnan([logs[name] for name in TRACKED]).all()

"""Runs come back as they were saved, and only to the settings they had."""

import math

import numpy as np
import pytest

from keras_itra.experiments import Run, RunStore

RUN = Run("itra-c+weight-decay", 3, 0.6, weight_decay=0.01)


def test_a_run_comes_back(store, trained):
    assert store.load(RUN) is None
    saved = store.save(RUN, trained(0.5, 0.25), features=True)
    record = store.load(RUN)
    assert record == saved
    assert record["validation"]["cross_entropy"] == 0.5
    assert record["test"]["cross_entropy"] == 0.25
    features, labels = store.features(RUN)
    np.testing.assert_array_equal(features, trained().features)
    np.testing.assert_array_equal(labels, trained().labels)
    logits, labels = store.logits(RUN)
    np.testing.assert_array_equal(logits, trained().test_logits)
    np.testing.assert_array_equal(labels, trained().test_labels)


def test_a_diverged_run_comes_back_as_nan(store, trained):
    broken = trained(math.nan, math.nan)
    broken.test["scatter"] = math.inf
    saved = store.save(RUN, broken, features=False)
    record = store.load(RUN)
    for found in (saved, record):
        assert math.isnan(found["test"]["scatter"])
    assert math.isnan(record["validation"]["cross_entropy"])
    assert math.isnan(record["history"]["val_accuracy"][-1])


def test_file_names_tell_runs_apart(store):
    runs = [
        Run("sgd", 0),
        Run("sgd", 1),
        Run("itra", 0, 0.6),
        Run("itra", 0, 0.3),
        Run("itra", 0, 0.3000001),
        Run("itra+weight-decay", 0, 0.3, weight_decay=0.01),
        Run("itra+weight-decay", 0, 0.3, weight_decay=0.1),
    ]
    assert len({run.name for run in runs}) == len(runs)
    assert RUN.name == "itra-c+weight-decay=0.01-0.6-seed3"


def test_the_same_settings_find_the_same_runs(store, trained):
    store.save(RUN, trained(), features=False)
    again = RunStore(store.directory, store.settings)
    assert again.load(RUN) == store.load(RUN)


def test_other_settings_are_refused(store, trained, tmp_path):
    store = RunStore(tmp_path, {"epochs": 30, "data": "digits"})
    store.save(RUN, trained(), features=False)
    with pytest.raises(
        ValueError, match=r"Expected .*epochs=30.* Received: epochs=40$"
    ):
        RunStore(tmp_path, {"epochs": 40, "data": "digits"})


def test_settings_without_a_run_bind_nobody(trained, tmp_path):
    RunStore(tmp_path, {"epochs": 30})
    store = RunStore(tmp_path, {"epochs": 40})
    store.save(RUN, trained(), features=False)
    assert RunStore(tmp_path, {"epochs": 40}).load(RUN) is not None


def test_a_run_of_other_settings_is_refused(store, trained, tmp_path):
    store.save(RUN, trained(), features=False)
    (tmp_path / "settings.json").unlink()
    other = RunStore(tmp_path, {"data": "other"})
    with pytest.raises(ValueError, match=r"Received: .*fingerprint="):
        other.load(RUN)


def test_a_record_cut_short_is_no_run(store, trained):
    store.save(RUN, trained(), features=False)
    path = store.directory / "runs" / f"{RUN.name}.json"
    path.write_bytes(path.read_bytes()[:-20])
    assert store.load(RUN) is None


def test_what_is_no_record_is_not_there(store, trained):
    store.save(RUN, trained(), features=False)
    path = store.directory / "runs" / f"{RUN.name}.json"
    path.write_text("[1]")
    assert store.load(RUN) is None
    (store.directory / "settings.json").write_text("[1]")
    RunStore(store.directory, store.settings)
    with pytest.raises(ValueError, match="settings"):
        RunStore(store.directory, {"data": "others"})

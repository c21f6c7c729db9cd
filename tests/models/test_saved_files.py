"""A saved model goes on in another process as if it had never been saved."""

import os
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.cases import BAD_INPUT
from tests.models.cases import (
    CAN_EXPORT,
    EAGER,
    batch_normalized,
    compiled,
    draw,
    fit,
    wrapped,
)
from tests.models.subclasses import Bare, Explicit, Narrow, Wide

ROOT = Path(__file__).resolve().parents[2]


def with_optimizer_state(model, name):
    """One of them trains as a graph, here and in the other process."""
    eager = EAGER and name != "wrapped"
    optimizer = keras.optimizers.Adam(0.01)
    return compiled(model, optimizer=optimizer, run_eagerly=eager)


def cosine():
    return keras.optimizers.schedules.CosineDecay(0.6, 10)


MODELS = {
    "wrapped": lambda: wrapped(
        batch_normalized(), forward="separate", alignment_weight=cosine()
    ),
    "subclass": lambda: Wide(7, seed=0),
    "subclass-narrow": lambda: Narrow(7, seed=0),
    "unregistered": lambda: Explicit(7, seed=0),
}


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Folder of saved models, and what each did here after it was saved."""
    folder = tmp_path_factory.mktemp("saved")
    keras.utils.set_random_seed(0)
    x, y = draw()
    expected = {}
    for name, build in MODELS.items():
        model = with_optimizer_state(build(), name)
        # A subclass is not called before `fit`.
        fit(model, x, y, batch_size=8)
        model.save(folder / f"{name}.keras")
        found = {"prediction": model.predict(x, verbose=0)}
        found["weight"] = np.array(model.alignment_weight)
        history = fit(model, x, y, batch_size=8, epochs=2, initial_epoch=1)
        found |= {f"history/{key}": history[key] for key in history}
        for index, weight in enumerate(model.weights):
            found[f"weights/{index}"] = np.array(weight)
        expected[name] = found
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-m", "tests.models.fresh_process", folder],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return folder, expected, done.stderr


@pytest.mark.parametrize("name", MODELS)
def test_fresh_process_predicts_and_trains_on(name, runs):
    folder, expected, _ = runs
    found = np.load(folder / f"{name}.npz")
    assert set(found) == {*expected[name], "inference"}
    for key, value in expected[name].items():
        np.testing.assert_allclose(
            found[key], value, rtol=1e-5, atol=1e-6, err_msg=key
        )
    np.testing.assert_allclose(
        found["inference"], found["prediction"], rtol=1e-5
    )


@pytest.mark.skipif(not CAN_EXPORT, reason="Keras cannot export")
@pytest.mark.parametrize("name", MODELS)
def test_exported_inference_model_predicts_the_same(name, runs):
    folder, expected, _ = runs
    served = tf.saved_model.load(folder / name)
    np.testing.assert_allclose(
        served.serve(draw()[0]), expected[name]["prediction"], atol=1e-6
    )


def test_loading_warns_of_nothing(runs):
    assert "Skipping variable loading" not in runs[2]


@pytest.mark.skipif(not CAN_EXPORT, reason="Keras cannot export")
@pytest.mark.parametrize("name", ["wrapped", "subclass"])
def test_export_without_saving_first(name, tmp_path):
    x, y = draw()
    model = compiled(MODELS[name]())
    fit(model, x, y, batch_size=8)
    model.inference_model().export(tmp_path / "served", verbose=False)
    served = tf.saved_model.load(tmp_path / "served")
    np.testing.assert_allclose(
        served.serve(x[:5]), model.predict(x[:5], verbose=0), atol=1e-6
    )


def test_inference_model_of_a_subclass_shares_its_weights():
    x, y = draw()
    model = compiled(Wide(7, seed=0))
    with pytest.raises(ValueError, match=BAD_INPUT):
        model.inference_model()
    fit(model, x, y, batch_size=8)
    plain = model.inference_model()
    fit(model, x, y, batch_size=8)
    np.testing.assert_allclose(
        plain.predict(x, verbose=0), model.predict(x, verbose=0), rtol=1e-5
    )
    trainable = {id(weight) for weight in model.trainable_weights}
    assert {id(weight) for weight in plain.trainable_weights} == trainable


def test_the_classifier_of_a_subclass_holds_its_own_weights(tmp_path):
    x, y = draw()
    model, other = compiled(Bare(seed=0)), Bare(seed=1)
    fit(model, x, y, batch_size=8)
    other(x)
    plain, expected = model.inference_model(), model.predict(x, verbose=0)
    plain.save_weights(tmp_path / "plain.weights.h5")
    fresh = other.inference_model()
    fresh.load_weights(tmp_path / "plain.weights.h5")
    np.testing.assert_array_equal(fresh.predict(x, verbose=0), expected)
    np.testing.assert_array_equal(other.predict(x, verbose=0), expected)
    # Fine-tuning it moves the model, too.
    compiled(plain, optimizer="sgd")
    found, of_model = (
        m.evaluate(x, y, verbose=0, return_dict=True) for m in (plain, model)
    )
    assert found == pytest.approx(of_model)
    before = np.array(model.prototypes)
    plain.fit(x, y, verbose=0)
    assert not np.array_equal(model.prototypes, before)
    expected = plain.predict(x, verbose=0)
    plain.save(tmp_path / "plain.keras")
    loaded = keras.models.load_model(tmp_path / "plain.keras")
    np.testing.assert_array_equal(loaded.predict(x, verbose=0), expected)

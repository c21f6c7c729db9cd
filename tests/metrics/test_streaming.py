"""Streaming metrics against float64 and against themselves."""

import json

import keras
import numpy as np
import pytest

from keras_itra import metrics
from tests.fresh_process import run
from tests.metrics.streaming import (
    ON_FEATURES,
    D,
    K,
    calibration,
    compiled_model,
    cycle,
    draw,
    evaluate,
    expected,
    make,
    stream,
)


@pytest.mark.parametrize("sizes", [(60,), (13,), (1, 0, 40, 2)])
def test_any_batch_size_agrees_with_float64(sizes):
    rows = draw(len(sizes))
    values = stream(make(), rows, cycle(*sizes))
    np.testing.assert_allclose(values, expected(*rows), rtol=2e-4, atol=1e-6)


def test_a_large_mean_does_not_cancel():
    rows = draw(0, n=120, offset=1e4)
    values = stream(make(), rows, cycle(11))
    # rounding of the given float32 features is in the reference too
    np.testing.assert_allclose(values, expected(*rows), rtol=1e-4)


def test_compact_classes_far_apart():
    features, labels, weights = draw(0)
    features = np.float32(1e-3) * features + 10 * np.eye(K, D)[labels]
    rows = features.astype("float32"), labels, weights
    np.testing.assert_allclose(
        stream(make(), rows, cycle(11)), expected(*rows), rtol=2e-3, atol=1e-6
    )


def test_rows_that_do_not_count():
    features, labels, weights = draw(0)
    many = make()
    before = stream(many, (features, labels, weights), cycle(20))
    junk = np.full((3, D), np.nan, "float32")
    for metric in many:
        metric.update_state([0, 1, 2], junk, [0, 0, 0])
        metric.update_state([-1, K], junk[:2])
    assert [float(metric.result()) for metric in many] == before
    first = metrics.Scatter(K, D)
    first.update_state([0], junk[:1], [0])
    first.update_state(labels, features, weights)
    assert float(first.result()) == pytest.approx(before[2], rel=1e-5)


def test_forms_of_labels_and_weights():
    features, labels, _ = draw(0)
    twice = 2 * np.ones(len(labels))
    values = []
    for y, w in [
        (labels, None),
        (labels[:, None].astype("float32"), 1.0),
        (np.eye(K)[labels], twice[:, None]),
    ]:
        metric = metrics.VariabilityCollapse(K, D)
        metric.update_state(y, features, w)
        values.append(float(metric.result()))
    np.testing.assert_allclose(values, values[0], rtol=1e-6)


def test_simplex_and_points():
    features = np.eye(K, D + 1, dtype="float32")
    for metric, _, _ in ON_FEATURES[3:7]:
        simplex = metric(K, D + 1)
        simplex.update_state(np.arange(K), features)
        assert float(simplex.result()) == pytest.approx(0, abs=1e-6)
    # two classes lie opposite, whatever they are
    angle = metrics.SmallestClassAngle(2, 1)
    angle.update_state([0, 1, 1], [[0.0], [1.0], [5.0]])
    assert float(angle.result()) == pytest.approx(180)


@pytest.mark.tensorflow
def test_loaded_in_a_fresh_process_and_on_two_replicas(tmp_path):
    model = compiled_model()
    rng = np.random.default_rng(0)
    data = {
        "x": rng.normal(size=(43, 3)).astype("float32") + 5,
        "y": rng.integers(K, size=43),
        "w": rng.integers(3, size=43).astype("float32"),
    }
    logs = evaluate(model, data)
    outputs = model.predict(data["x"], verbose=0)
    rows = np.asarray(data["y"]), data["w"]
    reported = [logs[f"features_{metric.name}"] for metric in make()]
    np.testing.assert_allclose(
        reported, expected(outputs["features"], *rows), rtol=1e-3
    )
    assert logs["logits_expected_calibration_error"] == pytest.approx(
        calibration(outputs["logits"], *rows), abs=1e-6
    )
    model.save(tmp_path / "model.keras")
    np.savez(tmp_path / "data.npz", **data)
    script = "import sys; from tests.metrics import streaming; "
    printed = run(script + "streaming.main(sys.argv[1])", tmp_path)
    one, two = json.loads(printed.splitlines()[-1])
    assert one.keys() == two.keys() == logs.keys()
    assert one == pytest.approx(logs, rel=1e-6)
    assert two == pytest.approx(logs, rel=1e-4)


def test_state_is_float32_at_least():
    with_half = keras.config.floatx()
    keras.config.set_floatx("float16")
    try:
        metric = metrics.Scatter(K, D)
        calibrated = metrics.ExpectedCalibrationError()
    finally:
        keras.config.set_floatx(with_half)
    assert metric.dtype == calibrated.dtype == "float32"
    rows = draw(0, n=3000)
    half = rows[0].astype("float16"), *rows[1:]
    value = stream([metric], half, cycle(400))
    assert value == pytest.approx([expected(*half)[2]], rel=1e-4)
    assert metrics.Scatter(K, D, dtype="bfloat16").dtype == "float32"
    rebuilt = metrics.Scatter.from_config(metric.get_config())
    assert rebuilt.get_config() == metric.get_config()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: metrics.Scatter(0, 3), "num_classes=0"),
        (lambda: metrics.VariabilityCollapse(3, 1.5), "feature_dim=1.5"),
        (lambda: metrics.ExpectedCalibrationError(0), "bins=0"),
        (
            lambda: metrics.Scatter(2, 3).update_state([0], np.zeros((1, 4))),
            r"features of shape \(n, 3\). Received: shape=\(1, 4\)",
        ),
        (
            lambda: metrics.Scatter(2, 3).update_state(
                np.zeros((1, 5)), np.zeros((1, 3))
            ),
            r"one-hot \(n, 2\). Received: shape=\(1, 5\)",
        ),
        (
            lambda: metrics.ExpectedCalibrationError().update_state(
                [0], np.zeros((1, 1))
            ),
            "two classes or more",
        ),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()

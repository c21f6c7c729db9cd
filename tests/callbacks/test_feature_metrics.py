import functools

import keras
import numpy as np
import pytest

from keras_itra import metrics
from keras_itra.callbacks.feature_metrics import (
    arguments_of,
    evaluate_metrics,
    named,
    needs_training_rows,
)
from keras_itra.callbacks.feature_reader import Reading

ROWS, CLASSES, WIDTH = 30, 3, 4


def reading(seed=0):
    rng = np.random.default_rng(seed)
    labels = np.arange(ROWS) % CLASSES
    features = rng.normal(size=(ROWS, WIDTH)) + labels[:, None]
    return Reading(features, rng.normal(size=(ROWS, CLASSES)), labels)


def test_functions_are_given_what_their_arguments_name():
    held_out, training = reading(0), reading(1)
    listed = [
        metrics.scatter,
        metrics.expected_calibration_error,
        metrics.nearest_class_mean_accuracy,
        metrics.nearest_class_mean_agreement,
    ]
    found = evaluate_metrics(named(listed), held_out, training)
    h, o, y = held_out
    reference = {
        "scatter": metrics.scatter(h, y),
        "expected_calibration_error": metrics.expected_calibration_error(o, y),
        "nearest_class_mean_accuracy": metrics.nearest_class_mean_accuracy(
            h, y, training.features, training.labels
        ),
        "nearest_class_mean_agreement": metrics.nearest_class_mean_agreement(
            h, o, training.features, training.labels
        ),
    }
    assert found == reference


def test_streaming_metrics_see_features_or_outputs_and_start_anew():
    h, o, y = held_out = reading()
    streaming = named(
        [
            metrics.Scatter(CLASSES, WIDTH),
            keras.metrics.SparseCategoricalAccuracy(name="hits"),
        ]
    )
    for _ in range(2):
        found = evaluate_metrics(streaming, held_out)
        np.testing.assert_allclose(
            found["scatter"], metrics.scatter(h, y), rtol=1e-5
        )
        np.testing.assert_allclose(
            found["hits"], np.mean(o.argmax(axis=1) == y), rtol=1e-6
        )


def test_a_users_function_and_a_partial_one():
    held_out = reading()
    found = evaluate_metrics(
        named(
            {
                "rows": lambda features, labels, scale=2.0: scale * len(labels),
                "coarse": functools.partial(
                    metrics.expected_calibration_error, bins=2
                ),
                "largest": lambda outputs: outputs.max(),
            }
        ),
        held_out,
    )
    assert found["rows"] == 2 * ROWS
    assert found["largest"] == held_out.outputs.max()
    assert found["coarse"] == metrics.expected_calibration_error(
        held_out.outputs, held_out.labels, bins=2
    )


@pytest.mark.parametrize("where", ["features", "outputs"])
def test_what_is_not_finite_gives_nan(where):
    held_out = reading()
    getattr(held_out, where)[3, 0] = np.inf
    found = evaluate_metrics(named([metrics.scatter]), held_out)
    assert np.isnan(found["scatter"])


def test_probabilities_are_no_logits():
    h, o, y = reading()
    probabilities = np.exp(o) / np.exp(o).sum(axis=1, keepdims=True)
    softmax = Reading(h, probabilities, y)
    # Sums of such numbers are further from 1.
    rough = keras.ops.cast(probabilities, "bfloat16")
    rough = keras.ops.convert_to_numpy(keras.ops.cast(rough, "float32"))
    calibration = named([metrics.expected_calibration_error])
    for read in (softmax, Reading(h, rough, y)):
        with pytest.raises(ValueError, match="function of `outputs`"):
            evaluate_metrics(calibration, read)
    by_outputs = {
        "ece": lambda outputs, labels: metrics.expected_calibration_error(
            np.log(outputs), labels
        )
    }
    np.testing.assert_allclose(
        evaluate_metrics(named(by_outputs), softmax)["ece"],
        metrics.expected_calibration_error(o, y),
    )


def test_which_need_training_rows():
    assert needs_training_rows(named([metrics.nearest_class_mean_accuracy]))
    assert not needs_training_rows(named([metrics.scatter]))
    assert arguments_of("s", metrics.scatter) == ["features", "labels"]


@pytest.mark.parametrize(
    ("refused", "message"),
    [
        ([], "different names"),
        ([metrics.scatter, metrics.scatter], "different names"),
        ([lambda features: 0.0], "a dict that names"),
        ({"a b": metrics.scatter}, "a dict that names"),
        ({"x": 3}, "to be functions"),
        ({"x": metrics.Scatter}, "to be functions"),
        ({"x": lambda h, y: 0.0}, "arguments are among"),
        ({"x": lambda features, k: 0.0}, "arguments are among"),
        ({"x": lambda scale=1.0: 0.0}, "arguments are among"),
    ],
)
def test_metrics_that_are_refused(refused, message):
    with pytest.raises(ValueError, match=message):
        named(refused)


@pytest.mark.parametrize("value", [np.zeros(2), 1j])
def test_a_metric_gives_one_number(value):
    with pytest.raises(ValueError, match="one number"):
        evaluate_metrics({"m": lambda features: value}, reading())

"""Measures of a trained classifier on validation and test data."""

import keras
import numpy as np

from keras_itra import metrics
from keras_itra.experiments.measures import MEASURES
from keras_itra.experiments.protocol import Splits

EVALUATION_ROWS = 500
"""Rows of one forward pass."""


def evaluate(
    classifier: keras.Model, splits: Splits
) -> tuple[dict[str, float], dict[str, float], np.ndarray]:
    """Measure a trained classifier.

    Args:
        classifier: From examples to logits, with a layer `features`.
        splits: The data; the temperature is fitted on the validation split.

    Returns:
        Measures of the validation set, measures of the test set by the keys
        of `MEASURES` (but for the time of a step), and test features. All
        measures are nan if training diverged.
    """
    probe = keras.Model(
        classifier.input,
        [classifier.get_layer("features").output, classifier.output],
    )

    def predict(x: np.ndarray) -> list[np.ndarray]:
        # Keras' own `predict` would warn of its tracing after a few runs.
        batches = np.array_split(x, -(-len(x) // EVALUATION_ROWS))
        parts = [probe(batch, training=False) for batch in batches]
        return [
            np.concatenate(
                [keras.ops.convert_to_numpy(part) for part in output]
            )
            for output in zip(*parts, strict=True)
        ]

    _, logits = predict(splits.x_validation)
    features, test_logits = predict(splits.x_test)
    if not all(np.isfinite(a).all() for a in (logits, features, test_logits)):
        nan = float("nan")
        test = {measure.key: nan for measure in MEASURES}
        return {"cross_entropy": nan, "accuracy": nan}, test, features
    labels = splits.y_validation
    validation = {
        "cross_entropy": metrics.cross_entropy(logits, labels),
        "accuracy": 100 * metrics.accuracy(logits, labels),
    }
    temperature = metrics.fit_temperature(logits, labels)
    test = measure_test(test_logits, features, splits.y_test, temperature)
    return validation, test, features


def measure_test(
    logits: np.ndarray,
    features: np.ndarray,
    labels: np.ndarray,
    temperature: float,
) -> dict[str, float]:
    """Every measure of the test set, but for the time of a step.

    Args:
        logits: Test logits (n, K).
        features: Test features (n, d).
        labels: Integer test labels (n,).
        temperature: Fitted on other data than these; "calibrated" measures
            are those of `logits / temperature`.

    Returns:
        Values by the keys of `MEASURES`.
    """
    calibrated = logits / temperature
    return {
        "accuracy": 100 * metrics.accuracy(logits, labels),
        "cross_entropy": metrics.cross_entropy(logits, labels),
        "calibrated_cross_entropy": metrics.cross_entropy(calibrated, labels),
        "calibrated_ece": metrics.expected_calibration_error(
            calibrated, labels
        ),
        "scatter": metrics.scatter(features, labels),
        "ece": metrics.expected_calibration_error(logits, labels),
        "temperature": temperature,
    }

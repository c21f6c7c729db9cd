"""Measures of a trained classifier on validation and test data."""

from collections.abc import Sequence
from typing import NamedTuple

import keras
import numpy as np

from keras_itra import metrics
from keras_itra.experiments.measures import measures_of
from keras_itra.experiments.protocol import Splits

VALIDATION_MEASURES = ("accuracy", "cross_entropy", "calibrated_cross_entropy")

EVALUATION_ROWS = 500
"""Rows of one forward pass."""

MODE_ROWS = 2000
"""Test rows among which nearest neighbours are looked for."""


class Measured(NamedTuple):
    """What is known of a trained classifier; all nan if training diverged.

    Attributes:
        validation: Measures of the validation set, by `VALIDATION_MEASURES`.
        test: Measures of the test set by the keys of `measures_of(splits)`,
            but for the time of a step.
        features: Test features `(n, d)`.
        logits: Test logits `(n, K)`.
    """

    validation: dict[str, float]
    test: dict[str, float]
    features: np.ndarray
    logits: np.ndarray


def evaluate(classifier: keras.Model, splits: Splits) -> Measured:
    """Measure a trained classifier.

    Args:
        classifier: From examples to logits, with a layer `features`.
        splits: The data; the temperature is fitted on the validation split.

    Returns:
        Measures, and what they were taken of.
    """
    probe = keras.Model(
        classifier.input,
        [classifier.get_layer("features").output, classifier.output],
    )
    _, logits = _predict(probe, splits.x_validation)
    features, test_logits = _predict(probe, splits.x_test)
    if not all(np.isfinite(a).all() for a in (logits, features, test_logits)):
        nan = float("nan")
        test = {measure.key: nan for measure in measures_of(splits)}
        validation = dict.fromkeys(VALIDATION_MEASURES, nan)
        return Measured(validation, test, features, test_logits)
    labels = splits.y_validation
    temperature = metrics.fit_temperature(logits, labels)
    validation = {
        "accuracy": 100 * metrics.accuracy(logits, labels),
        "cross_entropy": metrics.cross_entropy(logits, labels),
        # One number, fitted on these very rows: it flatters all methods alike.
        "calibrated_cross_entropy": metrics.cross_entropy(
            logits / temperature, labels
        ),
    }
    test = measure_test(test_logits, features, splits.y_test, temperature)
    if splits.modes_test is not None:
        test |= _measure_modes(features, splits.y_test, splits.modes_test)
    if splits.x_foreign is not None:
        train_features, _ = _predict(probe, splits.x_train)
        test |= _measure_detection(
            (features, test_logits),
            _predict(probe, splits.x_foreign),
            (train_features, splits.y_train),
        )
    return Measured(validation, test, features, test_logits)


def _predict(probe: keras.Model, x: np.ndarray) -> list[np.ndarray]:
    # Keras' own `predict` would warn of its tracing after a few runs.
    batches = np.array_split(x, -(-len(x) // EVALUATION_ROWS))
    parts = [probe(as_floats(batch), training=False) for batch in batches]
    return [
        np.concatenate([keras.ops.convert_to_numpy(part) for part in output])
        for output in zip(*parts, strict=True)
    ]


def sample_rows(size: int, number: int) -> np.ndarray:
    """At most `number` of `size` rows, always the same: sets may be sorted."""
    return np.sort(np.random.default_rng(0).permutation(size)[:number])


def as_floats(x: np.ndarray) -> np.ndarray:
    """Images of 8 bits as numbers from 0 to 1; anything else as it is."""
    return x.astype("float32") / 255 if x.dtype == np.uint8 else x


def _measure_modes(
    features: np.ndarray, labels: np.ndarray, modes: np.ndarray
) -> dict[str, float]:
    """Whether the modes inside a class stay apart."""
    rows = sample_rows(len(features), MODE_ROWS)
    purity = metrics.nearest_neighbour_purity(
        features[rows], modes[rows], labels=labels[rows]
    )
    return {"purity": 100 * purity}


def _measure_detection(
    inside: Sequence[np.ndarray],
    outside: Sequence[np.ndarray],
    training: tuple[np.ndarray, np.ndarray],
) -> dict[str, float]:
    """How well scores of the test set exceed those of foreign examples.

    Args:
        inside: Features and logits of the test set.
        outside: The same of the foreign examples.
        training: Features and labels that make the class means.
    """

    def scores(
        features: np.ndarray, logits: np.ndarray
    ) -> dict[str, np.ndarray]:
        return {
            "auroc_softmax": metrics.max_softmax(logits),
            "auroc_energy": metrics.energy_score(logits),
            "auroc_distance": metrics.class_mean_distance(features, *training),
        }

    within, beyond = scores(*inside), scores(*outside)
    return {key: metrics.auroc(within[key], beyond[key]) for key in within}


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

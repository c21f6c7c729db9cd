"""What a trained classifier makes of its data."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from keras_itra import metrics
from keras_itra.experiments import Splits
from keras_itra.experiments.evaluation import sample_rows
from keras_itra.reports.classifier import Classifier
from keras_itra.validation import require

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]

MAX_TRAINING_ROWS = 10_000
"""Training rows that class means are made of, and neighbours looked for in."""

SAMPLE_ROWS = 2_000
"""Test rows of measures and pictures whose time grows with their square."""


@dataclass(frozen=True)
class Findings:
    """Features and logits of a classifier, and the labels beside them.

    Attributes:
        features: Of the test set, `(n, d)`.
        logits: Of the test set, `(n, K)`.
        labels: Of the test set, `(n,)`.
        train_features: Of training rows, `(m, d)`.
        train_labels: Their labels, `(m,)`.
        temperature: Fitted on the validation rows.
        kernel: Weights of the last layer, `(d, K)`, if there is one.
    """

    features: Floats
    logits: Floats
    labels: Labels
    train_features: Floats
    train_labels: Labels
    temperature: float
    kernel: Floats | None

    @property
    def predicted(self) -> Labels:
        """The most probable class of each test row."""
        return self.logits.argmax(axis=1)

    @property
    def calibrated(self) -> Floats:
        """The logits divided by the temperature."""
        return self.logits / self.temperature

    @property
    def sample(self) -> tuple[Floats, Labels]:
        """Features and labels of at most `SAMPLE_ROWS` test rows."""
        rows = sample_rows(len(self.labels), SAMPLE_ROWS)
        return self.features[rows], self.labels[rows]


def find(classifier: Classifier, splits: Splits) -> Findings:
    """Reads features and logits of a data set.

    Args:
        classifier: The classifier.
        splits: Data; the temperature is fitted on the validation rows.

    Returns:
        What the measures are made of.

    Raises:
        ValueError: If outputs and classes do not fit together, see also
            `Classifier.read`.
    """
    require(
        len(np.unique(splits.y_test)) > 1,
        "test rows of two classes or more",
        labels=np.unique(splits.y_test).tolist(),
    )
    features, logits = classifier.read(splits.x_test)
    require(
        logits.shape[1] == splits.num_classes,
        f"a classifier of the {splits.num_classes} classes of the data",
        classes=logits.shape[1],
    )
    _, validation = classifier.read(splits.x_validation)
    rows = sample_rows(len(splits.x_train), MAX_TRAINING_ROWS)
    train_features, _ = classifier.read(splits.x_train[rows])
    return Findings(
        features=features,
        logits=logits,
        labels=splits.y_test,
        train_features=train_features,
        train_labels=splits.y_train[rows],
        temperature=metrics.fit_temperature(validation, splits.y_validation),
        kernel=classifier.kernel(features.shape[1], logits.shape[1]),
    )

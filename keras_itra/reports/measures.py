"""The numbers of a trained classifier, each with how to read it."""

from __future__ import annotations

import math

import keras
import numpy as np

from keras_itra import metrics
from keras_itra.reports.findings import Findings, Labels
from keras_itra.reports.page import Number

MAX_WIDTH = 4_096
"""Features beyond this width have no NC1, whose state is their square."""

NEIGHBOURS = 5
PURITY_NEIGHBOURS = 10

_NORMAL_QUANTILE = 1.959963984540054  # two-sided, 95 %


def show(value: float, digits: int = 3) -> str:
    """A number, or what stands for one.

    Args:
        value: The number.
        digits: Decimals to show.

    Returns:
        For example `"0.125"`.
    """
    if math.isnan(value):
        return "undefined"
    if math.isinf(value):
        return "∞" if value > 0 else "-∞"
    return f"{value:.{digits}f}"


def percent(fraction: float) -> str:
    """A fraction in per cent."""
    return f"{show(100 * fraction, 2)}\N{NO-BREAK SPACE}%"


def binomial_interval(fraction: float, rows: int) -> tuple[float, float]:
    """The 95 % interval of a fraction of independent rows, by Wilson's score.

    Args:
        fraction: Between 0 and 1.
        rows: Their number n.

    Returns:
        Its ends, between 0 and 1.

    Reference:
        Wilson, Probable Inference, the Law of Succession, and Statistical
        Inference, JASA 1927.
    """
    square = _NORMAL_QUANTILE**2 / rows
    middle = (fraction + square / 2) / (1 + square)
    variance = square * (fraction * (1 - fraction) + square / 4)
    half = math.sqrt(variance) / (1 + square)
    return max(0.0, middle - half), min(1.0, middle + half)


def predictions(found: Findings) -> dict[str, Number]:
    """Accuracy, cross-entropy and calibration of the test set.

    Args:
        found: Logits and labels.

    Returns:
        Numbers by a key.
    """
    logits, labels, calibrated = found.logits, found.labels, found.calibrated
    rows, classes = logits.shape
    accuracy = metrics.accuracy(logits, labels)
    low, high = binomial_interval(accuracy, rows)
    guessing = show(math.log(classes))
    ece = metrics.expected_calibration_error
    return {
        "accuracy": Number(
            "accuracy",
            percent(accuracy),
            f"Share of the {rows:,} test rows whose most probable class is "
            f"right. So many rows leave open {percent(low)} to "
            f"{percent(high)} (95 % interval).",
        ),
        "cross_entropy": Number(
            "cross-entropy",
            show(metrics.cross_entropy(logits, labels)),
            "Mean of -log of the probability of the right class; less is "
            f"better, and guessing among {classes} classes has {guessing}. "
            "Confident mistakes cost most.",
        ),
        "calibrated_cross_entropy": Number(
            "cross-entropy after temperature",
            show(metrics.cross_entropy(calibrated, labels)),
            "The same with logits divided by the temperature: what is left "
            "once over- or underconfidence is mended.",
        ),
        "ece": Number(
            "expected calibration error",
            show(ece(logits, labels)),
            "Mean gap between confidence and accuracy over 15 bins; 0 if a "
            "confidence of 80 % is right in 80 % of the cases.",
        ),
        "calibrated_ece": Number(
            "calibration error after temperature",
            show(ece(calibrated, labels)),
            "The same with logits divided by the temperature.",
        ),
        "temperature": Number(
            "temperature",
            show(found.temperature),
            "Above 1 the classifier is too sure of itself, below 1 not sure "
            "enough. Fitted on the validation rows; it changes no decision.",
        ),
    }


def compactness(found: Findings) -> dict[str, Number]:
    """How compact and how far apart the classes of the test features are.

    Args:
        found: Features and labels.

    Returns:
        Numbers by a key; without those that cannot be computed.
    """
    features, labels = found.features, found.labels
    training = found.train_features, found.train_labels
    sample, of_sample = found.sample
    numbers = {
        "scatter": Number(
            "scatter within / between",
            show(metrics.scatter(features, labels)),
            "Squared distance of a row to its class mean over that of the "
            "class means to their centre; 0 if each class is one point.",
        ),
        "davies_bouldin": Number(
            "Davies-Bouldin index",
            show(metrics.davies_bouldin(features, labels)),
            "Spreads of two classes over the distance of their means, for "
            "each class with its worst neighbour; less is better.",
        ),
        "silhouette": Number(
            "silhouette",
            show(metrics.silhouette(sample, of_sample)),
            "How much nearer rows are to their class than to the next one: 1 "
            "is compact and apart, 0 on the border, below 0 in the wrong "
            "class.",
        ),
    }
    return (
        numbers
        | _collapse(found)
        | {
            "nearest_mean": Number(
                "nearest-mean accuracy",
                percent(
                    metrics.nearest_class_mean_accuracy(
                        features, labels, *training
                    )
                ),
                "Accuracy of deciding for the nearest class mean of the "
                "training rows: close to that of the classifier if classes "
                "are compact.",
            ),
            "nearest_neighbours": Number(
                f"{NEIGHBOURS}-nearest-neighbour accuracy",
                percent(
                    metrics.nearest_neighbour_accuracy(
                        features, labels, *training, k=NEIGHBOURS
                    )
                ),
                f"Accuracy of a vote of the {NEIGHBOURS} nearest training "
                "rows: what the features know, whatever the shape of the "
                "classes.",
            ),
            "purity": Number(
                "neighbourhood purity",
                percent(
                    metrics.nearest_neighbour_purity(
                        sample, of_sample, k=PURITY_NEIGHBOURS
                    )
                ),
                f"Share of the {PURITY_NEIGHBOURS} nearest test rows that are "
                "of the row's own class; by chance it would be "
                f"{percent(_chance(of_sample))}.",
            ),
        }
    )


def _chance(labels: Labels) -> float:
    """How often another row is of a row's own class."""
    rows = np.bincount(labels).astype(np.float64)
    return float(rows @ (rows - 1) / (len(labels) * (len(labels) - 1)))


def _collapse(found: Findings) -> dict[str, Number]:
    """Neural collapse, NC1 to NC4, and the smallest angle."""
    width, classes = found.features.shape[1], found.logits.shape[1]
    sizes = classes, width

    def streamed(metric: keras.metrics.Metric) -> float:
        metric.update_state(found.labels, found.features)
        return float(keras.ops.convert_to_numpy(metric.result()))

    widest = show(math.degrees(math.acos(-1 / (classes - 1))), 1)
    numbers = {}
    if width <= MAX_WIDTH:
        numbers["nc1"] = Number(
            "NC1: variation within classes",
            show(streamed(metrics.VariabilityCollapse(*sizes))),
            "Variation within the classes along what separates their means; "
            "it falls to 0 as the classes collapse.",
        )
    numbers["nc2_norms"] = Number(
        "NC2: lengths of class means",
        show(streamed(metrics.EquinormVariation(*sizes))),
        "Standard deviation over mean of the distances of the class means to "
        "their centre; 0 if all are as far out.",
    )
    numbers["nc2_angles"] = Number(
        "NC2: angles of class means",
        show(streamed(metrics.MaximalAngleDeviation(*sizes))),
        "Mean deviation of their cosines from those of the widest equal "
        "angles; 0 in a simplex.",
    )
    numbers["smallest_angle"] = Number(
        "smallest angle",
        f"{show(streamed(metrics.SmallestClassAngle(*sizes)), 1)}°",
        "Between the two class means most alike, seen from their centre; at "
        f"best {widest}°.",
    )
    if found.kernel is not None:
        numbers["nc3"] = Number(
            "NC3: weights against class means",
            show(
                metrics.self_duality(found.features, found.labels, found.kernel)
            ),
            "Distance of the last layer's weights to the class means: 0 if "
            "each points to its mean, 2 if they have nothing in common.",
        )
    agreement = metrics.nearest_class_mean_agreement(
        found.features, found.logits, found.train_features, found.train_labels
    )
    numbers["nc4"] = Number(
        "NC4: agreement with nearest mean",
        percent(agreement),
        "How often the classifier decides for the nearest class mean; 100 % "
        "at full collapse.",
    )
    return numbers

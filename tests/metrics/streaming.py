"""Every streaming metric, and what it should be in float64.

The references take features (or logits), labels and weights of all rows.
"""

import itertools
import json
import math
import sys

import keras
import numpy as np

from keras_itra import metrics

K, D = 5, 4


def class_moments(features, labels, weights):
    """Counts, means and covariance matrices (within, of the rows)."""
    features = np.asarray(features, "float64")
    counts, means = [], []
    within = np.zeros((features.shape[1],) * 2)
    for k in sorted(set(labels[weights > 0].tolist())):
        own = labels == k
        counts.append(weights[own].sum())
        means.append(np.average(features[own], axis=0, weights=weights[own]))
        residuals = features[own] - means[-1]
        within += (weights[own, None] * residuals).T @ residuals
    return np.array(counts), np.array(means), within / weights.sum()


def within(*rows):
    return np.trace(class_moments(*rows)[2])


def between(*rows):
    counts, means, _ = class_moments(*rows)
    overall = np.average(means, axis=0, weights=counts)
    return np.average(((means - overall) ** 2).sum(1), weights=counts)


def centered(*rows):
    means = class_moments(*rows)[1]
    return means - means.mean(axis=0)


def variability_collapse(*rows):
    covariance, means = class_moments(*rows)[2], centered(*rows)
    apart = means.T @ means / len(means)
    return np.trace(covariance @ np.linalg.pinv(apart, 1e-10)) / len(means)


def equinorm(*rows):
    norms = np.linalg.norm(centered(*rows), axis=1)
    return norms.std() / norms.mean()


def cosines(*rows):
    return np.array(
        [
            a @ b / np.linalg.norm(a) / np.linalg.norm(b)
            for a, b in itertools.combinations(centered(*rows), 2)
        ]
    )


def maximal_angle(*rows):
    classes = len(class_moments(*rows)[0])
    return np.abs(cosines(*rows) + 1 / (classes - 1)).mean()


def calibration(logits, labels, weights):
    """The function counts a row as often as its (whole) weight says."""
    times = weights.astype(int)
    return metrics.expected_calibration_error(
        np.repeat(logits, times, axis=0), np.repeat(labels, times)
    )


#: Class, its reference, and the value if the class means coincide.
ON_FEATURES = [
    (metrics.WithinClassScatter, within, 0.0),
    (metrics.BetweenClassScatter, between, 0.0),
    (metrics.Scatter, lambda *rows: within(*rows) / between(*rows), math.inf),
    (metrics.VariabilityCollapse, variability_collapse, math.inf),
    (metrics.EquinormVariation, equinorm, math.inf),
    (
        metrics.EquiangularVariation,
        lambda *rows: cosines(*rows).std(),
        math.inf,
    ),
    (metrics.MaximalAngleDeviation, maximal_angle, math.inf),
    (
        metrics.SmallestClassAngle,
        lambda *rows: math.degrees(math.acos(cosines(*rows).max())),
        0.0,
    ),
]


def make(**options):
    """All metrics of features, for K classes."""
    return [metric(K, D, **options) for metric, _, _ in ON_FEATURES]


def expected(*rows):
    """Their values."""
    return [reference(*rows) for _, reference, _ in ON_FEATURES]


def draw(seed, n=60, offset=0.0):
    """Rows of all classes but the last, weighted 0, 1 or 2."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(K - 1, size=n)
    features = rng.normal(size=(n, D)) + 3 * rng.normal(size=(K, D))[labels]
    weights = rng.integers(3, size=n).astype("float32")
    weights[:10] += 1  # some rows count
    return (features + offset).astype("float32"), labels, weights


def stream(many, rows, sizes):
    """Feeds the rows to each metric in mini-batches of these sizes."""
    features, labels, weights = rows
    start = 0
    while start < len(features):
        part = slice(start, start + next(sizes))
        for metric in many:
            metric.update_state(labels[part], features[part], weights[part])
        start = part.stop
    return [float(metric.result()) for metric in many]


def cycle(*sizes):
    while True:
        yield from sizes


def compiled_model():
    """A network whose evaluation reports every metric."""
    inputs = keras.Input((3,))
    features = keras.layers.Dense(D, name="features")(inputs)
    logits = keras.layers.Dense(K, name="logits")(features)
    model = keras.Model(inputs, {"features": features, "logits": logits})
    model.compile(
        loss={"logits": keras.losses.SparseCategoricalCrossentropy(True)},
        weighted_metrics={
            "features": make(),
            "logits": metrics.ExpectedCalibrationError(),
        },
    )
    return model


def evaluate(model, data):
    """Logged metrics; the last mini-batch has 3 rows."""
    targets = {"features": data["y"], "logits": data["y"]}
    weights = {"features": data["w"], "logits": data["w"]}
    return model.evaluate(data["x"], targets, 8, 0, weights, return_dict=True)


def main(folder):
    """Prints what a saved model reports, on one replica and on two."""
    from tests.distribution.logical_devices import mirrored, scope_of

    data = dict(np.load(f"{folder}/data.npz"))
    logs = []
    for strategy in (None, mirrored(2)):
        with scope_of(strategy):
            model = keras.saving.load_model(f"{folder}/model.keras")
        logs.append(evaluate(model, data))
    print(json.dumps(logs))


if __name__ == "__main__":
    main(sys.argv[1])

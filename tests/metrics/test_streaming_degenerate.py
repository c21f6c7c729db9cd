"""Streaming metrics where the class means coincide: documented values."""

import numpy as np
import pytest

from keras_itra.metrics import SmallestClassAngle, VariabilityCollapse
from tests.metrics.streaming import ON_FEATURES, D, K, cycle, draw, make, stream

DEGENERATE = {
    "no row": (np.zeros((0, D)), np.zeros(0, int)),
    "one row": (np.ones((1, D)), np.array([3])),
    "one class": (
        np.random.default_rng(0).normal(size=(9, D)),
        np.zeros(9, int),
    ),
    "constant": (np.full((9, D), 0.1), np.arange(9) % K),
    "zeros": (np.zeros((9, D)), np.arange(9) % K),
    # the same rows in another order: the means differ by rounding
    "coinciding means": (
        np.random.default_rng(0).normal(size=(6, D))[
            [0, 5, 1, 4, 2, 3, 3, 2, 4, 1, 5, 0]
        ],
        np.arange(12) % 2 * 2,
    ),
}


@pytest.mark.parametrize("case", DEGENERATE)
def test_class_means_that_coincide(case):
    features, labels = DEGENERATE[case]
    rows = features.astype("float32"), labels, np.ones(len(labels))
    many = make()
    values = stream(many, rows, cycle(4))
    # the one that does not ask for class means
    assert values[0] == pytest.approx(within_of(rows), rel=1e-6)
    assert values[1:] == [value for _, _, value in ON_FEATURES[1:]]
    for metric in many:
        metric.update_state(*draw(1)[1::-1])
        metric.reset_state()
    fresh = [float(metric.result()) for metric in many]
    assert fresh == [value for _, _, value in ON_FEATURES]


@pytest.mark.parametrize("means", ["a triangle", "a line"])
def test_collapse_does_not_depend_on_which_row_comes_first(means):
    """An outlier, to which the means are relative, costs digits."""
    rng = np.random.default_rng(0)
    labels = np.arange(300) % 3
    centers = np.eye(4)[:3]
    if means == "a line":
        centers = np.arange(3.0)[:, None] * np.eye(4)[:1]
    features = rng.normal(size=(300, 4)) + centers[labels]
    features[0] += 100.0
    values = []
    for dtype, order in (
        ("float32", np.arange(300)),
        ("float32", np.arange(300)[::-1]),
        ("float64", np.arange(300)),
    ):
        metric = VariabilityCollapse(3, 4, dtype=dtype)
        metric.update_state(labels[order], features[order].astype(dtype))
        values.append(float(metric.result()))
    np.testing.assert_allclose(values[:2], values[2], rtol=1e-2)


def within_of(rows):
    return ON_FEATURES[0][1](*rows) if len(rows[0]) else 0.0


def test_a_class_mean_at_the_centre_has_no_direction():
    rng = np.random.default_rng(0)
    for _ in range(20):
        middle, aside = rng.normal(size=(2, 4))
        features = np.stack([middle - aside, middle, middle + aside])
        metric = SmallestClassAngle(3, 4)
        metric.update_state([0, 1, 2], features.astype("float32"))
        assert float(metric.result()) == pytest.approx(90, abs=0.01)

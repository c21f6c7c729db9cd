"""Histograms of distances: units, kinds of pairs, overlap."""

import numpy as np
import pytest
from scipy.spatial.distance import pdist

from keras_itra.plots import distance_histograms

LABELS = ("same class", "different classes")


def panel(spread=0.3, n=120, seed=0):
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % 3
    means = 3 * np.eye(3, 5)
    return means[labels] + spread * rng.normal(size=(n, 5)), labels


def outlines(axes):
    """The values of the two histograms, and their edges."""
    of_lines = [p for p in axes.patches if p.get_label() in LABELS]
    return [p.get_data().values for p in of_lines], of_lines[0].get_data().edges


def test_histograms_equal_those_of_scipy():
    features, labels = panel()
    (axes,) = distance_histograms({"a": (features, labels)}).axes
    distances = pdist(features)
    same = pdist(labels[:, None]) == 0
    unit = distances[~same].mean()
    found, edges = outlines(axes)
    for values, kind in zip(found, (same, ~same), strict=True):
        expected, _ = np.histogram(distances[kind] / unit, edges, density=True)
        # a distance on an edge may fall to either side
        np.testing.assert_allclose(values, expected, atol=0.05)
        assert values @ np.diff(edges) == pytest.approx(1)
    within = distances[same].mean() / unit
    assert axes.texts[0].get_text().endswith(f"within {within:.2f}")


def test_scale_and_position_do_not_show():
    features, labels = panel()
    left, right = distance_histograms(
        {"a": (features, labels), "b": (1e4 * features + 7, labels)}
    ).axes
    for a, b in zip(outlines(left)[0], outlines(right)[0], strict=True):
        np.testing.assert_allclose(a, b, atol=0.05)


@pytest.mark.parametrize(
    ("spread", "low", "high"), [(0.01, 0, 0), (0.5, 1, 40), (50.0, 80, 100)]
)
def test_overlap(spread, low, high):
    (axes,) = distance_histograms({"a": panel(spread)}).axes
    overlap = int(axes.texts[0].get_text().split()[1])
    assert low <= overlap <= high


@pytest.mark.parametrize("panels", [1, 2, 5])
def test_panels(panels, check_legible):
    titles = [f"model {k} of $x" for k in range(panels)]
    figure = distance_histograms({t: panel(0.1 * panels) for t in titles})
    assert [axes.get_title() for axes in figure.axes] == titles
    assert len({(a.get_xlim(), a.get_ylim()) for a in figure.axes}) == 1
    check_legible(figure)


@pytest.mark.parametrize("features", [np.ones((6, 3)), 3e38 * np.eye(6)])
def test_degenerate_features_are_drawn(features, check_legible):
    figure = distance_histograms({"a": (features, [0, 0, 0, 1, 1, 1])})
    text = figure.axes[0].texts[0].get_text()
    assert "nan" not in text
    check_legible(figure)


def test_many_rows_are_thinned():
    (axes,) = distance_histograms({"a": panel(n=30_000)}).axes
    assert len(axes.patches) == 4


@pytest.mark.parametrize(
    ("panels", "message"),
    [
        ({}, r"panels=\[\]"),
        ({"a": (np.ones((3, 2)), [0, 1])}, r"labels=\(2,\)"),
        ({"a": (np.ones(3), [0, 1, 1])}, r"features=\(3,\)"),
        ({"a": (np.ones((3, 2)), [1, 1, 1])}, "two classes or more"),
        ({"a": (np.ones((3, 2)), [0, 1, 2])}, "two rows or more"),
        ({"a": (np.full((3, 2), np.nan), [0, 1, 1])}, "finite features"),
    ],
)
def test_bad_input_is_named(panels, message):
    with pytest.raises(ValueError, match=message):
        distance_histograms(panels)

"""Reliability diagrams: bins, gaps, the error that is named."""

import numpy as np
import pytest

from keras_itra import metrics
from keras_itra.plots import reliability_diagram


def panel(scale=3.0, n=200, num_classes=4):
    rng = np.random.default_rng(0)
    labels = rng.integers(num_classes, size=n)
    logits = scale * rng.normal(size=(n, num_classes))
    logits[np.arange(n), labels] += scale
    return logits, labels


def heights(axes):
    """Accuracies, and the confidences that the gaps reach to."""
    accuracy, gap = axes.containers
    return (
        [bar.get_height() for bar in accuracy],
        [bar.get_y() + bar.get_height() for bar in gap],
    )


def test_bars_lie_where_an_independent_count_puts_them():
    logits, labels = panel()
    diagram, histogram = reliability_diagram({"a": (logits, labels)}, 5).axes
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == labels
    accuracy, reached = heights(diagram)
    shares = histogram.patches[0].get_data().values
    for b in range(5):
        rows = (confidence > b / 5) & (confidence <= (b + 1) / 5)
        assert shares[b] == pytest.approx(rows.mean())
        if rows.any():
            assert accuracy[b] == pytest.approx(right[rows].mean())
            assert reached[b] == pytest.approx(confidence[rows].mean())
        else:
            assert accuracy[b] == reached[b] == 0


@pytest.mark.parametrize("bins", [1, 15])
@pytest.mark.parametrize("scale", [0.0, 0.5, 3.0, 1e6])
def test_the_error_is_that_of_the_metrics(bins, scale, check_legible):
    logits, labels = panel(scale)
    figure = reliability_diagram({"a": (logits, labels)}, bins)
    expected = metrics.expected_calibration_error(logits, labels, bins)
    assert figure.axes[0].texts[0].get_text() == f"ECE {expected:.3f}"
    check_legible(figure)


@pytest.mark.parametrize("panels", [1, 2, 5])
def test_panels(panels, check_legible):
    titles = [f"model {k} of $x" for k in range(panels)]
    figure = reliability_diagram({title: panel() for title in titles})
    assert len(figure.axes) == 2 * panels
    shown = [axes.get_title() for axes in figure.axes if axes.get_title()]
    assert sorted(shown) == titles
    check_legible(figure)


@pytest.mark.parametrize(
    ("panels", "bins", "message"),
    [
        ({}, 15, r"panels=\[\]"),
        ({"a": panel()}, 0, "bins=0"),
        ({"a": panel()}, 1.5, "bins=1.5"),
        ({"a": (np.ones((3, 1)), [0, 0, 0])}, 15, "panel 'a'"),
        ({"a": (np.ones((3, 2)), [0, 1, 2])}, 15, r"labels in 0\.\.1"),
        ({"a": (np.ones((3, 2)), [0, 1])}, 15, r"labels=\(2,\)"),
        ({"a": (np.ones((0, 2)), [])}, 15, r"logits=\(0, 2\)"),
        ({"a": (np.full((3, 2), np.inf), [0, 1, 1])}, 15, "finite logits"),
    ],
)
def test_bad_input_is_named(panels, bins, message):
    with pytest.raises(ValueError, match=message):
        reliability_diagram(panels, bins)

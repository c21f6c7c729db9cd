"""Points, deviations and axes of a sweep."""

import numpy as np
import pytest

from keras_itra import plots

VALUES = {
    "accuracy": {"SGD": {10.0: [1.0, 3.0], 1.0: [5.0, 5.0]}},
    "cross-entropy": {"SGD": {1.0: [2.0]}, "ITRA-c": {1.0: [1.0], 10.0: [4.0]}},
}


def test_means_and_deviations_over_the_seeds():
    figure = plots.sweep(VALUES, "rows", scale="log")
    accuracy, entropy = figure.axes
    (bars,) = accuracy.containers
    line, _, (deviation,) = bars.lines
    np.testing.assert_array_equal(line.get_xdata(), [1.0, 10.0])
    np.testing.assert_array_equal(line.get_ydata(), [5.0, 2.0])
    lengths = [np.ptp(segment[:, 1]) for segment in deviation.get_segments()]
    np.testing.assert_allclose(lengths, [0.0, 2 * np.sqrt(2)])
    assert accuracy.get_xscale() == "log"
    assert entropy.get_xlabel() == "rows"
    assert [t.get_text() for t in figure.legends[0].get_texts()] == [
        "SGD",
        "ITRA-c",
    ]


def test_bad_sweeps():
    with pytest.raises(ValueError, match="Expected a measure of a method"):
        plots.sweep({}, "rows")
    with pytest.raises(ValueError, match="scale='square'"):
        plots.sweep(VALUES, "rows", scale="square")

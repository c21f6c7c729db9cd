"""Learning curves: lines, bands, panels."""

import keras
import numpy as np
import pytest

from keras_itra.plots import learning_curves


def histories(methods, seeds=3, epochs=4):
    rng = np.random.default_rng(0)
    return {
        f"method {k}": [
            {
                "loss": rng.random(epochs).tolist(),
                "val_accuracy": rng.random(epochs).tolist(),
            }
            for _ in range(seeds)
        ]
        for k in range(methods)
    }


def recorded(losses):
    history = keras.callbacks.History()
    history.history = {"loss": losses}
    return history


def test_a_line_is_the_mean_and_its_band_one_deviation():
    records = histories(2)
    (axes,) = learning_curves(records, ["loss"]).axes
    values = np.array([seed["loss"] for seed in records["method 1"]])
    line, band = axes.lines[1], axes.collections[1]
    np.testing.assert_array_equal(line.get_xdata(), [1, 2, 3, 4])
    np.testing.assert_allclose(line.get_ydata(), values.mean(axis=0))
    top = (values.mean(axis=0) + values.std(axis=0, ddof=1)).max()
    assert band.get_paths()[0].vertices[:, 1].max() == pytest.approx(top)


def test_what_fit_returns_is_read():
    (axes,) = learning_curves({"a": [recorded([3.0, 2.0])]}, ["loss"]).axes
    assert list(axes.lines[0].get_ydata()) == [3.0, 2.0]


def test_one_seed_has_no_band():
    (axes,) = learning_curves(histories(2, seeds=1), ["loss"]).axes
    assert (len(axes.lines), len(axes.collections)) == (2, 0)


@pytest.mark.parametrize("methods", [1, 10, 30])
@pytest.mark.parametrize("metrics", [["loss"], ["loss", "val_accuracy"] * 2])
def test_panels_and_legend(methods, metrics, check_legible):
    figure = learning_curves(histories(methods), metrics)
    assert [axes.get_title() for axes in figure.axes] == [
        metric.replace("_", " ") for metric in metrics
    ]
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == [
        f"method {k}" for k in range(methods)
    ]
    looks = {
        (line.get_color(), line.get_linestyle())
        for line in figure.axes[0].lines
    }
    # Matplotlib calls all dashes by one name.
    assert len(looks) == min(methods, 20)
    check_legible(figure)


def test_a_method_may_lack_a_metric(check_legible):
    records = histories(1) | {"ITRA": [{"alignment": [0.5, 0.4]}]}
    figure = learning_curves(records, ["loss", "alignment"])
    assert [len(axes.lines) for axes in figure.axes] == [1, 1]
    assert len(figure.legends[0].get_texts()) == 2
    check_legible(figure)


def test_one_epoch_is_visible(check_legible):
    figure = learning_curves(histories(2, epochs=1), ["loss"])
    assert figure.axes[0].lines[0].get_marker() == "o"
    check_legible(figure)


@pytest.mark.parametrize(
    ("records", "metrics", "message"),
    [
        ({}, ["loss"], "size=0"),
        (histories(31), ["loss"], "size=31"),
        (histories(1), [], r"metrics=\[\]"),
        (histories(1), ["absent"], "metric='absent'"),
        ({"a": [{"loss": [1.0]}, {}]}, ["loss"], "every seed of 'a'"),
        ({"a": [{"loss": []}]}, ["loss"], r"lengths=\[0\]"),
        (
            {"a": [{"loss": [1.0]}, {"loss": [1.0, 2.0]}]},
            ["loss"],
            r"lengths=\[1, 2\]",
        ),
        ({"a": {"loss": [1.0]}}, ["loss"], "a list.*histories='dict'"),
        ({"a": recorded([1.0])}, ["loss"], "histories='History'"),
        ({"a": "log.csv"}, ["loss"], "a list of histories for 'a'"),
    ],
)
def test_bad_input_is_named(records, metrics, message):
    with pytest.raises(ValueError, match=message):
        learning_curves(records, metrics)

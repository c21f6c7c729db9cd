"""Differences with intervals: dots, ends, filling."""

import math

import pytest

from keras_itra.plots import comparison_bars

NAN = math.nan


def dots(axes):
    return [line for line in axes.lines if line.get_marker() == "o"]


def bars(axes):
    return [
        tuple(line.get_xdata())
        for line in axes.lines
        if line.get_marker() == "None" and len(set(line.get_ydata())) == 1
    ]


def test_dots_and_bars_lie_where_they_should():
    (axes,) = comparison_bars(
        {"accuracy": {"ITRA": (0.5, 0.2, 0.8), "ITRA-c": (0.1, -0.1, 0.3)}}
    ).axes
    first, second = dots(axes)
    assert (first.get_xdata()[0], first.get_ydata()[0]) == (0.5, 0)
    assert (second.get_xdata()[0], second.get_ydata()[0]) == (0.1, 1)
    assert bars(axes) == [(0.2, 0.8), (-0.1, 0.3)]
    labels = [text.get_text() for text in axes.get_yticklabels()]
    assert labels == ["ITRA", "ITRA-c"]
    bottom, top = axes.get_ylim()
    assert bottom > top  # the first method stands at the top


@pytest.mark.parametrize(
    ("interval", "filled"),
    [
        ((0.5, 0.2, 0.8), True),
        ((-0.5, -0.8, -0.2), True),
        ((0.1, -0.1, 0.3), False),
        ((0.1, 0.0, 0.2), False),
        ((0.5, NAN, NAN), False),
        ((0.5, -math.inf, math.inf), False),
    ],
)
def test_filled_dots_exclude_zero(interval, filled):
    (axes,) = comparison_bars({"accuracy": {"ITRA": interval}}).axes
    (dot,) = dots(axes)
    assert (dot.get_markerfacecolor() != "white") is filled
    assert len(bars(axes)) == math.isfinite(interval[1])


@pytest.mark.parametrize("metrics", [1, 5])
@pytest.mark.parametrize("methods", [1, 10])
def test_panels(metrics, methods, check_legible):
    figure = comparison_bars(
        {
            f"expected calibration error after temperature {m}": {
                f"method number {k}": (0.1 * k, 0.1 * k - 1, 0.1 * k + 1)
                for k in range(methods)
            }
            for m in range(metrics)
        },
        baseline="plain SGD",
    )
    assert len(figure.axes) == metrics
    assert figure.axes[0].get_xlabel() == "difference to plain SGD"
    assert len(dots(figure.axes[-1])) == methods
    check_legible(figure)


def test_a_method_keeps_its_line_in_every_panel():
    left, right = comparison_bars(
        {
            "accuracy": {"a": (1.0, 0.0, 2.0), "b": (1.0, 0.0, 2.0)},
            "scatter": {"b": (1.0, 0.0, 2.0)},
        }
    ).axes
    assert dots(left)[1].get_ydata()[0] == dots(right)[0].get_ydata()[0] == 1


@pytest.mark.parametrize(
    ("differences", "message"),
    [
        ({}, r"methods=\[\]"),
        ({"accuracy": {}}, r"methods=\[\]"),
        ({"a": dict.fromkeys(map(str, range(31)), (0, 0, 0))}, "1 to 30"),
        ({"a": {"ITRA": (NAN, 0.0, 1.0)}}, "'ITRA'"),
        ({"a": {"ITRA": (2.0, 0.0, 1.0)}}, "within its interval"),
    ],
)
def test_bad_input_is_named(differences, message):
    with pytest.raises(ValueError, match=message):
        comparison_bars(differences)

"""The palette, and matplotlib as an option."""

import io
import itertools
import sys

import numpy as np
import pytest

from keras_itra import plots
from keras_itra.plots import learning_curves
from keras_itra.plots.style import palette

# Machado, Oliveira and Fernandes (2009), severity 1, on linear RGB
VISION = {
    "normal": np.eye(3),
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}
TO_XYZ = [
    [0.4124564, 0.3575761, 0.1804375],
    [0.2126729, 0.7151522, 0.0721750],
    [0.0193339, 0.1191920, 0.9503041],
]


def lab(colour, vision):
    """CIELAB coordinates of a colour as someone with `vision` sees it."""
    rgb = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    linear = np.where(
        rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4
    )
    seen = np.clip(np.array(vision) @ linear, 0, 1)
    xyz = np.array(TO_XYZ) @ seen / [0.95047, 1.0, 1.08883]
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("vision", VISION)
def test_colours_differ_for_every_kind_of_vision(vision):
    seen = [lab(colour, VISION[vision]) for colour in palette(10)]
    distances = [
        np.linalg.norm(a - b) for a, b in itertools.combinations(seen, 2)
    ]
    # five times the difference that is just noticeable (about 2.3)
    assert min(distances) > 11.5


@pytest.mark.parametrize("size", [0, 11])
def test_palette_has_ten_colours(size):
    with pytest.raises(ValueError, match=f"size={size}"):
        palette(size)


def test_without_matplotlib_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(ImportError, match=r"keras-itra\[plots\]"):
        learning_curves({"SGD": [{"loss": [1.0]}]}, ["loss"])


def test_names_are_no_formulas():
    rng = np.random.default_rng(0)
    name, y = r"$\foo$", np.arange(12) % 2
    rows = {name: (rng.normal(size=(12, 2)), y)}
    history = [{name: [1.0, 2.0]}]
    figures = [
        plots.feature_map(rows),
        plots.distance_histograms(rows),
        plots.reliability_diagram(rows),
        plots.learning_curves({name: history}, [name]),
        plots.comparison_bars({name: {name: (0.1, 0.0, 0.2)}}, name),
        plots.sweep({name: {name: {0.1: [1.0], 1.0: [2.0]}}}, name),
    ]
    for figure in figures:
        figure.savefig(io.BytesIO())  # where a formula would be parsed
        shown = figure.axes[0].title, *figure.axes[0].get_yticklabels()
        legends = [t for legend in figure.legends for t in legend.get_texts()]
        named = [t for t in (*shown, *legends) if t.get_text() == name]
        assert named
        assert not any(text.get_parse_math() for text in named)

"""Pictures of pulls: what is drawn is what was given."""

from types import SimpleNamespace

import numpy as np
import pytest
from matplotlib.quiver import Quiver
from sklearn.decomposition import PCA

from keras_itra.plots import pull_map


def draw(n=12, m=15, d=2, seed=0):
    rng = np.random.default_rng(seed)
    weights = rng.random((n, m)) * (np.arange(m) % 2)
    pulls = SimpleNamespace(
        weights=weights / weights.sum(axis=1, keepdims=True),
        cross=rng.normal(size=(n, d)),
        net=rng.normal(size=(n, d)) / 50,
    )
    return rng.normal(size=(n, d)), rng.normal(size=(m, d)), pulls


def arrows(axes):
    """Lengths of the arrows, each of which ends inside the picture."""
    for quiver in axes.findobj(Quiver):
        tips = quiver.XY + np.stack([quiver.U, quiver.V], 1)
        assert np.abs(tips).max() < axes.get_xlim()[1]
    return [np.stack([q.U, q.V], 1) for q in axes.findobj(Quiver)]


def legend(axes):
    return [text.get_text() for text in axes.get_legend().get_texts()]


@pytest.mark.parametrize("d", [2, 7])
def test_weights_and_pulls_are_drawn(d, check_legible):
    h1, h2, pulls = draw(d=d)
    figure = pull_map(h1, h2, pulls, row=4, arrows=5)
    left, right = figure.axes[:2]
    dots = left.collections[1]
    np.testing.assert_allclose(dots.get_array(), pulls.weights[4])
    sizes = dots.get_sizes()
    assert sizes.argmax() == pulls.weights[4].argmax()
    assert sizes.min() == sizes[0] < sizes.max() / 5
    cross, net = arrows(right)
    assert len(cross) == len(net) == 5
    times = int(legend(right)[-1].rpartition(" ")[2])
    assert times > 10
    if d == 2:
        both = np.concatenate([h1, h2])
        np.testing.assert_allclose(
            np.linalg.norm(cross, axis=1).max(),
            0.3 * 2 * np.abs(both - both.mean(axis=0)).max(),
        )
        chosen = [0, 2, 4, 8, 11]
        scale = cross / pulls.cross[chosen]
        np.testing.assert_allclose(scale, scale[0, 0])
        np.testing.assert_allclose(net, times * scale[0, 0] * pulls.net[chosen])
    check_legible(figure)


def test_the_marked_row_is_led_to_its_target():
    h1, h2, pulls = draw()
    left = pull_map(h1, h2, pulls, row=3).axes[0]
    centre = np.concatenate([h1, h2]).mean(axis=0)
    marked, target = (c.get_offsets()[0] for c in left.collections[2:4])
    np.testing.assert_allclose(marked, h1[3] - centre)
    np.testing.assert_allclose(target, pulls.weights[3] @ h2 - centre)


def test_features_are_projected_on_their_largest_directions():
    h1, h2, pulls = draw(d=5)
    left, right = pull_map(h1, h2, pulls, arrows=12).axes[:2]
    pca = PCA(2).fit(np.concatenate([h1, h2]))
    signs = np.sign(pca.transform(h2) / left.collections[1].get_offsets())
    assert (signs == signs[0]).all()
    np.testing.assert_allclose(
        left.collections[1].get_offsets() * signs, pca.transform(h2)
    )
    cross = pulls.cross @ pca.components_.T * signs[0]
    scale = arrows(right)[0] / cross
    np.testing.assert_allclose(scale, scale[0, 0])
    assert left.get_xlabel() == "principal component 1"


@pytest.mark.parametrize("n", [1, 3])
def test_degenerate_pulls_are_drawn(n, check_legible):
    zeros = np.zeros((n, 2))
    nothing = SimpleNamespace(weights=np.zeros((n, n)), cross=zeros, net=zeros)
    figure = pull_map(zeros, zeros, nothing)
    assert legend(figure.axes[1])[-1] == "net pull"
    check_legible(figure)


@pytest.mark.parametrize(
    ("change", "options", "message"),
    [
        ({"h1": np.ones((12, 1)), "h2": np.ones((15, 1))}, {}, "2 or more"),
        ({"h2": np.ones((15, 3))}, {}, "2 or more"),
        ({"h2": np.ones((14, 2))}, {}, "pulls of these features"),
        ({"h2": np.full((15, 2), np.nan)}, {}, "finite"),
        ({}, {"row": 12}, "a row of S1"),
        ({}, {"row": -1}, "`row`"),
        ({}, {"arrows": 0}, "`arrows`"),
    ],
)
def test_bad_input_is_named(change, options, message):
    h1, h2, pulls = draw()
    given = {"h1": h1, "h2": h2} | change
    with pytest.raises(ValueError, match=message):
        pull_map(given["h1"], given["h2"], pulls, **options)

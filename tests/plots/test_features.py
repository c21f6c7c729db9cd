"""Feature maps: projection, classes, legend."""

import sys
from types import SimpleNamespace

import numpy as np
import pytest
from sklearn.decomposition import PCA

from keras_itra.plots import feature_map


def panel(seed=0, n=120, num_classes=4, dim=5):
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % num_classes
    means = 3 * rng.normal(size=(num_classes, dim))
    return means[labels] + rng.normal(size=(n, dim)), labels


def points(axes):
    return np.concatenate([c.get_offsets() for c in axes.collections])


def test_projection_agrees_with_scikit_learn():
    features, labels = panel(num_classes=1)
    (axes,) = feature_map({"SGD": (features, labels)}).axes
    expected = PCA(2).fit_transform(features)
    expected /= np.sqrt(features.var(axis=0).sum())
    np.testing.assert_allclose(
        np.sort(np.abs(points(axes)), axis=0),
        np.sort(np.abs(expected), axis=0),
        rtol=1e-6,
    )


def test_scale_of_the_features_does_not_show():
    features, labels = panel()
    left, right = feature_map(
        {"small": (features, labels), "large": (100 * features + 7, labels)}
    ).axes
    np.testing.assert_allclose(points(left), points(right), rtol=1e-6)


def test_rotated_features_look_the_same():
    features, labels = panel()
    rng = np.random.default_rng(0)
    rotations = [np.linalg.qr(rng.normal(size=(5, 5)))[0] for _ in range(8)]
    first, *others = feature_map(
        {"plain": (features, labels)}
        | {str(k): (features @ r, labels) for k, r in enumerate(rotations)}
    ).axes
    for axes in others:
        np.testing.assert_allclose(points(first), points(axes), rtol=1e-6)


@pytest.mark.parametrize("panels", [1, 2, 7])
def test_panels_and_legend(panels, check_legible):
    figure = feature_map(
        {f"method {k}": panel(k, num_classes=10) for k in range(panels)}
    )
    assert [axes.get_title() for axes in figure.axes] == [
        f"method {k}" for k in range(panels)
    ]
    (legend,) = figure.legends
    assert [t.get_text() for t in legend.get_texts()] == list("0123456789")
    limits = {(*axes.get_xlim(), *axes.get_ylim()) for axes in figure.axes}
    assert len(limits) == 1
    assert np.isfinite(list(limits)).all()
    colours = {tuple(c.get_facecolor()[0]) for c in figure.axes[0].collections}
    assert len(colours) == 10
    check_legible(figure)


def test_many_classes_are_cut_and_said_so(check_legible):
    figure = feature_map({"SGD": panel(num_classes=30)})
    (legend,) = figure.legends
    assert len(legend.get_texts()) == 20
    assert legend.get_title().get_text() == "first 20 of\n30 classes"
    looks = {
        (tuple(c.get_facecolor()[0]), len(c.get_paths()[0].vertices))
        for c in figure.axes[0].collections
    }
    assert len(looks) == 20
    check_legible(figure)


def test_many_rows_are_thinned():
    (axes,) = feature_map({"SGD": panel(n=3_000)}).axes
    assert len(points(axes)) == 2_000


@pytest.mark.parametrize("n", [5, 60])
def test_tsne(n, check_legible):
    figure = feature_map({"SGD": panel(n=n)}, method="tsne")
    assert len(points(figure.axes[0])) == n
    assert figure.axes[0].get_xlabel() == "t-SNE 1"
    check_legible(figure)


@pytest.mark.parametrize("n", [4, 60])
def test_umap(n, check_legible):
    pytest.importorskip("umap")
    figure = feature_map({"SGD": panel(n=n)}, method="umap")
    found = points(figure.axes[0])
    assert found.shape == (n, 2)
    assert np.isfinite(found).all()
    assert figure.axes[0].get_xlabel() == "UMAP 1"
    check_legible(figure)


def test_neighbourhoods_of_coinciding_rows_are_drawn(check_legible):
    figure = feature_map({"SGD": (np.ones((6, 3)), range(6))}, method="tsne")
    np.testing.assert_array_equal(points(figure.axes[0]), 0)
    check_legible(figure)


def test_umap_names_its_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "umap", None)
    with pytest.raises(ImportError, match=r'"keras-itra\[umap\]"'):
        feature_map({"SGD": panel()}, method="umap")


def test_umap_is_asked_for_a_map_that_can_be_made_again(monkeypatch):
    asked = {}

    class UMAP:
        def __init__(self, **options):
            asked.update(options)

        def fit_transform(self, features):
            return features[:, :2].astype("float32")

    monkeypatch.setitem(sys.modules, "umap", SimpleNamespace(UMAP=UMAP))
    features, labels = panel(n=10)
    (axes,) = feature_map({"SGD": (features, labels)}, method="umap").axes
    assert (asked["random_state"], asked["n_neighbors"]) == (0, 9)
    np.testing.assert_allclose(points(axes).mean(axis=0), 0, atol=1e-6)
    with pytest.raises(ValueError, match="rows=3"):
        feature_map({"SGD": panel(n=3)}, method="umap")


@pytest.mark.parametrize(
    "features", [np.ones((4, 3)), np.ones((1, 3)), np.eye(2)]
)
def test_degenerate_features_are_drawn(features, check_legible):
    labels = np.arange(len(features))
    figure = feature_map({"SGD": (features, labels)})
    assert np.isfinite(points(figure.axes[0])).all()
    check_legible(figure)


def test_classes_may_differ_between_panels(check_legible):
    features, labels = panel()
    figure = feature_map(
        {"low": (features, labels), "high": (features, labels + 2)}
    )
    texts = [t.get_text() for t in figure.legends[0].get_texts()]
    assert texts == list("012345")
    check_legible(figure)


@pytest.mark.parametrize(
    ("panels", "method", "message"),
    [
        ({}, "pca", r"panels=\[\]"),
        ({"a": panel()}, "mds", "'pca', 'tsne', 'umap'"),
        ({"a": (np.ones((3, 1)), [0, 1, 2])}, "pca", "panel 'a'"),
        ({"a": (np.ones((3, 2)), [0, 1])}, "pca", r"labels=\(2,\)"),
        ({"a": (np.ones((0, 2)), [])}, "pca", r"features=\(0, 2\)"),
        ({"a": (np.full((3, 2), np.nan), [0, 1, 2])}, "pca", "finite"),
    ],
)
def test_bad_input_is_named(panels, method, message):
    with pytest.raises(ValueError, match=message):
        feature_map(panels, method)

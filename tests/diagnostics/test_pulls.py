"""Pulls: against the discrepancies' own gradient and NumPy in float64."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from keras import ops

from keras_itra import kernels
from keras_itra.diagnostics import adaptive_weights, feature_pulls
from keras_itra.discrepancies import conditional_mmd, mmd
from tests.gradients import assert_gradient, value_and_gradients

#: Other backends bring arrays of float64 to float32.
IN_FLOAT64 = pytest.mark.tensorflow

KERNELS = ("gaussian", "laplacian", "rational_quadratic")


def draw(n=9, m=12, d=3, classes=3, seed=0):
    """Features in float64 and labels; the classes lie apart."""
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % classes, np.arange(m) % classes
    means = 2 * rng.normal(size=(classes, d))
    return [rng.normal(size=(len(k), d)) + means[k] for k in labels], labels


def numbers(pulls):
    return type(pulls)(*(np.asarray(ops.convert_to_numpy(p)) for p in pulls))


def by_numpy(h1, h2, sigma, multipliers, rooted):
    """Loops over rows, from the definition."""
    n, m = len(h1), len(h2)

    def kernel(a, b):
        d2 = ((a[:, None] - b[None]) ** 2).sum(axis=-1)
        parts = [np.exp(-d2 / (sigma * k)) for k in multipliers]
        slopes = [
            2 * part / (sigma * k)
            for part, k in zip(parts, multipliers, strict=True)
        ]
        return np.mean(parts, axis=0), np.mean(slopes, axis=0)

    (k11, c11), (k12, c12), (k22, _) = (
        kernel(*pair) for pair in ((h1, h1), (h1, h2), (h2, h2))
    )
    square = k11.mean() + k22.mean() - 2 * k12.mean()
    outer = 0.5 / np.sqrt(square) if rooted else 1.0
    weights = c12 / c12.sum(axis=1, keepdims=True)
    cross, own = np.zeros_like(h1), np.zeros_like(h1)
    for i in range(n):
        for j in range(m):
            cross[i] += 2 * outer / (n * m) * c12[i, j] * (h2[j] - h1[i])
        for j in range(n):
            own[i] -= 2 * outer / n**2 * c11[i, j] * (h1[j] - h1[i])
    return weights, cross, own


@IN_FLOAT64
@pytest.mark.parametrize("rooted", [True, False])
@pytest.mark.parametrize("multipliers", [(1.0,), (1.0, 2.0, 4.0, 8.0, 16.0)])
def test_they_are_those_of_the_definition(rooted, multipliers):
    (h1, h2), _ = draw()
    kernel = kernels.Gaussian(bandwidth=3.0, multipliers=multipliers)
    found = numbers(feature_pulls(h1, h2, kernel=kernel, rooted=rooted))
    weights, cross, own = by_numpy(h1, h2, 3.0, multipliers, rooted)
    np.testing.assert_allclose(found.weights, weights, rtol=1e-9)
    np.testing.assert_allclose(found.cross, cross, rtol=1e-8, atol=1e-12)
    np.testing.assert_allclose(found.own, own, rtol=1e-8, atol=1e-12)
    np.testing.assert_array_equal(found.net, found.cross + found.own)
    np.testing.assert_allclose(found.target, weights @ h2, rtol=1e-9)


@IN_FLOAT64
def test_the_weights_of_one_gaussian_are_those_of_the_paper():
    (h1, h2), _ = draw()
    kernel = kernels.Gaussian(bandwidth=2.0, multipliers=(1.0,))
    expected = np.exp(-((h1[:, None] - h2[None]) ** 2).sum(-1) / 2.0)
    expected /= expected.sum(axis=1, keepdims=True)
    found = adaptive_weights(h1, h2, kernel=kernel)
    np.testing.assert_allclose(found, expected, rtol=1e-9)


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("rooted", [True, False])
def test_the_net_pull_is_minus_the_gradient(kernel, rooted):
    (h1, h2), (y1, y2) = draw(10, 14)
    for labels in (None, (y1, y2)):
        if labels is None:

            def value(a, b):
                return mmd(a, b, kernel=kernel, rooted=rooted)

            options = {}
        else:

            def value(a, b):
                return conditional_mmd(
                    *(a, y1, b, y2),
                    num_classes=4,
                    kernel=kernel,
                    rooted=rooted,
                )

            options = {"labels_1": y1, "labels_2": y2, "num_classes": 4}
        arrays = h1.astype("float32"), h2.astype("float32")
        _, *gradients = value_and_gradients(value, *arrays)
        options |= {"kernel": kernel, "rooted": rooted}
        found = feature_pulls(h1, h2, **options)
        assert_gradient(-np.asarray(found.net), gradients[0])
        if labels is not None:
            options |= {"labels_1": y2, "labels_2": y1}
        swapped = feature_pulls(h2, h1, **options)
        assert_gradient(-np.asarray(swapped.net), gradients[1])


def test_the_net_pull_is_an_nth_of_the_cross_pull():
    """Expected, for two mini-batches of one distribution."""
    ratios = {}
    kernel = kernels.Gaussian(bandwidth=4.0)
    for n in (2, 16):
        net, cross = 0.0, 0.0
        for seed in range(200 // n):
            (h1, h2), _ = draw(n, n, classes=1, seed=seed)
            found = numbers(feature_pulls(h1, h2, kernel=kernel, rooted=False))
            # Along the way to the common mean, on which both are added up.
            way = found.target - h1
            net += np.sum(found.net * way)
            cross += np.sum(found.cross * way)
        ratios[n] = net / cross
    assert 0.25 < ratios[2] < 0.75
    assert ratios[16] < 0.5 * ratios[2]


def test_outliers_and_other_modes_hardly_count():
    rng = np.random.default_rng(0)
    h2 = np.concatenate([rng.normal(size=(10, 2)), [[40.0, 0.0]]])
    kernel = kernels.Gaussian(bandwidth=2.0)
    weights = np.asarray(adaptive_weights(h2[:10], h2, kernel=kernel))
    assert weights[:, 10].max() < 1e-6
    np.testing.assert_allclose(weights.sum(axis=1), 1, rtol=1e-9)


@IN_FLOAT64
def test_classes_do_not_touch():
    (h1, h2), (y1, y2) = draw()
    found = numbers(feature_pulls(h1, h2, y1, y2))
    assert not found.weights[y1[:, None] != y2[None]].any()
    # Class by class, with a third of the weight each.
    for k in range(3):
        alone = numbers(feature_pulls(h1[y1 == k], h2[y2 == k]))
        np.testing.assert_allclose(
            3 * found.net[y1 == k], alone.net, rtol=1e-6, atol=1e-9
        )


def test_a_class_in_one_sample_is_left_alone():
    (h1, h2), _ = draw(4, 4)
    found = numbers(feature_pulls(h1, h2, [0, 0, 1, 1], [0, 0, 2, 2]))
    for part in (found.weights, found.cross, found.own, found.net):
        assert not part[2:].any()
        assert part[:2].any()
    np.testing.assert_allclose(found.target[2:], h1[2:])
    # Classes in both samples divide, unless K is given.
    halved = feature_pulls(h1, h2, [0, 0, 1, 1], [0, 0, 2, 2], num_classes=2)
    np.testing.assert_allclose(2 * np.asarray(halved.net), found.net)


@given(
    st.integers(1, 5),
    st.integers(1, 5),
    st.sampled_from([1e-30, 1.0, 1e15]),
    st.sampled_from(KERNELS),
    st.booleans(),
    st.booleans(),
)
def test_never_nan(n, m, scale, kernel, coinciding, rooted):
    (h1, h2), (y1, y2) = draw(n, m)
    h1, h2 = (scale * h if not coinciding else 0 * h + 3 for h in (h1, h2))
    for labels in ((), (y1, y2)):
        found = numbers(
            feature_pulls(h1, h2, *labels, kernel=kernel, rooted=rooted)
        )
        for part in found:
            assert np.isfinite(part).all()
        if coinciding:
            assert not found.net.any()
        sums = found.weights.sum(axis=1)
        assert np.all((np.abs(sums - 1) < 1e-5) | (sums == 0))


def test_far_rows_feel_nothing():
    kernel = kernels.Gaussian(bandwidth=1.0)
    found = numbers(feature_pulls([[0.0]], [[1e3]], kernel=kernel))
    assert found.weights == 0
    assert found.target == 0


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        ((np.ones((3, 2)), np.ones((3, 4))), {}, "shapes"),
        ((np.ones((3, 2)), np.ones((3, 2)), [0, 1, 2]), {}, "of both"),
        (
            (np.ones((3, 2)), np.ones((3, 2)), [0, 1], [0, 1, 2]),
            {},
            "labels_1",
        ),
        (
            (np.ones((2, 2)), np.ones((2, 2)), np.eye(2), np.eye(2)),
            {},
            "integer `labels_1`",
        ),
        (
            (np.ones((2, 2)), np.ones((2, 2))),
            {"kernel": "linear"},
            "a radial kernel",
        ),
        (
            (np.ones((2, 2)), np.ones((2, 2))),
            {"num_classes": 2},
            "labels with `num_classes`",
        ),
    ],
)
def test_what_does_not_fit_is_refused(arguments, options, message):
    with pytest.raises(ValueError, match=message):
        feature_pulls(*arguments, **options)


def test_labels_outside_of_the_classes_pull_nothing():
    (h1, h2), _ = draw(6, 6)
    labels = np.array([0, 0, 1, 1, -1, 2])
    found = feature_pulls(h1, h2, labels, labels, num_classes=2)
    inside = feature_pulls(
        h1[:4], h2[:4], labels[:4], labels[:4], num_classes=2
    )
    for name in ("weights", "cross", "own", "net"):
        all_rows, rows = (
            np.array(ops.convert_to_numpy(getattr(pulls, name)))
            for pulls in (found, inside)
        )
        within = tuple(slice(size) for size in rows.shape)
        np.testing.assert_allclose(all_rows[within], rows, rtol=1e-4, atol=1e-7)
        all_rows[within] = 0
        assert not all_rows.any()

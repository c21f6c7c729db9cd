"""All ways to visit the pairs give one result, in value and gradient."""

import keras
import numpy as np
import pytest

from keras_itra import kernels
from keras_itra.discrepancies import (
    bandwidths,
    conditional_mmd,
    mmd,
    stripes,
    visits,
)
from keras_itra.discrepancies.groups import by_label
from keras_itra.kernels import distances
from keras_itra.losses import ITRAAlignment, WithinClassSpread
from tests.cases import KERNELS
from tests.gradients import value_and_gradients

CLASSES = 6
ROWS = 80

LOSSES = {
    "conditional": ITRAAlignment,
    "marginal": lambda **options: ITRAAlignment("marginal", **options),
    "joint": lambda **options: ITRAAlignment("joint", **options),
    "squared": lambda **options: ITRAAlignment(rooted=False, **options),
    "unbiased": lambda **options: ITRAAlignment(
        rooted=False, estimator="unbiased", **options
    ),
    "spread": WithinClassSpread,
}
#: Every kernel with a third of the losses, and the default kernel with all.
CASES = [
    (loss, kernel)
    for turn, kernel in enumerate(KERNELS)
    for index, loss in enumerate(LOSSES)
    if kernel != "linear" and (loss, kernel) != ("joint", "energy")
    if kernel == "gaussian" or (turn + index) % 3 == 0
]


def draw(balanced=False):
    rng = np.random.default_rng(0)
    labels = rng.permutation(np.repeat(np.arange(CLASSES), ROWS // CLASSES + 1))
    labels = labels[:ROWS] if not balanced else labels
    features = rng.normal(size=(len(labels), 5)) + labels[:, None]
    weights = rng.uniform(0.5, 2.0, len(labels))
    weights[3] = 0.0
    return labels, features.astype("float32"), weights.astype("float32")


def groups_of(labels):
    labels = keras.ops.convert_to_tensor(labels)
    return by_label(labels, keras.ops.ones_like(labels, dtype="bool"))


def evaluate(loss, labels, features, weights):
    """Loss, gradient and bandwidth."""

    def value(features):
        return keras.ops.sum(loss.terms(labels, features, weights).rows)

    value, gradient = value_and_gradients(value, features)
    bandwidth = loss.terms(labels, features, weights).bandwidth
    return [np.asarray(part) for part in (value, gradient, bandwidth)]


def assert_equal(found, expected):
    for part, other in zip(found, expected, strict=True):
        # An unbiased total is small beside the terms that it is the sum of.
        scale = max(np.abs(other).max(), 0.1 if other.ndim == 0 else 0.0)
        np.testing.assert_allclose(part, other, rtol=0, atol=1e-5 * scale)


def refuse(*_):
    raise AssertionError("another way to visit the pairs was expected")


#: Name: the function, and what makes it the one that is taken.
WAYS = {
    "few rows": ("_all_at_once", {}),
    "all at once": (
        "_all_at_once",
        {"SMALL_ROWS": 0, "_fit_into_blocks": lambda *_: False},
    ),
    "class by class": (
        "_class_by_class",
        {"SMALL_ROWS": 0, "_fit_into_blocks": lambda *_: True},
    ),
    "in stripes": (
        "in_stripes",
        {"SMALL_ROWS": 0, "DENSE_ROWS": 8, "STRIPE_ROWS": 24}
        | {"_fit_into_blocks": lambda *_: False},
    ),
}


def refuse_others(monkeypatch, way):
    for function, _ in WAYS.values():
        if function != WAYS[way][0]:
            monkeypatch.setattr(visits, function, refuse)


def only(monkeypatch, way):
    refuse_others(monkeypatch, way)
    for name, value in WAYS[way][1].items():
        module = stripes if hasattr(stripes, name) else visits
        monkeypatch.setattr(module, name, value)


def of_matrices(kernel):
    """The kernel, but differentiated by the backend on all pairs."""

    class Plain(type(kernel)):
        has_slope = False

    return Plain.from_config(kernel.get_config())


@pytest.mark.parametrize(("loss", "name"), CASES)
def test_all_ways_agree(loss, name, monkeypatch):
    kernel = KERNELS[name][0]
    batch = draw()

    def evaluated(kernel):
        found = LOSSES[loss](kernel=kernel, num_classes=CLASSES)
        return evaluate(found, *batch)

    expected = evaluated(of_matrices(kernel))
    assert expected[0] != 0
    for way in set(WAYS) - (
        {"class by class"} if loss == "marginal" else set()
    ):
        with monkeypatch.context() as patch:
            only(patch, way)
            assert_equal(evaluated(kernel), expected)


def test_more_classes_than_rows(monkeypatch):
    _, features, weights = draw()
    labels = np.arange(ROWS) // 4
    batch = (1000 * labels, features, weights)
    kernel = kernels.Gaussian()

    def evaluated(kernel):
        loss = ITRAAlignment(kernel=kernel, num_classes=10_000)
        return evaluate(loss, *batch)

    expected = evaluated(of_matrices(kernel))
    for way in WAYS:
        with monkeypatch.context() as patch:
            only(patch, way)
            assert_equal(evaluated(kernel), expected)
    groups = groups_of(labels)
    assert groups.blocks(10_000, 24).index.shape == (ROWS, 24)


@pytest.mark.parametrize(
    ("way", "rows", "classes", "largest"),
    [
        ("few rows", 192, 16, None),
        ("class by class", 320, 16, None),
        ("class by class", 1600, 16, None),
        ("class by class", 4800, 8, None),
        ("in stripes", 12_800, 16, None),
        ("all at once", 320, 2, None),
        ("all at once", 320, 16, 200),
        ("in stripes", 1600, 2, None),
        ("in stripes", 1600, 16, 1000),
    ],
)
def test_the_cheapest_way_is_taken(way, rows, classes, largest, monkeypatch):
    refuse_others(monkeypatch, way)
    labels = np.arange(rows) % classes
    if largest is not None:
        labels[:largest] = 0
    features = np.random.default_rng(0).normal(size=(rows, 3))
    loss = ITRAAlignment(num_classes=classes)
    assert np.isfinite(float(loss(labels, features)))


@pytest.mark.parametrize(
    ("labels", "last"),
    [
        # Of two rows a stripe.
        ([0] * 6, [2, 2, 2]),
        ([0, 0, 1, 1, 1, 1, 2, 2, 3, 3, 3, 3], [0, 2, 2, 3, 5, 5]),
        ([0, 1, 2, 3, 3, 3, 3, 4], [0, 3, 3, 3]),
        # In any order; a row less than there are places.
        ([2, 0, 1, 1, 2, 1, 0, 2, 2], [0, 2, 4, 4, 4]),
    ],
)
def test_a_stripe_meets_those_of_its_classes(labels, last, monkeypatch):
    monkeypatch.setattr(stripes, "STRIPE_ROWS", 2)
    groups = groups_of(np.array(labels, "int32"))
    for stripe, expected in enumerate(last):
        found = stripes._last_stripe(
            groups,
            keras.ops.convert_to_tensor(stripe, dtype="int32"),
            len(last),
        )
        assert int(found) == expected


def test_far_apart_classes_keep_their_digits():
    """Each class is centred by itself."""
    labels, features, weights = draw()
    loss = ITRAAlignment(num_classes=CLASSES)
    near = evaluate(loss, labels, features, weights)
    far = features + 1000.0 * np.float32(labels[:, None])
    moved = far - 1000.0 * np.float32(labels[:, None])
    expected = evaluate(loss, labels, moved, weights)
    assert_equal(evaluate(loss, labels, far, weights), expected)
    np.testing.assert_allclose(near[0], expected[0], rtol=1e-3)


@pytest.mark.parametrize("way", sorted(set(WAYS) - {"class by class"}))
def test_a_row_is_at_no_distance_from_itself(way, monkeypatch):
    """Whatever the rounding errors, such as those of a GPU."""
    only(monkeypatch, way)

    def blurred(x, y, exact=distances.distances_between):
        return exact(x, y) + 1e-3

    for module in (distances, stripes):
        monkeypatch.setattr(module, "distances_between", blurred)
    x = np.random.default_rng(0).normal(size=(ROWS, 3)).astype("float32")
    value = mmd(x[:30], x[30:], kernel=kernels.Gaussian(1e-6), rooted=False)
    np.testing.assert_allclose(value, 1 / 30 + 1 / 50, rtol=1e-6)


def test_a_kernel_without_slope_still_works():
    @keras.saving.register_keras_serializable(package="tests")
    class Cubed(kernels.RadialKernel):
        def profile(self, scaled):
            return (1.0 + scaled) ** -3.0

    labels, features, weights = draw()
    loss = ITRAAlignment(kernel=Cubed(), num_classes=CLASSES)
    value, gradient, _ = evaluate(loss, labels, features, weights)
    assert value > 0
    assert np.abs(gradient).max() > 0


def test_rows_that_coincide_do_not_pull(monkeypatch):
    """The median of their distances is 0, and rounding errors would count."""
    rng = np.random.default_rng(0)
    rows = np.repeat(rng.normal(size=(ROWS // 4, 5)), 4, axis=0)
    features = rows.astype("float32")
    features[::4] += 1.0
    labels = np.arange(ROWS) // 4
    weights = rng.uniform(0.5, 2.0, ROWS).astype("float32")
    loss = ITRAAlignment(num_classes=ROWS // 4)
    for way in WAYS:
        with monkeypatch.context() as patch:
            only(patch, way)
            value, gradient, _ = evaluate(loss, labels, features, weights)
            assert value > 0.1
            np.testing.assert_array_equal(gradient, 0.0)


def test_a_slope_may_be_infinite_at_0(monkeypatch):
    @keras.saving.register_keras_serializable(package="tests")
    class Cusp(kernels.Laplacian):
        def slope(self, scaled, profile):
            return -0.5 * profile / keras.ops.sqrt(scaled)

    labels, features, weights = draw()
    labels[40:], features[40:] = labels[:40], features[:40]
    batch = (labels, features, weights)
    for way in WAYS:
        with monkeypatch.context() as patch:
            only(patch, way)
            found, expected = (
                evaluate(
                    ITRAAlignment(kernel=kernel, num_classes=CLASSES), *batch
                )
                for kernel in (Cusp(), kernels.Laplacian())
            )
            assert np.abs(expected[1]).max() > 0
            assert_equal(found, expected)


class Doubled(kernels.MedianBandwidth):
    """Twice the median, by the method that is not the fastest."""

    def statistic(self, distances, pairs, members):
        return 2.0 * super().statistic(distances, pairs, members)


class Wider(kernels.Gaussian):
    """Twice the bandwidth, by the profile."""

    def profile(self, scaled):
        return super().profile(0.5 * scaled)


class Steeper(kernels.Gaussian):
    """Another derivative, not that of the profile."""

    def slope(self, scaled, profile):
        return 3.0 * super().slope(scaled, profile)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize(
    "kernel", [kernels.Gaussian(Doubled()), Wider()], ids=type
)
def test_what_a_subclass_replaces_counts(loss, kernel):
    wide = kernels.Gaussian(multipliers=(2, 4, 8, 16, 32))
    for balanced in (False, True):
        batch = draw(balanced)
        found, expected = (
            evaluate(LOSSES[loss](num_classes=CLASSES, kernel=kernel), *batch)
            for kernel in (kernel, wide)
        )
        assert_equal(found[:2], expected[:2])


def test_a_slope_that_a_subclass_replaces_counts():
    batch = draw()
    found, expected = (
        evaluate(ITRAAlignment(num_classes=CLASSES, kernel=kernel), *batch)
        for kernel in (Steeper(), kernels.Gaussian())
    )
    assert_equal(found[:1], expected[:1])
    assert_equal(found[1:2], [3.0 * expected[1]])


def medians_of_first_rows(features, labels, count):
    """Mean over the classes of the median distance of their first rows."""
    medians = []
    for k in np.unique(labels):
        rows = features[labels == k][:count].astype(float)
        distances = ((rows[:, None] - rows[None]) ** 2).sum(-1)
        medians.append(np.median(distances))
    return np.mean(medians)


@pytest.mark.parametrize(
    ("num_classes", "of_largest"),
    # Room for four standard deviations more than an even share; or what 512
    # rows have left when every class has its two.
    [(200, 16), (None, 512 - 2 * 199)],
)
def test_bandwidths_of_many_uneven_classes(
    num_classes, of_largest, monkeypatch
):
    """No class is left without one, where one has most of the rows."""
    refuse_others(monkeypatch, "in stripes")
    labels = np.repeat(np.append(np.arange(200), np.zeros(400, int)), 2)
    features = np.random.default_rng(0).normal(size=(len(labels), 5))
    loss = ITRAAlignment(num_classes=num_classes)
    found = loss.terms(labels, features.astype("float32")).bandwidth
    expected = medians_of_first_rows(features, labels, of_largest)
    np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_classes_without_two_rows_share_the_bandwidth_of_the_others():
    labels = np.append(np.repeat(np.arange(400), 2), np.repeat(400, 400))
    features = np.random.default_rng(0).normal(size=(len(labels), 5))
    loss = ITRAAlignment()
    found = loss.terms(labels, features.astype("float32")).bandwidth
    # The first 512 rows are 256 classes of two.
    expected = medians_of_first_rows(features[:512], labels[:512], 2)
    np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_the_rows_of_a_class_that_count_are_limited(monkeypatch):
    monkeypatch.setattr(bandwidths, "BANDWIDTH_ROWS", 5)
    only(monkeypatch, "in stripes")
    labels, features, _ = draw()
    found = ITRAAlignment(num_classes=CLASSES).terms(labels, features).bandwidth
    expected = medians_of_first_rows(features, labels, 5)
    np.testing.assert_allclose(found, expected, rtol=1e-5)


@pytest.mark.parametrize("way", sorted(WAYS))
def test_no_more_than_max_rows_of_a_class_count(way, monkeypatch):
    only(monkeypatch, way)
    labels, features, _ = draw()
    kernel = kernels.Gaussian(kernels.MedianBandwidth(max_rows=5))
    loss = ITRAAlignment(kernel=kernel, num_classes=CLASSES)
    expected = medians_of_first_rows(features, labels, 5)
    found = loss.terms(labels, features).bandwidth
    np.testing.assert_allclose(found, expected, rtol=1e-5)


@pytest.mark.parametrize("classes", [1, 2])
def test_equal_rows_are_at_no_distance_however_many(classes, monkeypatch):
    """S1 and S2 cancel in the sum of each row, before rounding adds up."""
    only(monkeypatch, "in stripes")
    monkeypatch.setattr(stripes, "STRIPE_ROWS", 512)
    first, second = np.ones((1900, 4), "float32"), np.ones((2100, 4), "float32")
    labels = [np.arange(len(rows)) % 3 // classes for rows in (first, second)]
    value = conditional_mmd(first, labels[0], second, labels[1], num_classes=3)
    assert float(value) == 0.0

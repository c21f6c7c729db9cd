"""Properties that hold for every batch."""

import functools

import hypothesis
import numpy as np
import pytest
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from keras_itra import discrepancies, kernels
from tests.cases import (
    FAMILIES,
    FORMS,
    FORMS_OF_FAMILIES,
    KERNELS,
    OPTIONS,
    Batches,
    draw,
    in_turn,
    mmd,
)
from tests.graphs import for_any_rows

# Multiples of 1/16: ties and coinciding rows are common.
FEATURES = st.integers(-64, 64).map(lambda value: value / 16)


@st.composite
def some_batches(draw, width=2):
    """Two batches of one to seven rows with labels 0 to 3."""

    def rows(count):
        features = hnp.arrays("float32", (count, width), elements=FEATURES)
        labels = hnp.arrays("int32", count, elements=st.integers(0, 3))
        return draw(features), draw(labels)

    x, s = rows(draw(st.integers(1, 7)))
    y, t = rows(draw(st.integers(1, 7)))
    return Batches(x, s, y, t)


@functools.cache
def compiled(form, family, options):
    """Value as a graph for any number of rows: hundreds of calls a second."""

    def function(x, s, y, t):
        batches = Batches(x, s, y, t)
        return mmd(form, batches, kernel=family, **OPTIONS[options])

    rows, labels = ((None, 2), "float32"), ((None,), "int32")
    graph = for_any_rows(function, rows, labels, rows, labels)
    return lambda batches: float(
        graph(batches.x, batches.s, batches.y, batches.t)
    )


@pytest.mark.parametrize(
    ("form", "family"),
    [
        *((form, "gaussian") for form in FORMS),
        *(("conditional", family) for family in FAMILIES[1:]),
    ],
)
@hypothesis.given(some_batches())
def test_biased_mmd_is_not_negative(form, family, batches):
    squared = compiled(form, family, "squared")(batches)
    rooted = compiled(form, family, "rooted")(batches)
    # Rounding of sums over kernel values as large as the features' norms.
    size = {"linear": 32, "energy": 12}.get(family, 1)
    assert squared >= -1e-6 * size
    assert rooted >= 0
    if form in ("marginal", "joint"):
        # The root counts what float32 cannot resolve as zero.
        assert rooted**2 == pytest.approx(squared, rel=1e-4, abs=1e-6)


@pytest.mark.parametrize("options", ["rooted", "unbiased"])
@pytest.mark.parametrize("form", FORMS)
@hypothesis.given(some_batches(), st.randoms(use_true_random=False))
def test_order_of_batches_and_of_rows_does_not_matter(
    form, options, batches, random
):
    function = compiled(form, "gaussian", options)
    order_x, order_y = list(range(len(batches.x))), list(range(len(batches.y)))
    random.shuffle(order_x)
    random.shuffle(order_y)
    permuted = Batches(
        batches.x[order_x],
        batches.s[order_x],
        batches.y[order_y],
        batches.t[order_y],
    )
    value = pytest.approx(function(batches), rel=1e-4, abs=2e-6)
    assert function(batches.swapped()) == value
    assert function(permuted) == value


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("factor", [1e-6, 0.3, 1e5])
def test_scale_does_not_matter_with_the_median(form, factor):
    batches = draw()
    scaled = batches.replace(x=factor * batches.x, y=factor * batches.y)
    np.testing.assert_allclose(mmd(form, scaled), mmd(form, batches), rtol=1e-5)


def test_scale_of_one_class_does_not_matter():
    """The bandwidth is the class's own, not the pooled one."""
    batches = draw()
    x, y = batches.x.copy(), batches.y.copy()
    x[batches.s == 1] *= 8
    y[batches.t == 1] *= 8
    scaled = batches.replace(x=x, y=y)
    value, other = mmd("conditional", batches), mmd("conditional", scaled)
    np.testing.assert_allclose(other, value, rtol=1e-5)
    pooled = {"kernel": KERNELS["gaussian-pooled"][0]}
    value, other = (mmd("conditional", b, **pooled) for b in (batches, scaled))
    assert abs(other / value - 1) > 1e-2


@pytest.mark.parametrize("form", FORMS)
def test_translation_does_not_matter(form):
    batches = draw()
    moved = batches.replace(x=batches.x + 4, y=batches.y + 4)
    np.testing.assert_allclose(mmd(form, moved), mmd(form, batches), rtol=1e-5)


@pytest.mark.parametrize(
    ("form", "family", "options"),
    in_turn(FORMS_OF_FAMILIES, [(name,) for name in OPTIONS]),
)
def test_weight_zero_removes_the_row(form, family, options):
    """From the estimate of the bandwidth too, whatever the row holds."""
    batches = draw(weighted=True)
    a, b, x = batches.a.copy(), batches.b.copy(), batches.x.copy()
    a[[0, 4]] = b[2] = 0
    x[0] = 1e6
    x[4] = np.nan
    weighted = batches.replace(x=x, a=a, b=b)
    of_x, of_y = a > 0, b > 0
    removed = Batches(
        x[of_x], batches.s[of_x], batches.y[of_y], batches.t[of_y]
    ).replace(a=a[of_x], b=b[of_y])
    options = {**OPTIONS[options], "kernel": family}
    np.testing.assert_allclose(
        mmd(form, weighted, **options), mmd(form, removed, **options), rtol=1e-5
    )


def test_weight_zero_removes_a_row_of_soft_labels():
    """The others are one-hot: their bandwidth is per class all the same."""
    batches = draw()
    s, t = np.eye(4)[batches.s], np.eye(4)[batches.t]
    a = np.ones(len(s))
    a[0], s[0] = 0, 0.25
    value = mmd("conditional", batches.replace(s=s, t=t, a=a))
    removed = batches.replace(x=batches.x[1:], s=s[1:], t=t)
    np.testing.assert_allclose(value, mmd("conditional", removed), rtol=1e-5)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("rooted", [True, False])
def test_weight_two_duplicates_the_row(form, rooted):
    batches = draw()
    options = {"kernel": kernels.Gaussian(3.0), "rooted": rooted}
    a, b = np.ones(len(batches.x)), np.ones(len(batches.y))
    a[[1, 5]] = b[0] = 2
    value = mmd(form, batches.replace(a=a, b=b), **options)
    twice_x, twice_y = a.astype(int), b.astype(int)
    duplicated = Batches(
        np.repeat(batches.x, twice_x, axis=0),
        np.repeat(batches.s, twice_x),
        np.repeat(batches.y, twice_y, axis=0),
        np.repeat(batches.t, twice_y),
    )
    np.testing.assert_allclose(
        value, mmd(form, duplicated, **options), rtol=1e-5
    )


@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("form", FORMS)
def test_scale_of_the_weights_does_not_matter(form, options):
    batches = draw(weighted=True)
    value = mmd(form, batches, **OPTIONS[options])
    scaled = batches.replace(a=1e-3 * batches.a, b=1e3 * batches.b)
    other = mmd(form, scaled, **OPTIONS[options])
    np.testing.assert_allclose(other, value, rtol=1e-5)


def test_coral_ignores_means_and_sees_covariances():
    batches = draw()
    value = discrepancies.coral(batches.x, batches.y)
    moved = discrepancies.coral(batches.x + 9, batches.y - 5)
    np.testing.assert_allclose(moved, value, rtol=1e-4)
    assert discrepancies.coral(batches.x, 2 * batches.x) > 0.1

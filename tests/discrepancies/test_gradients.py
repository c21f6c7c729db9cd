"""Gradients against finite differences of the float64 reference.

The reference holds the bandwidth fixed: the package must not let the
gradient flow through it.
"""

import numpy as np
import pytest

from keras_itra import discrepancies
from tests import reference
from tests.cases import (
    FORMS,
    FORMS_OF_FAMILIES,
    KERNELS,
    NUM_CLASSES,
    OPTIONS,
    draw,
    expected_mmd,
    fixed,
    in_turn,
    mmd,
)
from tests.gradients import (
    assert_gradient,
    numerical_gradient,
    value_and_gradients,
)


def small(weighted=False):
    return draw(rows=8, others=6, width=2, weighted=weighted)


def check(form, batches, name, **options):
    kernel, expected_kernel = KERNELS[name]
    _, x, y = value_and_gradients(
        lambda x, y: mmd(
            form, batches.replace(x=x, y=y), kernel=kernel, **options
        ),
        batches.x,
        batches.y,
    )
    held = fixed(form, batches, expected_kernel)

    def expected(**rows):
        return expected_mmd(form, batches.replace(**rows), held, **options)

    assert_gradient(x, numerical_gradient(lambda x: expected(x=x), batches.x))
    assert_gradient(y, numerical_gradient(lambda y: expected(y=y), batches.y))


@pytest.mark.parametrize(
    ("form", "family", "options"),
    in_turn(FORMS_OF_FAMILIES, [(name,) for name in OPTIONS]),
)
def test_gradient_equals_finite_differences(form, family, options):
    check(form, small(), family.replace("_", "-"), **OPTIONS[options])


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "name",
    ["gaussian-off-diagonal", "gaussian-mean", "gaussian-pooled"],
)
def test_gradient_with_other_bandwidths(name, form):
    check(form, small(), name)


@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("form", FORMS)
def test_gradient_with_weights(form, options):
    check(form, small(weighted=True), "gaussian", **OPTIONS[options])


def test_gradient_of_the_spread():
    batches = small(weighted=True)
    s = reference.one_hot(batches.s, NUM_CLASSES)
    x = batches.x.astype("float64")
    held = reference.class_kernels(
        x, s, x[:0], s[:0], reference.Kernel(), batches.a
    )
    _, gradient = value_and_gradients(
        lambda x: discrepancies.within_class_spread(
            x, batches.s, num_classes=NUM_CLASSES, weights=batches.a
        ),
        batches.x,
    )
    expected = numerical_gradient(
        lambda x: reference.within_class_spread(x, s, held, batches.a), x
    )
    assert_gradient(gradient, expected)


def test_gradient_of_coral():
    batches = small(weighted=True)
    _, x, y = value_and_gradients(
        lambda x, y: discrepancies.coral(
            x, y, x_weights=batches.a, y_weights=batches.b
        ),
        batches.x,
        batches.y,
    )
    precise = batches.precise()
    weights = batches.a, batches.b
    assert_gradient(
        x,
        numerical_gradient(
            lambda x: reference.coral(x, precise["y"], *weights), precise["x"]
        ),
    )
    assert_gradient(
        y,
        numerical_gradient(
            lambda y: reference.coral(precise["x"], y, *weights), precise["y"]
        ),
    )


@pytest.mark.parametrize("form", FORMS)
def test_gradient_compacts_although_the_value_ignores_scale(form):
    """A gradient through the median would have no part along scaling."""
    batches = small()
    _, x, y = value_and_gradients(
        lambda x, y: mmd(form, batches.replace(x=x, y=y)), batches.x, batches.y
    )
    along_scaling = np.sum(x * batches.x) + np.sum(y * batches.y)
    assert abs(along_scaling) > 1e-2


def test_coinciding_rows_have_a_finite_gradient():
    """Everyday rows: those where every ReLU of a layer rests."""
    x = np.random.default_rng(0).normal(size=(8, 3)).astype("float32")
    x[:3] = 0.0
    _, gradient = value_and_gradients(
        lambda x: discrepancies.mmd(x[:4], x[4:], kernel="laplacian"), x
    )
    assert np.isfinite(gradient).all()
    np.testing.assert_allclose(gradient[0], gradient[1], rtol=1e-5)
    assert np.abs(gradient[0]).max() > 1e-3

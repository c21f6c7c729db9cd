"""Values and gradients stay finite where formulas break."""

import functools

import numpy as np
import pytest

from keras_itra import discrepancies, kernels
from tests.cases import (
    FORMS,
    FORMS_OF_FAMILIES,
    NUM_CLASSES,
    OPTIONS,
    Batches,
    draw,
    in_turn,
    mmd,
)
from tests.gradients import value_and_gradients
from tests.graphs import for_any_rows

DRAWN = draw(width=3)
LABELS = np.zeros(1, int)


def _with(**changes):
    return DRAWN.replace(**changes)


BATCHES = {
    "identical": _with(y=DRAWN.x, t=DRAWN.s),
    "constant": _with(x=np.full((12, 3), 0.1), y=np.full((8, 3), 0.1)),
    "all zero": _with(x=np.zeros((12, 3)), y=np.zeros((8, 3))),
    "two constants": _with(x=np.full((12, 3), 0.1), y=np.full((8, 3), 7.0)),
    "one row per class": Batches(
        DRAWN.x[:4], np.arange(4), DRAWN.y[:4], np.arange(4)
    ),
    "class in one batch": _with(t=np.zeros(8, int)),
    "no shared class": _with(s=np.zeros(12, int), t=np.ones(8, int)),
    "two rows": Batches(DRAWN.x[:1], LABELS, DRAWN.y[:1], LABELS),
    "two equal rows": Batches(DRAWN.x[:1], LABELS, DRAWN.x[:1], LABELS),
    "second empty": Batches(
        DRAWN.x[:1], LABELS, np.zeros((0, 3)), np.zeros(0, int)
    ),
    "first empty": Batches(
        np.zeros((0, 3)), np.zeros(0, int), DRAWN.x, DRAWN.s
    ),
    "all weights zero": _with(a=np.zeros(12), b=np.zeros(8)),
    "weights of one batch zero": _with(a=np.ones(12), b=np.zeros(8)),
    "scale 1e-20": _with(x=1e-20 * DRAWN.x, y=1e-20 * DRAWN.y),
    "scale 1e8": _with(x=1e8 * DRAWN.x, y=1e8 * DRAWN.y),
    "offset 1e3": _with(x=DRAWN.x + 1e3, y=DRAWN.y + 1e3),
    "offset 1e8 of one": _with(y=DRAWN.y + 1e8),
    "one outlier": _with(x=np.concatenate([[[1e8, 0, 0]], DRAWN.x[1:]])),
}


@functools.cache
def compiled(form, family, options):
    """Value and gradients as a graph for any number of rows."""

    def function(x, s, y, t, a, b):
        return value_and_gradients(
            lambda x, y: mmd(
                form,
                Batches(x, s, y, t, a, b),
                kernel=family,
                **OPTIONS[options],
            ),
            x,
            y,
        )

    rows, labels = ((None, 3), "float32"), ((None,), "int32")
    weights = (None,), "float32"
    return for_any_rows(function, rows, labels, rows, labels, weights, weights)


def evaluate(form, family, options, batches):
    a = np.ones(len(batches.x)) if batches.a is None else batches.a
    b = np.ones(len(batches.y)) if batches.b is None else batches.b
    arguments = [batches.x, batches.s, batches.y, batches.t, a, b]
    for index in (0, 2, 4, 5):
        arguments[index] = np.asarray(arguments[index], "float32")
    results = compiled(form, family, options)(*arguments)
    return [np.asarray(result) for result in results]


@pytest.mark.parametrize(
    ("form", "family", "options"),
    in_turn(
        [
            (form, family)
            for form, family in FORMS_OF_FAMILIES
            if form != "conditional-present" or family == "gaussian"
        ],
        [(name,) for name in OPTIONS],
    ),
)
def test_finite(form, family, options):
    for name, batches in BATCHES.items():
        for result in evaluate(form, family, options, batches):
            assert np.isfinite(result).all(), name


@pytest.mark.parametrize(
    ("name", "form"),
    [
        *(("identical", form) for form in FORMS),
        ("constant", "marginal"),  # joint: their labels differ
        ("constant", "conditional"),
        ("two equal rows", "marginal"),
        ("two equal rows", "conditional"),
    ],
)
def test_coinciding_batches_have_value_and_gradient_zero(name, form):
    for result in evaluate(form, "gaussian", "rooted", BATCHES[name]):
        np.testing.assert_array_equal(result, 0)


@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize(
    ("form", "name"),
    [
        *(
            (form, name)
            for form in FORMS
            for name in (
                "second empty",
                "first empty",
                "all weights zero",
                "weights of one batch zero",
            )
        ),
        ("conditional", "no shared class"),
        ("conditional-present", "no shared class"),
    ],
)
def test_nothing_to_align_is_zero(form, name, options):
    """A lone self-term would push the rows of one batch apart."""
    for result in evaluate(form, "gaussian", options, BATCHES[name]):
        np.testing.assert_array_equal(result, 0)


@pytest.mark.parametrize("value", [np.nan, np.inf])
@pytest.mark.parametrize("name", ["marginal", "conditional", "joint", "spread"])
def test_features_that_are_no_numbers_do_not_pass_for_aligned(name, value):
    x = np.array(DRAWN.x)
    x[3, 1] = value
    found = {
        "marginal": lambda: discrepancies.mmd(x, DRAWN.y),
        "conditional": lambda: discrepancies.conditional_mmd(
            x, DRAWN.s, DRAWN.y, DRAWN.t, num_classes=NUM_CLASSES
        ),
        "joint": lambda: discrepancies.joint_mmd(x, DRAWN.s, DRAWN.y, DRAWN.t),
        "spread": lambda: discrepancies.within_class_spread(
            x, DRAWN.s, num_classes=NUM_CLASSES
        ),
    }[name]()
    assert np.isnan(float(found))


def test_class_in_one_batch_gets_no_gradient():
    batches = BATCHES["class in one batch"]
    _, x, y = evaluate("conditional", "gaussian", "rooted", batches)
    np.testing.assert_array_equal(x[batches.s > 0], 0)
    assert (x[batches.s == 0] != 0).all()
    assert (y != 0).all()


def test_unbiased_needs_two_rows_of_a_class():
    lone = BATCHES["one row per class"]
    for result in evaluate("conditional", "gaussian", "unbiased", lone):
        np.testing.assert_array_equal(result, 0)


@pytest.mark.parametrize("name", [n for n in BATCHES if n != "first empty"])
@pytest.mark.parametrize("function", ["spread", "coral", "number"])
def test_other_discrepancies_are_finite(function, name):
    batches = BATCHES[name]

    def value(x, y):
        if function == "coral":
            return discrepancies.coral(
                x, y, x_weights=batches.a, y_weights=batches.b
            )
        if function == "spread":
            return discrepancies.within_class_spread(
                x, batches.s, num_classes=NUM_CLASSES, weights=batches.a
            )
        kernel = kernels.Laplacian(bandwidth=1.0)
        return mmd("conditional", batches.replace(x=x, y=y), kernel=kernel)

    x, y = (np.asarray(rows, "float32") for rows in (batches.x, batches.y))
    for result in value_and_gradients(value, x, y):
        assert np.isfinite(result).all()

"""ITRAAlignment against a constant second sample."""

import numpy as np
import pytest
from keras import ops

from keras_itra import discrepancies, kernels
from keras_itra.losses import ITRAAlignment
from tests.cases import BAD_INPUT, NUM_CLASSES
from tests.gradients import assert_gradient, value_and_gradients
from tests.losses.alignment_cases import MODES, draw, halves

OPTIONS = {
    "default": {},
    "squared": {"rooted": False},
    "unbiased": {"rooted": False, "estimator": "unbiased"},
    "linear": {"kernel": "linear"},
}


def samples(weighted=False):
    """S1 and a longer reference; class 2 is missing in the reference."""
    s2_labels, s2_features = draw(rows=22)
    x, s, _, _ = halves(*draw())
    y, t = s2_features[s2_labels < 2], s2_labels[s2_labels < 2]
    rng = np.random.default_rng(1)
    a, b = (
        rng.uniform(0.3, 2, len(rows)).astype("float32")
        if weighted
        else np.ones(len(rows), "float32")
        for rows in (x, y)
    )
    return x, s, a, y, t, b


def effective(weights):
    return weights.sum() ** 2 / (weights**2).sum() if len(weights) else 0.0


def expected_factor(mode, options, s, a, t, b):
    """Of each row of S1."""
    if not options.get("rooted", True):
        return np.full(len(s), 2.0)
    factors = np.empty(len(s))
    for row, label in enumerate(s):
        of_s, of_t = s == label, t == label
        if mode in ("marginal", "joint"):
            of_s, of_t = np.full(len(s), True), np.full(len(t), True)
        n, m = effective(a[of_s]), effective(b[of_t])
        factors[row] = np.sqrt(2 * (1 + n / m)) if m else 0
    return factors


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("mode", ["marginal", "conditional", "joint"])
def test_value_is_the_discrepancy_and_the_gradient_that_of_two_sides(
    mode, options, weighted
):
    arguments, discrepancy = MODES[mode]
    options = OPTIONS[options]
    x, s, a, y, t, b = samples(weighted)
    expected, gradient = value_and_gradients(
        lambda x: discrepancy(x, s, y, t, x_weights=a, y_weights=b, **options),
        x,
    )
    loss = ITRAAlignment(**arguments, **options)
    value, found = value_and_gradients(
        lambda x: ops.sum(loss.terms(s, x, a, (t, y, b)).rows), x
    )
    assert abs(expected) > 1e-2
    np.testing.assert_allclose(value, expected, rtol=1e-5)
    factor = expected_factor(mode, options, s, a, t, b)
    assert_gradient(found, factor[:, None] * np.array(gradient))


@pytest.mark.parametrize("mode", ["conditional", "joint"])
def test_layout_of_labels_does_not_matter(mode):
    x, s, _, y, t, b = samples()
    one_hot = np.eye(NUM_CLASSES, dtype="float32")
    loss = ITRAAlignment(mode, num_classes=NUM_CLASSES)

    def of(s, t):
        return value_and_gradients(
            lambda x: ops.sum(loss.terms(s, x, None, (t, y, b)).rows), x
        )

    expected, gradient = of(s, t)
    value, found = of(one_hot[s], one_hot[t])
    np.testing.assert_allclose(value, expected, rtol=1e-5)
    assert_gradient(found, gradient)
    with pytest.raises(ValueError, match=BAD_INPUT):
        of(one_hot[s], t)


def test_regression_targets_with_a_label_kernel():
    x, _, _, y, _, b = samples()
    rng = np.random.default_rng(2)
    s, t = (rng.normal(size=len(rows)).astype("float32") for rows in (x, y))
    label_kernel = kernels.Gaussian(1.0, (1.0,))
    loss = ITRAAlignment("joint", label_kernel=label_kernel)
    expected = discrepancies.joint_mmd(x, s, y, t, label_kernel=label_kernel)
    value = ops.sum(loss.terms(s, x, None, (t, y, b)).rows)
    np.testing.assert_allclose(value, expected, rtol=1e-5)


@pytest.mark.parametrize("mode", ["marginal", "conditional", "joint"])
def test_the_reference_is_constant(mode):
    x, s, _, y, t, b = samples()
    loss = ITRAAlignment(mode, num_classes=NUM_CLASSES)
    _, gradient = value_and_gradients(
        lambda y: ops.sum(loss.terms(s, x, None, (t, y, b)).rows),
        y,
    )
    np.testing.assert_array_equal(gradient, 0)


@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("mode", ["marginal", "conditional", "joint"])
def test_a_reference_of_weight_zero_is_none(mode, options):
    x, s, _, y, t, b = samples()
    loss = ITRAAlignment(mode, num_classes=NUM_CLASSES, **OPTIONS[options])
    terms = []

    def value(x):
        terms.append(loss.terms(s, x, None, (t, y, 0 * b)))
        return ops.sum(terms[-1].rows)

    found, gradient = value_and_gradients(value, x)
    assert found == 0
    assert terms[0].bandwidth == 0
    np.testing.assert_array_equal(gradient, 0)


def test_the_number_of_classes_must_be_known():
    x, s, _, y, t, b = samples()
    with pytest.raises(ValueError, match=BAD_INPUT):
        ITRAAlignment().terms(s, x, None, (t, y, b))


CLASSES, FEATURES, DRAWS = 40, 16, 25
FIXED = kernels.Gaussian(float(FEATURES))


def slopes(loss, n, m=None):
    """Mean gradient by a scaling of the features, and its standard error.

    Every class is an experiment of its own: n rows of S1, and n rows of S2 of
    which the gradient counts too, or m rows of a reference.
    """
    rng = np.random.default_rng(0)
    found = []
    for _ in range(DRAWS):
        s = np.repeat(np.arange(CLASSES), n)
        t = np.repeat(np.arange(CLASSES), m or n)
        x, y = (
            rng.normal(size=(len(rows), FEATURES)).astype("float32")
            for rows in (s, t)
        )
        if m is None:
            s, x = np.repeat(s, 2), np.stack([x, y], 1).reshape(-1, FEATURES)

        def value(x, s=s, t=t, y=y):
            reference = (t, y, np.ones(len(t), "float32"))
            given = () if m is None else (None, reference)
            return ops.sum(loss.terms(s, x, *given).rows)

        _, gradient = value_and_gradients(value, x)
        by_row = (np.array(gradient) * x).sum(1)
        found.extend(by_row.reshape(CLASSES, -1).sum(1) * CLASSES)
    return np.mean(found), np.std(found) / np.sqrt(len(found))


@pytest.mark.parametrize(
    ("options", "sizes", "off"),
    [
        ({"kernel": FIXED, "rooted": False}, (3, 12), 0),
        ({"kernel": "linear"}, (3, 12), 0),
        ({}, (3, 3), 0.03),
        ({}, (3, 12), 0.03),
    ],
    ids=["squared", "rooted linear", "paper, M = n", "paper, M = 4 n"],
)
def test_mean_gradient_is_that_of_two_mini_batches(options, sizes, off):
    """Exactly for the first two; the others are off by what is allowed."""
    loss = ITRAAlignment(num_classes=CLASSES, **options)
    n, m = sizes
    expected, error = slopes(loss, n)
    found, other_error = slopes(loss, n, m)
    error = np.hypot(error, other_error)
    assert error < 0.02 * expected
    assert abs(found - expected) < 3 * error + off * expected

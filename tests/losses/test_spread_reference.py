"""WithinClassSpread of a mini-batch and a constant reference."""

import numpy as np
import pytest
from keras import ops

from keras_itra import kernels
from keras_itra.losses import WithinClassSpread
from tests import reference
from tests.cases import BAD_INPUT, NUM_CLASSES, draw
from tests.gradients import assert_gradient, value_and_gradients


def rows_of(weighted=False):
    """Classes 0 and 1 in both, 2 with a row in S1 only, 3 in S2 only."""
    batches = draw(rows=14, others=20, weighted=weighted)
    x, s = batches.x, np.array(batches.s)
    a = np.ones(len(x), "float32") if batches.a is None else batches.a
    t = np.array(batches.t)
    t[::7] = 3
    b = np.ones(len(t), "float32") if batches.b is None else batches.b
    s[s == 2] = 0
    s[3] = 2
    return x, s, np.asarray(a), batches.y, t, np.asarray(b)


def effective(weights):
    return weights.sum() ** 2 / np.square(weights).sum()


def by_hand(x, s, a, y, t, b, rooted):
    """The sum over the classes of S1, divided by all classes."""
    total = 0.0
    for k in set(s):
        of_s, of_t = s == k, t == k
        if of_s.sum() + of_t.sum() < 2:
            continue
        rows = np.concatenate([x[of_s], y[of_t]]).astype("float64")
        weights = np.concatenate([a[of_s], b[of_t]]).astype("float64")
        squared = reference.within_class_spread(
            rows,
            np.ones((len(rows), 1)),
            reference.Kernel(),
            weights,
            rooted=False,
        )
        squared *= effective(weights) / effective(a[of_s].astype("float64"))
        total += np.sqrt(squared) if rooted else squared
    return total / NUM_CLASSES


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("rooted", [True, False])
@pytest.mark.parametrize("form", ["integers", "one-hot"])
def test_value_is_that_by_hand(form, rooted, weighted):
    x, s, a, y, t, b = rows_of(weighted)
    expected = by_hand(x, s, a, y, t, b, rooted)
    labels = (s, t)
    if form == "one-hot":
        labels = (np.eye(NUM_CLASSES, dtype="float32")[rows] for rows in labels)
    s, t = labels
    loss = WithinClassSpread(rooted=rooted, num_classes=NUM_CLASSES)
    terms = loss.terms(s, x, a, (t, y, b))
    assert expected > 0.01
    np.testing.assert_allclose(ops.sum(terms.rows), expected, rtol=1e-5)
    assert terms.rows.shape == (len(x) + len(y),)


@pytest.mark.parametrize("weighted", [False, True])
def test_gradient_is_that_of_the_value_times_the_inverse_of_its_share(weighted):
    x, s, a, y, t, b = rows_of(weighted)
    kernel = kernels.Gaussian(4.0)  # a bandwidth that does not move
    loss = WithinClassSpread(kernel, num_classes=NUM_CLASSES)
    _, found = value_and_gradients(
        lambda x: ops.sum(loss.terms(s, x, a, (t, y, b)).rows), x
    )
    expected = np.empty_like(x, dtype="float64")
    for k in set(s):
        one, other = a[s == k], b[t == k]
        whole, squares = one.sum() + other.sum(), (one**2).sum()
        pairs = whole**2 - squares - (other**2).sum()
        own = one.sum() * whole - squares
        # As if only this class were there: the others add nothing to it.
        of_k, of_t = s == k, t == k
        union = np.concatenate([x[of_k], y[of_t]])
        weights = np.concatenate([one, other])
        plain = WithinClassSpread(kernel, num_classes=NUM_CLASSES)
        _, gradient = value_and_gradients(
            lambda u, plain=plain, weights=weights: ops.sum(
                plain.terms(np.zeros(len(u), int), u, weights).rows
            ),
            union,
        )
        factor = np.sqrt(effective(weights) / effective(one))
        factor *= pairs / own if pairs > 0 else 0.0
        expected[of_k] = factor * np.array(gradient)[: of_k.sum()]
    assert np.abs(expected).max() > 1e-3
    assert_gradient(found, expected)


def test_the_reference_is_constant():
    x, s, a, y, t, b = rows_of()
    loss = WithinClassSpread(num_classes=NUM_CLASSES)
    _, gradient = value_and_gradients(
        lambda y: ops.sum(loss.terms(s, x, a, (t, y, b)).rows), y
    )
    np.testing.assert_array_equal(gradient, 0)


def test_a_reference_of_weight_zero_is_none():
    x, s, a, y, t, b = rows_of()
    loss = WithinClassSpread(num_classes=NUM_CLASSES)
    plain, of_plain = value_and_gradients(
        lambda x: ops.sum(loss.terms(s, x, a).rows), x
    )
    value, found = value_and_gradients(
        lambda x: ops.sum(loss.terms(s, x, a, (t, y, 0 * b)).rows), x
    )
    np.testing.assert_allclose(value, plain, rtol=1e-6)
    assert_gradient(found, of_plain)


def test_classes_of_the_reference_alone_take_no_part():
    x, s, a, y, t, b = rows_of()
    for average in ("all", "present"):
        loss = WithinClassSpread(class_average=average, num_classes=NUM_CLASSES)
        value, without = (
            ops.sum(loss.terms(s, x, a, (t[kept], y[kept], b[kept])).rows)
            for kept in (t >= 0, np.isin(t, s))
        )
        np.testing.assert_allclose(value, without, rtol=1e-6)


def test_one_row_of_a_class_has_partners_in_the_reference():
    x, s, a, y, t, b = rows_of()
    loss = WithinClassSpread(num_classes=NUM_CLASSES)
    one = slice(0, 1)
    value, gradient = value_and_gradients(
        lambda x: ops.sum(loss.terms(s[one], x, a[one], (t, y, b)).rows), x[one]
    )
    assert value > 0
    assert np.abs(gradient).max() > 0
    assert float(ops.sum(loss.terms(s[one], x[one], a[one]).rows)) == 0


@pytest.mark.parametrize("scale", [0.0, 1e-20, 1e15])
def test_extreme_features_stay_finite(scale):
    x, s, a, y, t, b = rows_of()
    loss = WithinClassSpread(num_classes=NUM_CLASSES)
    value, gradient = value_and_gradients(
        lambda x: ops.sum(loss.terms(s, x, a, (t, scale * y, b)).rows),
        scale * x,
    )
    assert np.isfinite(value)
    assert np.isfinite(np.array(gradient)).all()


def test_the_number_of_classes_must_be_known():
    x, s, a, y, t, b = rows_of()
    with pytest.raises(ValueError, match=BAD_INPUT):
        WithinClassSpread().terms(s, x, a, (t, y, b))


CLASSES, WIDTH, DRAWS = 40, 16, 40


@pytest.mark.parametrize("m", [1, 3, 12])
@pytest.mark.parametrize("rooted", [True, False])
def test_mean_gradient_is_that_of_one_mini_batch(rooted, m):
    """Of three rows a class, whatever number of rows is remembered."""
    rng = np.random.default_rng(0)
    loss = WithinClassSpread(
        kernels.Gaussian(float(WIDTH)), rooted=rooted, num_classes=CLASSES
    )
    s, t = np.repeat(np.arange(CLASSES), 3), np.repeat(np.arange(CLASSES), m)
    found = []
    for _ in range(DRAWS):
        x, y = (
            rng.normal(size=(len(rows), WIDTH)).astype("float32")
            for rows in (s, t)
        )
        ones = np.ones(len(t), "float32")
        slopes = [
            (np.array(gradient) * x).sum()
            for _, gradient in (
                value_and_gradients(
                    lambda x, given=given: ops.sum(
                        loss.terms(s, x, None, *given).rows
                    ),
                    x,
                )
                for given in ((), ((t, y, ones),))
            )
        ]
        found.append(slopes)
    plain, against = np.array(found).T
    error = (against - plain).std(ddof=1) / np.sqrt(DRAWS)
    assert error < 0.02 * plain.mean()
    off = 0.02 * plain.mean() if rooted else 0.0  # a root of a mean
    assert abs((against - plain).mean()) < 3 * error + off

"""Weights that keep cross-entropy on S1."""

import hypothesis
import keras
import numpy as np
import pytest
from hypothesis import strategies as st

from keras_itra.data import PairedBatches
from keras_itra.data.supervision import add_first_weights, check_supervise
from tests.cases import BAD_INPUT
from tests.data.rows import numbered


def batch(rows, weights=None):
    x, y = numbered(rows)
    return (x, y) if weights is None else (x, y, weights)


@hypothesis.given(st.integers(1, 40), st.integers(0, 100))
def test_weighted_mean_over_the_batch_is_the_mean_over_s1(rows, seed):
    values = np.random.default_rng(seed).normal(size=rows)
    _, _, weights = add_first_weights(batch(rows), "first")
    assert weights.shape == (rows,)
    np.testing.assert_array_equal(weights[1::2], 0)
    np.testing.assert_allclose(
        np.mean(weights * values), np.mean(values[0::2]), rtol=1e-5, atol=1e-7
    )


@pytest.mark.parametrize("rows", [6, 7])
def test_keras_reduces_to_the_loss_on_s1(rows):
    logits = np.random.default_rng(0).normal(size=(rows, 3))
    _, y, weights = add_first_weights(batch(rows), "first")
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    np.testing.assert_allclose(
        loss(y, logits, sample_weight=weights),
        loss(y[0::2], logits[0::2]),
        rtol=1e-6,
    )


@pytest.mark.parametrize("shape", [(6,), (6, 1)])
def test_user_weights_multiply(shape):
    user = np.linspace(1, 2, 6).reshape(shape)
    _, _, weights = add_first_weights(batch(6, user), "first")
    assert weights.shape == shape
    expected = user.ravel() * [2, 0, 2, 0, 2, 0]
    np.testing.assert_allclose(weights.ravel(), expected)


def test_one_output_of_several_is_weighted():
    x, y = numbered(5)
    targets = {"logits": y, "features": y}
    _, _, weights = add_first_weights((x, targets), ("logits", "first"))
    assert set(weights) == set(targets)
    np.testing.assert_allclose(weights["logits"], np.array([5, 0, 5, 0, 5]) / 3)
    np.testing.assert_array_equal(weights["features"], 1)


def test_user_weights_of_several_outputs_multiply():
    x, y = numbered(4)
    targets = {"logits": y, "features": y}
    user = np.array([1.0, 2, 3, 4])
    apart = {"logits": user, "features": user + 1}
    for given, features in ((user, user), (apart, user + 1)):
        _, _, weights = add_first_weights(
            (x, targets, given), ("logits", "first")
        )
        np.testing.assert_allclose(weights["logits"], [2, 0, 6, 0])
        np.testing.assert_allclose(weights["features"], features)
    np.testing.assert_array_equal(apart["logits"], user)  # left as it was


@pytest.mark.parametrize("supervise", [None, "both", ("logits", "both")])
def test_supervising_all_rows_adds_nothing(supervise):
    given = batch(4)
    assert add_first_weights(given, supervise) is given


def test_paired_batches_add_the_weights_to_each_mini_batch():
    x, y = numbered(5)
    batches = PairedBatches((x, y, x[:, 0] + 1), 4, supervise="first")
    for index in range(2):
        features, _, weights = batches[index]
        rows = features[:, 0]
        np.testing.assert_allclose(weights[0::2], 2 * (rows[0::2] + 1))
        np.testing.assert_array_equal(weights[1::2], 0)


Y = [0, 1, 2, 1]


@pytest.mark.parametrize(
    ("supervise", "targets"),
    [
        ("second", Y),
        (1, Y),
        (("logits", "first"), Y),
        ("first", {"logits": Y}),
        # One array of weights would take S2 out of the alignment as well.
        ("first", [Y, Y]),
        (("logits", "second"), {"logits": Y}),
        (("other", "first"), {"logits": Y}),
        (("logits", "first", "both"), {"logits": Y}),
        (("logits",), {"logits": Y}),
    ],
    ids=str,
)
def test_choices_that_do_not_fit_are_refused(supervise, targets):
    with pytest.raises(ValueError, match=BAD_INPUT):
        check_supervise(supervise, targets)

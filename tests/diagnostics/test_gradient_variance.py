"""Variance of the gradient: against all gradients at once, in NumPy."""

import functools

import numpy as np
import pytest
from keras import ops

from keras_itra.data import PairedBatches
from keras_itra.diagnostics import gradient_variance, step_gradients
from keras_itra.diagnostics.gradient_moments import GradientMoments
from tests.diagnostics.test_gradients import flat, state
from tests.models.cases import draw, wrapped

ROWS, BATCH, BATCHES, WEIGHT = 24, 6, 8, 1.5


@pytest.fixture
def data():
    return draw(ROWS)


def measure(model, *data, **options):
    """Without compiling, which takes longer than all steps."""
    step = functools.partial(step_gradients, model)
    options = {"batch_size": BATCH, "batches": BATCHES} | options
    return gradient_variance(model, *data, step=step, **options)


def all_gradients(model, data, seed=0):
    """The gradients of all mini-batches as matrices."""
    rows = PairedBatches(data, BATCH, pairing=model.row_pairing, seed=seed)
    found = []
    for epoch in range(BATCHES):
        rows.epoch = epoch
        found.append([flat(p) for p in step_gradients(model, *rows[0])])
    supervised, alignment = np.array(found, dtype=float).transpose(1, 0, 2)
    return supervised, alignment


def full_gradient(model, x, y):
    """Of the cross-entropy on all rows, each of them in S1 and in S2."""
    return flat(step_gradients(model, x.repeat(2, 0), y.repeat(2)).supervised)


def mean_cosine(gradients, direction):
    norms = np.linalg.norm(gradients, axis=1) * np.linalg.norm(direction)
    return np.mean(gradients @ direction / norms)


def trace(gradients):
    return gradients.var(axis=0, ddof=1).sum()


@pytest.mark.parametrize("pairing", ["independent", "split"])
def test_it_is_that_of_all_gradients(data, pairing):
    model = wrapped(alignment_weight=WEIGHT, pairing=pairing)
    before = state(model)
    found = measure(model, *data, held_out=draw(12, seed=5), seed=3)
    for old, new in zip(before, state(model), strict=True):
        np.testing.assert_array_equal(old, new)
    supervised, alignment = all_gradients(model, data, seed=3)
    full = full_gradient(model, *data)
    held_out = full_gradient(model, *draw(12, seed=5))
    bias = WEIGHT**2 * trace(alignment) / BATCHES
    mean = full + WEIGHT * alignment.mean(axis=0)
    for spread, gradients, square in (
        (found.supervised, supervised, full @ full),
        (found.aligned, supervised + WEIGHT * alignment, mean @ mean - bias),
    ):
        assert spread.variance == pytest.approx(trace(gradients), rel=1e-5)
        assert spread.squared_mean == pytest.approx(square, rel=1e-4)
        assert spread.relative == spread.variance / spread.squared_mean
        assert spread.cosine == pytest.approx(
            mean_cosine(gradients, full), abs=1e-5
        )
        assert spread.held_out_cosine == pytest.approx(
            mean_cosine(gradients, held_out), abs=1e-5
        )
    assert found.batches == BATCHES


def test_layers_add_up(data):
    found = measure(wrapped(alignment_weight=WEIGHT), *data)
    for whole, parts in (
        (found.supervised, found.supervised_by_layer),
        (found.aligned, found.aligned_by_layer),
    ):
        assert [name.rpartition("/")[2] for name in parts] == [
            "hidden",
            "logits",
        ]
        for part in ("variance", "squared_mean"):
            assert getattr(whole, part) == pytest.approx(
                sum(getattr(p, part) for p in parts.values())
            )
        assert np.isnan(whole.held_out_cosine)
    # The alignment does not reach the last layer.
    (_, plain), (_, aligned) = (
        parts.items()
        for parts in (found.supervised_by_layer, found.aligned_by_layer)
    )
    assert plain[1] == pytest.approx(aligned[1], nan_ok=True)


def test_without_alignment_both_are_the_same(data):
    found = measure(wrapped(alignment_weight=0.0), *data)
    assert found.aligned == pytest.approx(found.supervised, nan_ok=True)


def test_whole_epochs_as_mini_batches_do_not_vary(data):
    model = wrapped(pairing="none", alignment_weight=0.0)
    found = measure(model, *data, batch_size=ROWS, batches=2).supervised
    assert found.relative < 1e-10
    assert found.cosine == pytest.approx(1)


def test_moments_do_not_cancel():
    """Deviations of 1e-4 on top of a mean of 1e4."""
    rng = np.random.default_rng(0)
    gradients = 1e4 + 1e-4 * rng.normal(size=(50, 3))
    moments = GradientMoments([{"a": np.ones(3)}])
    for gradient in gradients:
        moments.update({"a": gradient})
    np.testing.assert_allclose(moments.mean["a"], gradients.mean(axis=0))
    assert moments.variance() == pytest.approx(trace(gradients), rel=1e-6)
    assert moments.cosines() == moments.cosines("a") == pytest.approx([1])


def test_a_dead_network_has_no_direction(data):
    model = wrapped(alignment_weight=1.0)
    for variable in model.trainable_variables[:2]:
        variable.assign(ops.full(variable.shape, -1e3))
    x, y = data
    found = measure(model, np.abs(x), y)
    hidden = next(iter(found.aligned_by_layer.values()))
    assert hidden[:3] == (0, 0, 0)
    assert hidden.relative == np.inf


def test_too_few_mini_batches_are_refused(data):
    with pytest.raises(ValueError, match="`batches`"):
        gradient_variance(wrapped(), *data, batches=1)

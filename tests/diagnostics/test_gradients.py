"""The two gradients of a step: values, shares, and a model that stays put."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_itra import ITRAModel
from keras_itra.diagnostics import alignment_share, step_gradients
from keras_itra.diagnostics.step_gradients import compiled_step_gradients
from keras_itra.losses import CenterLoss
from tests.models.cases import (
    NUM_CLASSES,
    WIDTH,
    batch_normalized,
    compiled,
    draw,
    wrapped,
)
from tests.models.subclasses import Wide


def paired(rows=24, seed=0):
    """A mini-batch whose rows 2i and 2i + 1 have one class."""
    x, y = draw(rows, seed)
    order = np.argsort(y, kind="stable")
    return x[order], y[order]


def numbers(tensors):
    return [np.asarray(ops.convert_to_numpy(t)) for t in tensors]


def flat(tensors):
    return np.concatenate([t.ravel() for t in numbers(tensors)])


def state(model):
    variables = [*model.variables, *model.metrics_variables]
    return numbers(ops.convert_to_tensor(v) for v in variables)


def step_of_sgd(model, *batch):
    """The gradient that a real training step applies, by plain SGD."""
    before = numbers(model.trainable_variables)
    compiled(model, optimizer=keras.optimizers.SGD(1.0))
    model.train_on_batch(*batch)
    after = numbers(model.trainable_variables)
    return flat([a - b for a, b in zip(before, after, strict=True)])


def with_regularizer():
    return keras.Sequential(
        [
            keras.Input((WIDTH,)),
            keras.layers.Dense(
                8, "tanh", kernel_regularizer="l2", name="hidden"
            ),
            keras.layers.ActivityRegularization(l2=0.1),
            keras.layers.Dense(NUM_CLASSES, name="logits"),
        ]
    )


def with_dropout():
    return keras.Sequential(
        [
            keras.Input((WIDTH,)),
            keras.layers.Dense(8, "tanh", name="hidden"),
            keras.layers.Dropout(0.5, seed=3),
            keras.layers.Dense(NUM_CLASSES, name="logits"),
        ]
    )


MODELS = {
    "plain": lambda: wrapped(alignment_weight=0.7),
    "regularizers": lambda: wrapped(with_regularizer(), alignment_weight=0.7),
    "batch statistics": lambda: wrapped(
        batch_normalized(), alignment_weight=0.7, forward="separate"
    ),
    "dropout": lambda: wrapped(with_dropout(), alignment_weight=0.7),
    "both": lambda: wrapped(supervise="both", alignment_weight=0.7),
    "queue": lambda: wrapped(
        pairing="queue", memory_size=6, alignment_weight=0.7
    ),
    "centers": lambda: wrapped(
        pairing="none",
        alignment=CenterLoss(NUM_CLASSES, 8),
        alignment_weight=0.7,
    ),
}


@pytest.mark.parametrize("name", MODELS)
def test_they_add_up_to_the_step_and_change_nothing(name):
    model = MODELS[name]()
    batch = (*paired(), np.linspace(0.2, 2, 24, dtype="float32"))
    model.train_on_batch(*paired(seed=1))  # fills memories and metrics
    before = state(model)
    supervised, alignment = step_gradients(model, *batch)
    share = alignment_share(model, *batch)
    for old, new in zip(before, state(model), strict=True):
        np.testing.assert_array_equal(old, new)
    assert share.alignment_norm > 1e-3
    step = flat(supervised) + 0.7 * flat(alignment)
    np.testing.assert_allclose(
        step_of_sgd(model, *batch), step, rtol=1e-4, atol=2e-6
    )


def test_the_alignment_is_not_in_the_last_layer():
    model = wrapped(with_regularizer(), alignment_weight=5.0)
    _, alignment = step_gradients(model, *paired())
    kernel, bias = numbers(alignment[-2:])
    assert not kernel.any()
    assert not bias.any()
    shares = alignment_share(model, *paired()).by_variable
    assert shares[model.trainable_variables[-1].path] == 0
    assert shares[model.trainable_variables[0].path] > 0.1


def test_share_cosine_and_weights():
    model = wrapped(alignment_weight=0.4)
    found = alignment_share(model, *paired())
    supervised, alignment = map(flat, step_gradients(model, *paired()))
    norms = np.linalg.norm(supervised), np.linalg.norm(alignment)
    assert found.supervised_norm == pytest.approx(norms[0], rel=1e-5)
    assert found.unweighted_norm == pytest.approx(norms[1], rel=1e-5)
    assert found.alignment_norm == pytest.approx(0.4 * norms[1], rel=1e-5)
    assert found.total == pytest.approx(
        0.4 * norms[1] / (0.4 * norms[1] + norms[0]), rel=1e-5
    )
    cosine = supervised @ alignment / np.prod(norms)
    assert found.cosine == pytest.approx(cosine, abs=1e-5)
    assert set(found.by_variable) == {v.path for v in model.trainable_variables}
    # A weight can be solved for.
    model.alignment_weight.assign(found.weight_for(0.3))
    again = alignment_share(model, *paired())
    assert again.total == pytest.approx(0.3, rel=1e-5)
    assert again.cosine == pytest.approx(found.cosine, rel=1e-6)


def test_without_alignment_the_share_is_zero():
    model = wrapped(alignment_weight=0.0)
    found = alignment_share(model, *paired())
    assert found.total == found.alignment_norm == 0
    assert found.unweighted_norm > 0
    assert found.weight_for(0.0) == 0


def test_coinciding_halves_have_no_alignment():
    x, y = draw(6)
    model = wrapped(alignment_weight=1.0)
    found = alignment_share(model, np.repeat(x, 2, 0), np.repeat(y, 2))
    assert found.total == found.cosine == 0
    assert found.weight_for(0.5) == np.inf
    assert found.weight_for(0.0) == 0


def test_compiled_gradients_follow_the_weights():
    model = wrapped(batch_normalized())
    evaluate = compiled_step_gradients(model)
    for seed in range(2):
        batch = paired(seed=seed)
        for fast, slow in zip(
            evaluate(*batch), step_gradients(model, *batch), strict=True
        ):
            np.testing.assert_allclose(flat(fast), flat(slow), atol=1e-6)
        model.train_on_batch(*batch)


def test_a_subclass_that_was_never_called():
    model = compiled(Wide(7, seed=0))
    assert alignment_share(model, *paired()).total > 0


def test_what_has_no_step_is_refused():
    batch = paired()
    with pytest.raises(ValueError, match=r"an `ITRAModel`.*Sequential"):
        alignment_share(batch_normalized(), *batch)
    model = ITRAModel.from_model(batch_normalized())
    with pytest.raises(ValueError, match="a compiled model"):
        step_gradients(model, *batch)
    found = alignment_share(wrapped(), *batch)
    for share in (-0.1, 1.0, np.nan):
        with pytest.raises(ValueError, match="`share`"):
            found.weight_for(share)


def test_the_weight_of_a_schedule_is_that_of_the_next_step():
    schedule = keras.optimizers.schedules.PolynomialDecay(1.0, 4, 0.5)
    model, constant = wrapped(alignment_weight=schedule), wrapped()
    constant.set_weights(model.get_weights())
    x, y = paired()
    for weight in (1.0, 0.875):
        constant.alignment_weight = weight
        found, expected = (alignment_share(m, x, y) for m in (model, constant))
        assert found.total == pytest.approx(expected.total)
        assert expected.total > 0
        model.train_on_batch(x, y)
        constant.train_on_batch(x, y)


def test_shares_in_half_precision():
    keras.config.set_dtype_policy("bfloat16")
    try:
        model = wrapped()
        found = alignment_share(model, *paired())
    finally:
        keras.config.set_dtype_policy("float32")
    assert 0 < found.total < 1

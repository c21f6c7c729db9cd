"""What a training step logs, weights and leaves out."""

import keras
import numpy as np
import pytest

from keras_itra import ITRAModel
from keras_itra.losses import ITRAAlignment
from keras_itra.models.keras_compat import applied_updates
from tests import reference
from tests.cases import BAD_INPUT
from tests.models.cases import (
    assert_same_weights,
    compiled,
    copy_of,
    draw,
    fit,
    linear,
    one_hot,
    perceptron,
    twins,
    wrapped,
)

LOGGED = ("loss", "supervised_loss", "alignment", "alignment_weight")


@pytest.mark.parametrize(
    ("pairing", "rows"), [("independent", 21), ("split", 21), ("split", 17)]
)
def test_loss_is_supervised_loss_plus_weighted_alignment(pairing, rows):
    x, y = draw(rows)  # 17 rows: the last mini-batch of split pairs has one
    model = wrapped(alignment_weight=0.3, pairing=pairing)
    history = fit(model, x, y, batch_size=8, epochs=2)
    assert set(history) == {*LOGGED, "bandwidth", "accuracy"}
    values = {name: np.array(history[name]) for name in history}
    np.testing.assert_allclose(
        values["loss"],
        values["supervised_loss"] + 0.3 * values["alignment"],
        rtol=1e-5,
    )
    np.testing.assert_allclose(values["alignment_weight"], 0.3, rtol=1e-6)
    assert values["alignment"].min() > 0
    assert values["bandwidth"].min() > 0


def test_logged_values_are_those_of_the_reference():
    x, y = draw(14)
    model = wrapped(linear(), alignment_weight=0.3)
    w, v = (np.array(weight, "float64") for weight in model.trainable_weights)
    h = x @ w
    halves = h[0::2], one_hot(y[0::2]), h[1::2], one_hot(y[1::2])
    kernels = reference.class_kernels(*halves, reference.Kernel())
    p = np.exp(h[0::2] @ v)
    p /= p.sum(1, keepdims=True)
    logs = model.train_on_batch(x, y, return_dict=True)
    expected = {
        "alignment": reference.conditional_mmd(*halves, reference.Kernel()),
        "bandwidth": np.mean([kernel.bandwidth for kernel in kernels]),
        "supervised_loss": -np.log(p[np.arange(7), y[0::2]]).mean(),
        "accuracy": np.mean(p.argmax(1) == y[0::2]),
    }
    for name, value in expected.items():
        np.testing.assert_allclose(logs[name], value, rtol=1e-5, err_msg=name)


def test_evaluate_reports_the_supervised_loss_and_metrics_only():
    x, y = draw()
    model = wrapped()
    fit(model, x, y, batch_size=8)
    plain = compiled(model.inference_model())
    found = model.evaluate(x, y, verbose=0, return_dict=True)
    expected = plain.evaluate(x, y, verbose=0, return_dict=True)
    assert found.keys() == {"loss", "accuracy"}
    for name in expected:
        np.testing.assert_allclose(found[name], expected[name], rtol=1e-5)


def test_callbacks_may_assign_the_weight():
    x, y = draw()
    model = wrapped()
    callback = keras.callbacks.LambdaCallback(
        on_epoch_begin=lambda epoch, logs: model.alignment_weight.assign(epoch)
    )
    history = fit(model, x, y, batch_size=8, epochs=3, callbacks=[callback])
    np.testing.assert_array_equal(history["alignment_weight"], [0, 1, 2])
    np.testing.assert_allclose(
        history["loss"],
        np.array(history["supervised_loss"])
        + np.arange(3) * history["alignment"],
        rtol=1e-5,
    )


def test_the_weight_can_be_set_between_and_within_trainings():
    x, y = draw()
    model = wrapped(run_eagerly=False)
    variable = model.alignment_weight
    fit(model, x, y, batch_size=8)
    model.alignment_weight = 0.25
    history = fit(model, x, y, batch_size=8)
    np.testing.assert_allclose(history["alignment_weight"], 0.25)
    assert model.alignment_weight is variable

    def halve(epoch, logs):
        model.alignment_weight = 0.5**epoch

    callback = keras.callbacks.LambdaCallback(on_epoch_begin=halve)
    history = fit(model, x, y, batch_size=8, epochs=3, callbacks=[callback])
    np.testing.assert_allclose(history["alignment_weight"], [1, 0.5, 0.25])
    other = wrapped()
    other.set_weights(model.get_weights())
    assert float(other.alignment_weight) == 0.25


@pytest.mark.parametrize(
    ("weight", "value"),
    [
        (0.6, -1.0),
        (0.6, None),
        (0.6, float("nan")),
        (0.6, "auto"),
        ("auto", 0.3),
        (keras.optimizers.schedules.ExponentialDecay(1.0, 5, 0.9), 0.3),
    ],
)
def test_what_is_no_weight_or_is_set_otherwise_is_refused(weight, value):
    model = wrapped(alignment_weight=weight)
    before = float(model.alignment_weight)
    with pytest.raises(ValueError, match=BAD_INPUT):
        model.alignment_weight = value
    assert float(model.alignment_weight) == before


def test_schedules_count_applied_updates():
    x, y = draw(32)  # four steps an epoch
    schedule = keras.optimizers.schedules.PiecewiseConstantDecay(
        [1, 3], [1.0, 0.5, 0.25]
    )
    for accumulation, expected in ((None, [0.75, 0.25]), (2, [1.0, 0.5])):
        model = wrapped(alignment_weight=schedule)
        compiled(
            model,
            optimizer=keras.optimizers.SGD(
                0.1, gradient_accumulation_steps=accumulation
            ),
        )
        history = fit(model, x, y, batch_size=8, epochs=2)
        np.testing.assert_allclose(history["alignment_weight"], expected)


def test_schedules_below_0_count_as_0():
    x, y = draw(32)
    schedule = keras.optimizers.schedules.PiecewiseConstantDecay(
        [3], [-1.0, 0.5]
    )
    model = wrapped(alignment_weight=schedule)
    history = fit(model, x, y, batch_size=8, epochs=2)
    np.testing.assert_allclose(history["alignment_weight"], [0.0, 0.5])


@pytest.mark.parametrize("scaled", [False, True])
@pytest.mark.parametrize("accumulation", [None, 2])
def test_updates_are_counted_in_the_values_of_the_variables(
    accumulation, scaled
):
    optimizer = keras.optimizers.SGD(gradient_accumulation_steps=accumulation)
    if scaled:
        optimizer = keras.optimizers.LossScaleOptimizer(optimizer)
    optimizer.build([keras.Variable(1.0)])
    iterations = [v for v in optimizer.variables if v.name == "iteration"]
    iterations[-1].assign(4)  # A scaling optimizer has one of its own, first.
    values = [np.array(variable) for variable in optimizer.variables]
    assert applied_updates(optimizer, values) == 4 // (accumulation or 1)


class ByHand(ITRAModel):
    """Steps that log what they please, as in plain Keras."""

    def train_step(self, *data):
        return {"loss": 2.0, "twice": 4.0}

    def test_step(self, data):
        return {"loss": 3.0, "twice": 6.0}


@pytest.mark.skipif(
    keras.backend.backend() == "jax", reason="steps carry the state there"
)
def test_logs_of_a_step_by_hand_are_its_own():
    x, y = draw()
    model = compiled(ByHand(model=perceptron(), seed=0), metrics=None)
    history = fit(model, x, y, validation_data=(x, y))
    expected = {"loss": 2.0, "twice": 4.0, "val_loss": 3.0, "val_twice": 6.0}
    assert history == {name: [value] for name, value in expected.items()}


def test_class_weight_of_targets_that_are_no_classes_is_that_of_keras():
    x, _ = draw()
    y = np.random.default_rng(0).integers(0, 2, (len(x), 3)).astype("float32")
    by_class = {0: 2.0, 1: 0.5}
    plain = perceptron()
    model = wrapped(
        copy_of(plain),
        sampling="random",
        alignment=ITRAAlignment(mode="marginal"),
        alignment_weight=0.0,
    )
    for one in (plain, model):
        compiled(one, loss="mean_squared_error", metrics=None)
        one.fit(x, y, batch_size=24, class_weight=by_class, verbose=0)
    assert_same_weights(model, plain)


def test_arguments_in_the_order_of_keras():
    x, y = draw()
    models = twins()
    one = models[0].train_on_batch(x, y, None, {0: 2.0, 1: 0.5}, True)
    two = models[1].train_on_batch(x, y, class_weight={0: 2.0, 1: 0.5})
    assert one["loss"] == two[0]
    assert set(models[0].test_on_batch(x, y, None, True)) == {
        "loss",
        "accuracy",
    }
    found = models[0].evaluate(x, y, 8, 0, None, 2)
    assert found == models[0].evaluate(x[:16], y[:16], 8, 0)


def test_a_list_of_callbacks_made_by_hand():
    x, y = draw()
    models = twins()
    made = keras.callbacks.CallbackList(add_history=True, model=models[0])
    fit(models[0], x, y, batch_size=8, epochs=2, callbacks=made)
    fit(models[1], x, y, batch_size=8, epochs=2)
    assert_same_weights(*models)


def test_class_weight_scales_the_supervised_loss():
    x, y = draw()
    by_class = {0: 0.2, 1: 1.0, 2: 3.0}
    rows = np.array([by_class[label] for label in y], "float32")
    model, other = wrapped(linear()), wrapped(linear())
    other.inference_model().set_weights(model.inference_model().get_weights())
    found = fit(model, x, y, batch_size=8, class_weight=by_class)
    expected = fit(other, x, y, batch_size=8, sample_weight=rows)
    for name in LOGGED:
        np.testing.assert_allclose(found[name], expected[name], rtol=1e-5)
    assert_same_weights(model, other)


def test_sample_weight_scales_both_terms():
    x, y = draw(18)
    weight = np.random.default_rng(1).uniform(0.2, 2, 18).astype("float32")
    model = wrapped(linear())
    w, v = (np.array(weight, "float64") for weight in model.trainable_weights)
    h = x @ w
    expected = reference.conditional_mmd(
        h[0::2],
        one_hot(y[0::2]),
        h[1::2],
        one_hot(y[1::2]),
        reference.Kernel(),
        a=weight[0::2],
        b=weight[1::2],
    )
    p = np.exp(h[0::2] @ v)
    p /= p.sum(1, keepdims=True)
    supervised = -np.log(p[np.arange(9), y[0::2]]) * weight[0::2]
    logs = model.train_on_batch(x, y, weight, return_dict=True)
    np.testing.assert_allclose(logs["alignment"], expected, rtol=1e-5)
    np.testing.assert_allclose(
        logs["supervised_loss"], supervised.mean(), rtol=1e-5
    )


def test_sample_weight_zero_takes_rows_out_of_both_terms():
    x, y = draw(18)
    weight = np.ones(18, "float32")
    weight[[4, 7]] = 0  # one of S1, one of S2
    model, other = wrapped(linear()), wrapped(linear())
    other.inference_model().set_weights(model.inference_model().get_weights())
    model.train_on_batch(x, y, weight)
    x[[4, 7]] = 50
    other.train_on_batch(x, y, weight)
    assert_same_weights(model, other)

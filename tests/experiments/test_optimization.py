"""Optimizer, schedule and supervised loss in closed form."""

import keras
import numpy as np
import pytest

from keras_itra import networks
from keras_itra.experiments import Protocol, Recipe
from keras_itra.experiments.optimization import (
    SmoothedCrossEntropy,
    make_metrics,
    make_optimizer,
)

PROTOCOL = Protocol(epochs=4, learning_rate=0.1)


def test_the_rate_falls_from_base_to_zero_in_a_cosine():
    schedule = make_optimizer(Recipe(), PROTOCOL, 5)._learning_rate
    for step in range(21):
        expected = 0.05 * (1 + np.cos(np.pi * step / 20))
        assert float(schedule(step)) == pytest.approx(expected, abs=1e-7)


def test_the_rate_drops_at_the_beginning_of_epochs():
    protocol = Protocol(epochs=4, learning_rate=0.5, drops=(1, 3), drop=0.2)
    schedule = make_optimizer(Recipe(), protocol, 5)._learning_rate
    rates = [float(schedule(step)) for step in range(20)]
    np.testing.assert_allclose(
        rates, [0.5] * 5 + [0.1] * 10 + [0.02] * 5, rtol=1e-6
    )


def test_the_rate_warms_up_and_then_falls():
    protocol = Protocol(
        epochs=4, learning_rate=0.1, optimizer="adamw", warmup=0.25
    )
    optimizer = make_optimizer(Recipe(), protocol, 5)
    rates = [float(optimizer._learning_rate(step)) for step in range(21)]
    np.testing.assert_allclose(rates[:6], np.linspace(0, 0.1, 6), atol=1e-7)
    assert (np.diff(rates[5:]) < 0).all()
    assert rates[-1] == pytest.approx(0, abs=1e-7)
    assert isinstance(optimizer, keras.optimizers.AdamW)
    assert optimizer.weight_decay == 0.0


def test_twice_the_epochs_stretch_the_schedule():
    schedule = make_optimizer(Recipe(passes=2), PROTOCOL, 5)._learning_rate
    assert float(schedule(20)) == pytest.approx(0.05)
    drops = Protocol(epochs=4, learning_rate=0.5, drops=(1, 3), drop=0.2)
    schedule = make_optimizer(Recipe(passes=2), drops, 5)._learning_rate
    rates = [float(schedule(step)) for step in (9, 10, 29, 30)]
    assert rates == pytest.approx([0.5, 0.1, 0.1, 0.02])


def test_a_method_has_its_own_weight_decay_or_that_of_the_protocol():
    protocol = Protocol(weight_decay=0.2, momentum=0.5)
    optimizer = make_optimizer(Recipe(), protocol, 5)
    assert (optimizer.weight_decay, optimizer.momentum) == (0.2, 0.5)
    own = make_optimizer(Recipe(weight_decay=0.1), protocol, 5)
    assert own.weight_decay == 0.1


def test_metrics_take_labels_and_shares():
    logits = np.array([[2.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
    labels = np.array([0, 2])
    for metric, expected in zip(
        make_metrics(),
        [-np.log([np.e**2 / (np.e**2 + 2), 1 / (np.e + 2)]).mean(), 0.5],
        strict=True,
    ):
        for targets in (labels, labels[:, None], np.eye(3)[labels]):
            metric.reset_state()
            metric.update_state(targets, logits)
            assert float(metric.result()) == pytest.approx(expected, rel=1e-5)


def test_weight_decay_shrinks_kernels_and_nothing_else():
    model = networks.cnn((8, 8, 1), 3)
    for weight in model.trainable_variables:
        weight.assign(keras.ops.ones_like(weight))
    optimizer = make_optimizer(Recipe(weight_decay=0.5), PROTOCOL, 5)
    zeros = [keras.ops.zeros_like(w) for w in model.trainable_variables]
    optimizer.apply(zeros, model.trainable_variables)
    for weight in model.trainable_variables:
        left = 1 - 0.1 * 0.5 if weight.name == "kernel" else 1.0
        np.testing.assert_allclose(weight.numpy(), left, rtol=1e-6)


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_smoothed_cross_entropy_against_its_definition(smoothing):
    rng = np.random.default_rng(0)
    logits, labels = rng.normal(size=(6, 4)), rng.integers(4, size=6)
    logs = logits - np.log(np.exp(logits).sum(1, keepdims=True))
    targets = (1 - smoothing) * np.eye(4)[labels] + smoothing / 4
    expected = -(targets * logs).sum(1).mean()
    for shape in [(6,), (6, 1)]:
        value = SmoothedCrossEntropy(smoothing)(labels.reshape(shape), logits)
        assert float(value) == pytest.approx(expected, rel=1e-5)

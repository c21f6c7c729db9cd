"""Optimizer, schedule and supervised loss in closed form."""

import keras
import numpy as np
import pytest

from keras_itra.experiments import Protocol, Recipe, networks
from keras_itra.experiments.optimization import (
    SmoothedCrossEntropy,
    make_optimizer,
)

PROTOCOL = Protocol(epochs=4, learning_rate=0.1)


def test_the_rate_falls_from_base_to_zero_in_a_cosine():
    schedule = make_optimizer(Recipe(), PROTOCOL, 5)._learning_rate
    for step in range(21):
        expected = 0.05 * (1 + np.cos(np.pi * step / 20))
        assert float(schedule(step)) == pytest.approx(expected, abs=1e-7)


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

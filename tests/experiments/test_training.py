"""Runs of one seed have the same start, order and schedule."""

import dataclasses

import keras
import numpy as np
import pytest

from keras_itra.data import PairedBatches
from keras_itra.experiments import NETWORKS, Protocol, Run, train, training
from keras_itra.models import fit_arguments

RUNS = [
    Run("sgd", 3),
    Run("weight-decay", 3, 0.01),
    Run("label-smoothing", 3, 0.1),
    Run("center", 3, 0.1),
    Run("sgd-2m", 3),
    Run("spread", 3, 1.0),
    Run("itra", 3, 1.0),
    Run("itra-c", 3, 1.0),
    Run("itra-c-queue", 3, 1.0),
    Run("itra-c+weight-decay", 3, 1.0, weight_decay=0.01),
]


@pytest.fixture
def networks(monkeypatch):
    """Collects every network that is built, with its initial weights."""
    built = []

    def build(shape, classes):
        model = NETWORKS["mlp"](shape, classes)
        built.append((model, model.get_weights()))
        return model

    monkeypatch.setitem(training.NETWORKS, "recorded", build)
    return built


@pytest.fixture
def orders(monkeypatch):
    """Collects the order of the rows of every epoch."""
    seen = {}

    class Recorded(PairedBatches):
        def order(self, epoch):
            seen[epoch] = super().order(epoch)
            return seen[epoch]

    monkeypatch.setattr(training, "PairedBatches", Recorded)
    monkeypatch.setattr(fit_arguments, "PairedBatches", Recorded)
    return seen


def test_same_initial_weights_and_s1_order(networks, orders, splits):
    # At this rate the weights after training are those before it.
    protocol = Protocol("recorded", 2, batch_size=30, learning_rate=1e-12)
    first = None
    for run in RUNS:
        orders.clear()
        train(run, protocol, splits)
        assert orders.keys() == {0, 1}
        pairs = run.recipe.pairing == "independent"
        s1 = {epoch: o[0::2] if pairs else o for epoch, o in orders.items()}
        first = first or s1
        for epoch, order in s1.items():
            np.testing.assert_array_equal(order, first[epoch], run.name)
    assert not np.array_equal(first[0], first[1])
    for model, initial in networks:
        for ours, start, theirs in zip(
            model.get_weights(), initial, networks[0][1], strict=True
        ):
            np.testing.assert_array_equal(start, theirs)
            np.testing.assert_allclose(ours, start, atol=1e-9)


def test_another_seed_has_other_weights_and_another_order(
    networks, orders, splits
):
    protocol = Protocol("recorded", 1, batch_size=30)
    train(Run("sgd", 0), protocol, splits)
    order = orders[0]
    train(Run("sgd", 1), protocol, splits)
    assert not np.array_equal(order, orders[0])
    assert not np.array_equal(networks[0][1][0], networks[1][1][0])


def test_every_method_learns_and_is_measured(splits):
    protocol = Protocol("mlp", epochs=8, batch_size=30, learning_rate=0.1)
    epochs = []
    for run in [*RUNS, Run("itra-c-split", 3, 0.3)]:
        epochs.clear()
        trained = train(run, protocol, splits, lambda: epochs.append(1))
        assert len(epochs) == 8
        assert trained.test["accuracy"] > 60, run.name
        assert trained.test["step_ms"] > 0
        assert trained.validation["cross_entropy"] < np.log(10)
        assert trained.features.shape == (len(splits.y_test), 64)
        history = trained.history
        for name in ("cross_entropy", "val_cross_entropy", "val_accuracy"):
            assert len(history[name]) == 8
            assert np.isfinite(history[name]).all()
        # what was logged last is what was measured at the end
        assert trained.validation["cross_entropy"] == pytest.approx(
            history["val_cross_entropy"][-1], rel=1e-4
        )
        assert ("alignment" in history) == bool(run.recipe.alignment)


def test_a_run_repeats_itself(splits, protocol):
    run = Run("itra-c", 1, 0.6)
    first, second = (train(run, protocol, splits) for _ in range(2))
    assert first.validation["cross_entropy"] == pytest.approx(
        second.validation["cross_entropy"], rel=1e-4
    )


def test_the_test_set_does_not_change_training(splits, protocol):
    other = dataclasses.replace(
        splits, x_test=splits.x_test[::-1] * 0.5, y_test=splits.y_test[:]
    )
    run = Run("weight-decay", 0, 0.01)
    ours, theirs = (train(run, protocol, s) for s in (splits, other))
    assert ours.validation == pytest.approx(theirs.validation, rel=1e-4)
    assert ours.test["temperature"] == pytest.approx(
        theirs.test["temperature"], rel=1e-3
    )
    assert ours.test["cross_entropy"] != theirs.test["cross_entropy"]


def test_a_run_that_diverges_is_recorded_as_nan(splits):
    protocol = Protocol("mlp", epochs=2, batch_size=30, learning_rate=1e20)
    trained = train(Run("sgd", 0), protocol, splits)
    assert np.isnan(trained.validation["cross_entropy"])
    assert np.isnan(trained.test["accuracy"])
    assert trained.test["step_ms"] > 0
    assert not np.isfinite(keras.ops.convert_to_numpy(trained.features)).all()

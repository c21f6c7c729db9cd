"""Runs of one seed have the same start, order and schedule."""

import dataclasses

import keras
import numpy as np
import pytest

from keras_itra import datasets
from keras_itra.data import PairedBatches
from keras_itra.experiments import (
    Protocol,
    Run,
    make_splits,
    train,
    training,
)
from keras_itra.models import fit_arguments

RUNS = [
    Run("sgd", 3),
    Run("center", 3, 0.1),
    Run("sgd-2m", 3),
    Run("itra-c", 3, 1.0),
    Run("itra-c-split", 3, 0.3),
    Run("itra-c-queue", 3, 1.0),
    Run("itra-c+weight-decay", 3, 1.0, weight_decay=0.01),
    Run("dropout", 3, 0.3),
    Run("mixup", 3, 0.3),
    Run("supcon", 3, 1.0),
    Run("coral", 3, 1.0),
    Run("itra-c-attached", 3, 1.0),
]


@pytest.fixture
def starts(monkeypatch):
    """Collects the weights with which every training starts."""
    found, fit = [], keras.Model.fit

    def recorded(model, *arguments, **options):
        found.append([np.array(w) for w in model.trainable_weights])
        return fit(model, *arguments, **options)

    monkeypatch.setattr(keras.Model, "fit", recorded)
    return found


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


@pytest.mark.usefixtures("eager")
def test_another_seed_has_other_weights_and_another_order(
    starts, orders, splits
):
    protocol = Protocol("mlp", 1, batch_size=30)
    train(Run("sgd", 0), protocol, splits)
    order = orders[0]
    train(Run("sgd", 1), protocol, splits)
    assert not np.array_equal(order, orders[0])
    assert not np.array_equal(starts[0][0], starts[1][0])


def s1_of(run, orders):
    pairs = run.recipe.pairing == "independent"
    return [order[0::2] if pairs else order for order in orders]


def check_trained(run, trained, splits, epochs):
    assert trained.test["accuracy"] > 20, run.name  # twice that of chance
    assert trained.test["step_ms"] > 0
    assert trained.validation["cross_entropy"] < np.log(10)
    assert trained.features.shape == (len(splits.y_test), 64)
    history = trained.history
    for name in ("cross_entropy", "val_cross_entropy", "val_accuracy"):
        assert len(history[name]) == epochs
        assert np.isfinite(history[name]).all()
    # what was logged last is what was measured at the end
    assert trained.validation["cross_entropy"] == pytest.approx(
        history["val_cross_entropy"][-1], rel=1e-4
    )
    assert ("alignment" in history) == bool(run.recipe.alignment)


@pytest.mark.usefixtures("eager")
def test_every_method_learns_from_the_same_start_in_the_same_s1_order(
    starts, orders, splits
):
    protocol = Protocol("mlp", epochs=4, batch_size=30, learning_rate=0.1)
    expected = None
    for run in RUNS:
        orders.clear()
        epochs = []
        trained = train(run, protocol, splits, lambda: epochs.append(1))  # noqa: B023
        assert len(epochs) == 4
        check_trained(run, trained, splits, 4)
        assert orders.keys() == set(range(4))
        if run.recipe.pairing == "split":
            continue  # It orders the rows for pairs of its own.
        s1 = s1_of(run, orders.values())
        expected = expected or s1
        np.testing.assert_array_equal(s1, expected, run.name)
    assert not np.array_equal(expected[0], expected[1])
    for start in starts:
        # A projection that only a loss sees comes on top.
        assert len(start) >= len(starts[0])
        for first in starts[0]:
            assert any(np.array_equal(first, found) for found in start)


def test_a_run_repeats_itself(splits, protocol):
    run = Run("itra-c", 1, 0.6)
    first, second = (train(run, protocol, splits) for _ in range(2))
    assert first.validation["cross_entropy"] == pytest.approx(
        second.validation["cross_entropy"], rel=1e-4
    )


def test_a_run_that_chooses_its_weight_is_the_run_at_that_weight(protocol):
    splits = make_splits(
        datasets.load("digits"), train_size=100, validation_size=100
    )
    epochs = []
    run = Run("itra-c-auto", 1)
    chosen = train(run, protocol, splits, lambda: epochs.append(1))
    assert len(epochs) == protocol.epochs * run.recipe.num_passes
    weight = chosen.test["alignment_weight"]
    same = train(Run("itra-c", 1, weight), protocol, splits)
    assert "alignment_weight" not in same.test
    for measure in ("accuracy", "cross_entropy", "scatter"):
        assert chosen.test[measure] == pytest.approx(same.test[measure], 1e-3)


@pytest.mark.usefixtures("eager")
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


def test_the_schedule_ends_with_a_training_of_repeated_rows(monkeypatch):
    """Balanced sampling makes more steps of uneven classes."""
    y = np.repeat([0, 1], [90, 10])
    x = np.random.default_rng(0).normal(size=(100, 8)).astype("float32")
    data = datasets.Dataset("uneven", x, y, x, y, 2)
    splits = make_splits(data, 80, 20)
    protocol = Protocol(network="mlp", epochs=2, batch_size=20)
    planned, steps = [], []
    monkeypatch.setattr(
        training,
        "make_optimizer",
        lambda recipe, protocol, steps: (
            planned.append(steps) or keras.optimizers.SGD()
        ),
    )
    fit = keras.Model.fit

    def counted(model, *arguments, **options):
        result = fit(model, *arguments, **options)
        steps.append(int(model.optimizer.iterations) // protocol.epochs)
        return result

    monkeypatch.setattr(keras.Model, "fit", counted)
    for method in ("itra-c", "itra-c-balanced"):
        train(Run(method, 0, 0.3), protocol, splits)
    assert planned == steps == [4, 8]

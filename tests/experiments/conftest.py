"""A small problem, and records of runs that were never trained."""

import numpy as np
import pytest

from keras_itra import datasets, experiments
from keras_itra.experiments.measures import MEASURES


@pytest.fixture(scope="session")
def splits():
    return experiments.make_splits(
        datasets.load("digits"), train_size=100, validation_size=60
    )


@pytest.fixture
def protocol():
    return experiments.Protocol(network="mlp", epochs=2, batch_size=30)


@pytest.fixture
def store(tmp_path):
    return experiments.RunStore(tmp_path, {"data": "none"})


@pytest.fixture
def progress():
    return experiments.Progress(num_runs=1, epochs=1, quiet=True)


@pytest.fixture
def trained():
    return make_trained


def make_trained(validation=1.0, test=1.0):
    """Returns what a run with these cross-entropies might leave behind."""
    epochs = np.linspace(2.0, test, 3).tolist()
    return experiments.Trained(
        validation={
            "accuracy": 50.0,
            "cross_entropy": validation,
            "calibrated_cross_entropy": -validation,
        },
        test={measure.key: test for measure in MEASURES},
        history={
            "cross_entropy": epochs,
            "val_cross_entropy": epochs,
            "val_accuracy": epochs,
        },
        features=np.random.default_rng(0).normal(size=(20, 4)),
        labels=np.arange(20) % 2,
        test_logits=np.random.default_rng(1).normal(size=(30, 2)),
        test_labels=np.arange(30) % 2,
    )

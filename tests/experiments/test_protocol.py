"""Splits are disjoint, fixed and told apart."""

import dataclasses

import numpy as np
import pytest

from keras_itra import datasets, experiments

DIGITS = datasets.load("digits")


def rows(x):
    return {row.tobytes() for row in x}


def test_training_validation_and_test_share_no_row():
    splits = experiments.make_splits(DIGITS, 300, 200)
    assert splits.sizes == {
        "train_size": 300,
        "validation_size": 200,
        "test_size": len(DIGITS.x_test),
    }
    assert rows(splits.x_train) <= rows(DIGITS.x_train)
    assert not rows(splits.x_train) & rows(splits.x_validation)
    assert splits.x_test is DIGITS.x_test


def test_training_rows_are_balanced_as_the_data_are():
    counts = np.bincount(experiments.make_splits(DIGITS, 300, 200).y_train)
    assert counts.min() >= 28
    assert counts.max() <= 32


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        ({}, (1258 - 251, 251)),
        ({"train_size": 400}, (400, 400)),
        ({"validation_size": 258}, (1000, 258)),
    ],
)
def test_default_sizes(sizes, expected):
    splits = experiments.make_splits(DIGITS, **sizes)
    assert (len(splits.x_train), len(splits.x_validation)) == expected


def test_sizes_beyond_the_data():
    with pytest.raises(ValueError, match="train_size=1000"):
        experiments.make_splits(DIGITS, 1000, 1000)


def test_the_digest_sees_every_array(splits):
    again = experiments.make_splits(DIGITS, 100, 60)
    assert again.digest == splits.digest
    for name in ("x_train", "y_validation", "x_test"):
        changed = np.array(getattr(splits, name))
        changed.flat[0] += 1
        other = dataclasses.replace(splits, **{name: changed})
        assert other.digest != splits.digest, name


def test_the_description_has_all_that_decides_a_run(splits, protocol):
    settings = experiments.describe(protocol, splits)
    assert settings.keys() >= {"data", "digest", "train_size", "keras"}
    for field in dataclasses.fields(protocol):
        other = {
            "network": "cnn",
            "optimizer": "adamw",
            "warmup": 0.1,
            "drops": (1,),
            "augmented": True,
            "sampling": "random",
        }.get(field.name, 7)
        changed = dataclasses.replace(protocol, **{field.name: other})
        assert experiments.describe(changed, splits) != settings, field.name


def test_the_default_network_follows_the_shape(splits):
    flat = dataclasses.replace(splits, x_train=splits.x_train.reshape(100, -1))
    assert experiments.default_network(splits) == "cnn"
    assert experiments.default_network(flat) == "mlp"


@pytest.mark.parametrize(
    "bad",
    [
        {"network": "vgg"},
        {"epochs": 0},
        {"batch_size": -1},
        {"learning_rate": 0.0},
        {"learning_rate": float("nan")},
    ],
)
def test_protocols_that_make_no_sense(bad):
    ((name, value),) = bad.items()
    with pytest.raises(ValueError, match=f"Received: {name}={value!r}"):
        experiments.Protocol(**bad)


@pytest.mark.parametrize("name", ["epochs", "batch_size"])
def test_counts_are_integers(name):
    with pytest.raises(ValueError, match=f"`{name}` to be an integer"):
        experiments.Protocol(**{name: 1.5})

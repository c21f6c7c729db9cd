"""What a data set refuses."""

import dataclasses

import numpy as np
import pytest

from keras_itra.datasets import Dataset


def parts(**changes):
    return {
        "name": "tiny",
        "x_train": np.zeros((4, 2), "float32"),
        "y_train": np.array([0, 1, 0, 1]),
        "x_test": np.zeros((2, 2), "float32"),
        "y_test": np.array([1, 0]),
        "num_classes": 2,
        **changes,
    }


def test_is_frozen():
    data = Dataset(**parts())
    with pytest.raises(dataclasses.FrozenInstanceError):
        data.num_classes = 3


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"y_train": np.array([0, 1, 0])}, "inputs=4, labels=3"),
        ({"x_test": np.zeros((0, 2)), "y_test": np.zeros(0, int)}, "not none"),
        ({"x_test": np.zeros((2, 3))}, "inputs of one shape"),
        ({"x_test": np.full((2, 2), np.nan)}, "finite test inputs"),
        ({"num_classes": 3}, r"absent=\[2\]"),
        ({"y_test": np.array([5, 0])}, r"unknown=\[5\]"),
    ],
)
def test_refuses_parts_that_do_not_fit(changes, message):
    with pytest.raises(ValueError, match=message):
        Dataset(**parts(**changes))

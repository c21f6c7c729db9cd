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
        ({"y_train": np.array([0, 2, 1, -1])}, r"unknown=\[-1, 2\]"),
        ({"y_test": np.array([5, 0])}, r"unknown=\[5\]"),
        ({"x_train": np.array(["a", 1, "b", "c"], object)}, "array of `str`"),
        ({"x_train": np.full((4, 2), "a", object)}, "array of `str`"),
        ({"modes_test": np.zeros(3, int)}, "as many test modes"),
    ],
)
def test_refuses_parts_that_do_not_fit(changes, message):
    with pytest.raises(ValueError, match=message):
        Dataset(**parts(**changes))


def test_a_class_may_be_absent_where_the_number_is_known():
    assert Dataset(**parts(num_classes=1_000)).num_classes == 1_000


def test_texts_and_bytes_are_taken():
    texts = Dataset(
        **parts(
            x_train=np.array(list("abcd"), object),
            x_test=np.array(list("ef"), object),
        )
    )
    assert texts.x_train[1] == "b"
    pixels = np.zeros((4, 2, 2, 3), np.uint8)
    assert (
        Dataset(**parts(x_train=pixels, x_test=pixels[:2])).modes_test is None
    )

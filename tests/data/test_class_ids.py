"""The class of every row, from labels as Keras users write them."""

import numpy as np
import pytest
import tensorflow as tf

from keras_itra.data.class_ids import class_ids
from tests.cases import BAD_INPUT

CLASSES = np.array([2, 0, 1, 2])
SOFT = np.array([[0.2, 0.1, 0.7], [0.9, 0.1, 0], [0, 1, 0], [0.1, 0.2, 0.7]])


@pytest.mark.parametrize(
    "labels",
    [
        CLASSES,
        CLASSES.tolist(),
        CLASSES[:, None],
        CLASSES.astype("uint8"),
        CLASSES.astype("float32"),
        np.eye(3)[CLASSES],
        np.eye(3, dtype=bool)[CLASSES],
        SOFT,
    ],
    ids=["ints", "list", "column", "uint8", "float", "hot", "bool", "soft"],
)
def test_every_layout_gives_the_classes(labels):
    ids = class_ids(labels)
    assert ids.dtype == np.int64
    np.testing.assert_array_equal(ids, CLASSES)


def test_one_sigmoid_output_has_two_classes():
    np.testing.assert_array_equal(class_ids([[0.0], [1.0], [1.0]]), [0, 1, 1])
    np.testing.assert_array_equal(class_ids([True, False]), [1, 0])


@pytest.mark.parametrize(
    "labels",
    [
        [0.5, 1.5],
        [0.0, float("nan")],
        [1.0, float("inf")],
        np.zeros((2, 2, 2)),
        np.array(3),
        [[1, 1, 0], [0, 1, 0]],  # multi-label
        [[0.2, 0.3], [0.5, 0.5]],
        [[np.nan, 1.0], [0.5, 0.5]],
    ],
    ids=str,
)
def test_what_is_no_class_is_refused_with_a_way_out(labels):
    with pytest.raises(ValueError, match=BAD_INPUT) as error:
        class_ids(labels)
    assert "sampling='random'" in str(error.value)


@pytest.mark.parametrize(
    "labels",
    [[["cat"], ["dog"]], np.array(["cat"], object), np.array([1], object)],
    ids=str,
)
def test_names_are_to_be_turned_into_integers(labels):
    with pytest.raises(ValueError, match=BAD_INPUT) as error:
        class_ids(labels)
    assert "return_inverse" in str(error.value)


def test_labels_of_low_precision_are_numbers():
    labels = tf.constant([0, 2, 1], "bfloat16").numpy()
    np.testing.assert_array_equal(class_ids(labels), [0, 2, 1])

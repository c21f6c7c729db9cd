"""The one-batch spread against the reference and against its meaning."""

import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_itra.discrepancies import conditional_mmd, within_class_spread
from keras_itra.kernels import Gaussian
from tests import reference
from tests.cases import BAD_INPUT, KERNELS, NUM_CLASSES, draw, in_turn


@pytest.mark.parametrize(
    ("name", "weighted", "rooted", "class_average"),
    in_turn(
        [(name,) for name in KERNELS],
        list(
            itertools.product((False, True), (True, False), ("all", "present"))
        ),
    ),
)
def test_value_equals_the_reference(name, weighted, rooted, class_average):
    batches = draw(weighted=weighted)
    kernel, expected_kernel = KERNELS[name]
    options = {"rooted": rooted, "class_average": class_average}
    value = within_class_spread(
        batches.x,
        batches.s,
        num_classes=NUM_CLASSES,
        kernel=kernel,
        weights=batches.a,
        **options,
    )
    precise = batches.precise()
    expected = reference.within_class_spread(
        precise["x"], precise["s"], expected_kernel, batches.a, **options
    )
    np.testing.assert_allclose(value, expected, rtol=1e-5)


def test_soft_labels_equal_the_reference():
    batches = draw(weighted=True)
    s = np.random.default_rng(1).dirichlet(np.ones(3), len(batches.x))
    value = within_class_spread(batches.x, s, weights=batches.a)
    expected = reference.within_class_spread(
        batches.x.astype("float64"), s, reference.Kernel(), batches.a
    )
    np.testing.assert_allclose(value, expected, rtol=1e-5)


def test_one_hot_equals_integer_labels():
    batches = draw()
    one_hot = keras.utils.to_categorical(batches.s, NUM_CLASSES)
    np.testing.assert_allclose(
        within_class_spread(batches.x, one_hot),
        within_class_spread(batches.x, batches.s, num_classes=NUM_CLASSES),
        rtol=1e-6,
    )


def test_lone_rows_have_no_spread():
    x = draw().x[:3]
    value = within_class_spread(x, np.arange(3), num_classes=3)
    assert value == 0


@pytest.mark.tensorflow  # thousands of draws in one graph
def test_is_what_two_batches_are_expected_to_differ_by():
    """One batch of n rows against two of n rows, same distribution."""
    labels = np.repeat(np.arange(2), 4)
    kernel = Gaussian(4.0)

    @tf.function
    def both(rows):
        x, y = rows[:8], rows[8:]
        options = {"num_classes": 2, "kernel": kernel, "rooted": False}
        two = conditional_mmd(x, labels, y, labels, **options)
        return tf.stack([two, within_class_spread(x, labels, **options)])

    rng = np.random.default_rng(0)
    rows = rng.normal(size=(4000, 16, 3)).astype("float32")
    rows += 3 * np.tile(labels, 2)[:, None].astype("float32")
    two, one = tf.map_fn(both, rows).numpy().T
    error = np.hypot(two.std(), one.std()) / np.sqrt(len(rows))
    assert error < 0.01 * two.mean()
    assert abs(two.mean() - one.mean()) < 4 * error


def test_bad_input_is_refused():
    batches = draw()
    for arguments in (
        {"labels": batches.s},  # "all" needs the number of classes
        {"labels": batches.s[1:], "num_classes": 3},
        {"labels": batches.s, "num_classes": 3, "class_average": "some"},
        {"labels": batches.s, "num_classes": 3, "kernel": "gausian"},
        {"labels": batches.s, "num_classes": 3, "weights": np.ones(3)},
    ):
        with pytest.raises(ValueError, match=BAD_INPUT):
            within_class_spread(batches.x, **arguments)

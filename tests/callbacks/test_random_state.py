"""Generators continue where they were."""

import json
import random

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_itra.callbacks.random_state import (
    device_state,
    host_state,
    restore_device_state,
    restore_host_state,
)


@pytest.fixture(autouse=True)
def _own_generator():
    yield
    tf.random.set_global_generator(None)


def through_json(state):
    return json.loads(json.dumps(state))


def draws_of_host():
    # gauss and normal keep half of a pair of numbers.
    draws = np.random.normal(size=3)  # noqa: NPY002
    return random.random(), random.gauss(), *draws


def test_host_generators_continue():
    draws_of_host()
    state = through_json(host_state())
    expected = draws_of_host()
    random.seed(5)
    np.random.seed(5)  # noqa: NPY002
    restore_host_state(state)
    assert draws_of_host() == expected


def draws_of_device():
    return (
        *np.array(keras.random.uniform((2,))),
        *tf.random.get_global_generator().uniform((2,)).numpy(),
    )


def test_device_generators_continue():
    tf.random.set_global_generator(tf.random.Generator.from_seed(3))
    draws_of_device()
    state = through_json(device_state())
    expected = draws_of_device()
    keras.utils.clear_session()  # As in a new process, there is none.
    tf.random.set_global_generator(tf.random.Generator.from_seed(4))
    restore_device_state(state)
    assert draws_of_device() == expected


def test_generators_that_do_not_exist_are_not_made():
    keras.utils.clear_session()
    assert device_state() == {"keras": None, "tensorflow": None}
    restore_device_state({"keras": None, "tensorflow": None})
    assert device_state() == {"keras": None, "tensorflow": None}

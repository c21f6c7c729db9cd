"""States of the random generators that belong to no layer."""

import random
from typing import Any

import numpy as np

from keras_itra.models.keras_compat import global_seed_state


def host_state() -> dict[str, Any]:
    """States of `random` and `numpy.random`, which data pipelines use.

    Returns:
        What JSON can hold.
    """
    version, words, gauss = random.getstate()
    legacy: Any = np.random.get_state(legacy=False)  # noqa: NPY002
    words_of_numpy = legacy["state"]["key"].tolist()
    return {
        "python": [version, words, gauss],
        "numpy": {
            **legacy,
            "state": {**legacy["state"], "key": words_of_numpy},
        },
    }


def restore_host_state(state: dict[str, Any]) -> None:
    """Continue from `host_state`."""
    version, words, gauss = state["python"]
    random.setstate((version, tuple(words), gauss))
    numpy_state = state["numpy"]
    key = np.asarray(numpy_state["state"]["key"], np.uint32)
    np.random.set_state(  # noqa: NPY002
        {**numpy_state, "state": {**numpy_state["state"], "key": key}}
    )


def device_state() -> dict[str, Any]:
    """States of the generators that a training step uses.

    Returns:
        What JSON can hold: that of `keras.random` and that of
        `tf.random.get_global_generator()`, None where it does not exist.
    """
    seed = global_seed_state()
    generator = _global_generator()
    return {
        "keras": None if seed is None else np.asarray(seed).tolist(),
        "tensorflow": generator and generator.state.numpy().tolist(),
    }


def restore_device_state(state: dict[str, Any]) -> None:
    """Continue from `device_state`."""
    if state["keras"] is not None:
        global_seed_state(create=True).assign(state["keras"])
    if state["tensorflow"] is not None:
        import tensorflow as tf

        tf.random.get_global_generator().reset(state["tensorflow"])


def _global_generator() -> Any:
    """The generator, without making one as TensorFlow's getter does."""
    from tensorflow.python.ops import stateful_random_ops

    return stateful_random_ops.global_generator

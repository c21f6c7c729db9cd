"""Functions of tensors as graphs, on the backends that have them."""

import keras
import pytest


def compiled(function):
    """The function compiled by XLA."""
    backend = keras.backend.backend()
    if backend == "tensorflow":
        import tensorflow as tf

        return tf.function(function, jit_compile=True)
    if backend == "jax":
        import jax

        return jax.jit(function)
    return pytest.skip(f"XLA compiles no function of {backend}.")


def for_any_rows(function, *signature):
    """The function as one graph for any number of rows.

    TensorFlow alone has such graphs: with them, hundreds of calls a second.

    Args:
        function: Of tensors.
        signature: Shape and dtype of each.
    """
    if keras.backend.backend() != "tensorflow":
        return function
    import tensorflow as tf

    specs = [tf.TensorSpec(*one) for one in signature]
    return tf.function(function, input_signature=specs)

"""Gradients by the Keras backend and by finite differences."""

import keras
import numpy as np
from keras import ops


def value_and_gradients(function, *arrays):
    """Value of a function of tensors and its gradient by each of them."""
    tensors = [ops.convert_to_tensor(array) for array in arrays]
    backend = keras.backend.backend()
    if backend == "jax":
        return _by_jax(function, tensors)
    if backend == "torch":
        return _by_torch(function, tensors)
    return _by_tensorflow(function, tensors)


def _by_tensorflow(function, tensors):
    import tensorflow as tf

    with tf.GradientTape() as tape:
        tape.watch(tensors)
        value = function(*tensors)
    gradients = tape.gradient(value, tensors, unconnected_gradients="zero")
    return value, *gradients


def _by_jax(function, tensors):
    import jax

    value, pull = jax.vjp(function, *tensors)
    return value, *pull(ops.ones_like(value))


def _by_torch(function, tensors):
    import torch

    tensors = [tensor.detach().requires_grad_() for tensor in tensors]
    value = function(*tensors)
    # Of a vector the sum, as TensorFlow does.
    gradients = [torch.zeros_like(tensor) for tensor in tensors]
    if value.requires_grad:
        gradients = torch.autograd.grad(
            value.sum(), tensors, allow_unused=True, materialize_grads=True
        )
    return [ops.convert_to_numpy(result) for result in (value, *gradients)]


def numerical_gradient(function, x, step=1e-5):
    """Central finite differences of a scalar function of an array."""
    gradient = np.zeros_like(x, dtype=np.float64)
    for index in np.ndindex(*x.shape):
        shift = np.zeros_like(gradient)
        shift[index] = step
        difference = function(x + shift) - function(x - shift)
        gradient[index] = difference / (2 * step)
    return gradient


def assert_gradient(gradient, expected, tolerance=1e-5):
    """Equal relative to the largest entry: single entries may cancel."""
    np.testing.assert_allclose(
        gradient, expected, rtol=0, atol=tolerance * np.abs(expected).max()
    )

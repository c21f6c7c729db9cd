"""Gradients by TensorFlow and by finite differences."""

import numpy as np
import tensorflow as tf


def value_and_gradients(function, *arrays):
    """Value of a function of tensors and its gradient by each of them."""
    tensors = [tf.convert_to_tensor(array) for array in arrays]
    with tf.GradientTape() as tape:
        tape.watch(tensors)
        value = function(*tensors)
    gradients = tape.gradient(value, tensors, unconnected_gradients="zero")
    return value, *gradients


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

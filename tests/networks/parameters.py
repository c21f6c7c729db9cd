"""Parameters counted from the definitions of layers, not from Keras."""

import numpy as np


def trainable(model):
    """How many numbers the training changes."""
    return sum(int(np.prod(w.shape)) for w in model.trainable_weights)


def convolution(inputs, filters, size=3, bias=False):
    return size * size * inputs * filters + bias * filters


def batch_norm(channels):
    return 2 * channels


def linear(inputs, outputs):
    return inputs * outputs + outputs

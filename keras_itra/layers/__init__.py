"""Layers."""

from keras_itra.kernels.random_fourier import RandomFourierFeatures
from keras_itra.layers.alignment_regularizer import AlignmentRegularizer
from keras_itra.layers.feature_memory import FeatureMemory

__all__ = ["AlignmentRegularizer", "FeatureMemory", "RandomFourierFeatures"]

"""Layers."""

from keras_itra.layers.alignment_regularizer import AlignmentRegularizer

__all__ = ["AlignmentRegularizer"]

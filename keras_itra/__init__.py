"""In-Training Representation Alignment (ITRA) for Keras 3."""

from keras_itra import (
    callbacks,
    data,
    discrepancies,
    distribution,
    kernels,
    layers,
    losses,
    models,
)
from keras_itra.models import ITRAModel
from keras_itra.version import __version__

__all__ = [
    "ITRAModel",
    "__version__",
    "callbacks",
    "data",
    "discrepancies",
    "distribution",
    "kernels",
    "layers",
    "losses",
    "models",
]

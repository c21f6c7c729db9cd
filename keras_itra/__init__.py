"""In-Training Representation Alignment (ITRA) for Keras 3."""

from keras_itra import (
    callbacks,
    data,
    diagnostics,
    discrepancies,
    distribution,
    kernels,
    layers,
    losses,
    metrics,
    models,
)
from keras_itra.models import (
    ITRAModel,
    WeightSearch,
    tune_alignment_weight,
)
from keras_itra.version import __version__

__all__ = [
    "ITRAModel",
    "WeightSearch",
    "__version__",
    "callbacks",
    "data",
    "diagnostics",
    "discrepancies",
    "distribution",
    "kernels",
    "layers",
    "losses",
    "metrics",
    "models",
    "tune_alignment_weight",
]

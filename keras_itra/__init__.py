"""In-Training Representation Alignment (ITRA) for Keras 3."""

from importlib import import_module as _import_module
from typing import TYPE_CHECKING as _TYPE_CHECKING
from typing import Any as _Any

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

#: Packages beside the core, which are imported when they are first used.
_BESIDE = ("datasets", "experiments", "networks", "plots", "reports")

if not _TYPE_CHECKING:  # which would take every name for a package

    def __getattr__(name: str) -> _Any:
        if name in _BESIDE:
            return _import_module(f"{__name__}.{name}")
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

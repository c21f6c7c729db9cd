"""The MMD of other libraries, on the same features.

Both are PyTorch libraries without classes, so they are compared with the
marginal form. PyTorch is imported when a peer is prepared.
"""

import os
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from keras_itra._optional import require_module

# OpenMP reads it when PyTorch is imported. Threads that wait actively would
# fight for the cores with TensorFlow's in the same process.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

GEOMLOSS = "geomloss, one Gaussian"
PYTORCH_ADAPT = "pytorch-adapt, five Gaussians"
TORCH_GEMMS = "two GEMMs, PyTorch"
SCALES = (1.0, 2.0, 4.0, 8.0, 16.0)


def why_missing(peer: str) -> str | None:
    """Why a peer cannot be measured here; None if it can.

    Args:
        peer: A key of `PEERS`.
    """
    try:
        PEERS[peer](np.eye(4, dtype="float32"))
    except ImportError as error:
        return str(error).splitlines()[0]
    return None


def _geomloss(features: np.ndarray) -> Callable[[], None]:
    geomloss = require_module("geomloss", "benchmarks")
    # For standard normal features, about the median distance.
    blur = float(features.shape[1]) ** 0.5
    loss = geomloss.SamplesLoss("gaussian", blur=blur, backend="tensorized")
    return _gradient(features, loss)


def _pytorch_adapt(features: np.ndarray) -> Callable[[], None]:
    layers = require_module("pytorch_adapt.layers", "benchmarks")
    torch = require_module("torch", "benchmarks")
    scales = (1 / torch.tensor(SCALES)).reshape(1, 1, -1)
    loss = layers.MMDLoss(kernel_scales=scales, mmd_type="quadratic")
    return _gradient(features, loss)


def _torch_gemms(features: np.ndarray) -> Callable[[], None]:
    z = _tensor(features)

    def run() -> None:
        ((z @ z.T) @ z)[0, 0].item()

    return run


def _tensor(features: np.ndarray) -> Any:
    torch = require_module("torch", "benchmarks")
    device = "cuda" if torch.cuda.is_available() else "cpu"
    return torch.tensor(features, device=device)


def _gradient(
    features: np.ndarray, loss: Callable[[Any, Any], Any]
) -> Callable[[], None]:
    z = _tensor(features).requires_grad_()

    def run() -> None:
        z.grad = None
        loss(z[0::2], z[1::2]).backward()
        z.grad[0, 0].item()

    return run


PEERS: Mapping[str, Callable[[np.ndarray], Callable[[], None]]] = {
    TORCH_GEMMS: _torch_gemms,
    GEOMLOSS: _geomloss,
    PYTORCH_ADAPT: _pytorch_adapt,
}

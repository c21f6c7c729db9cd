"""Kernels and their bandwidths."""

from typing import Any

import keras

from keras_itra.kernels.bandwidth import (
    Bandwidth,
    FixedBandwidth,
    MeanBandwidth,
    MedianBandwidth,
)
from keras_itra.kernels.kernel import (
    Kernel,
    KernelMatrix,
    Pairs,
    as_features,
)
from keras_itra.kernels.radial import (
    Gaussian,
    InverseMultiquadric,
    Laplacian,
    RadialKernel,
    RationalQuadratic,
)
from keras_itra.kernels.unscaled import Energy, Linear
from keras_itra.validation import require

_BY_NAME: dict[str, type[Kernel]] = {
    "gaussian": Gaussian,
    "laplacian": Laplacian,
    "rational_quadratic": RationalQuadratic,
    "inverse_multiquadric": InverseMultiquadric,
    "energy": Energy,
    "linear": Linear,
}


def get(identifier: Any) -> Kernel:
    """Turn a name, a config or a `Kernel` into a `Kernel`.

    Args:
        identifier: One of `"gaussian"`, `"laplacian"`,
            `"rational_quadratic"`, `"inverse_multiquadric"`, `"energy"`,
            `"linear"`; a config from `keras.saving`; or a `Kernel`.

    Raises:
        ValueError: If `identifier` is none of these.

    Example:

    ```python
    import keras_itra

    kernel = keras_itra.kernels.get("laplacian")
    assert isinstance(kernel, keras_itra.kernels.Laplacian)
    ```
    """
    if isinstance(identifier, dict):
        identifier = keras.saving.deserialize_keras_object(identifier)
    if isinstance(identifier, Kernel):
        return identifier
    names = ", ".join(repr(name) for name in _BY_NAME)
    require(
        isinstance(identifier, str) and identifier in _BY_NAME,
        f"`kernel` to be one of {names} or a `keras_itra.kernels.Kernel`",
        kernel=identifier,
    )
    return _BY_NAME[identifier]()


__all__ = [
    "Bandwidth",
    "Energy",
    "FixedBandwidth",
    "Gaussian",
    "InverseMultiquadric",
    "Kernel",
    "KernelMatrix",
    "Laplacian",
    "Linear",
    "MeanBandwidth",
    "MedianBandwidth",
    "Pairs",
    "RadialKernel",
    "RationalQuadratic",
    "as_features",
    "get",
]

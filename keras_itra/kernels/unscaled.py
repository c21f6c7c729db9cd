"""Kernels without a bandwidth."""

import keras
from keras import ops

from keras_itra.kernels.bandwidth import FixedBandwidth
from keras_itra.kernels.distances import (
    safe_rsqrt,
    safe_sqrt,
    squared_distances,
)
from keras_itra.kernels.kernel import Kernel, KernelMatrix, Pairs
from keras_itra.typing import Tensor


@keras.saving.register_keras_serializable(package="keras_itra")
class Linear(Kernel):
    """`x . y`: the MMD is the distance between the means.

    With it, ITRA-c is a center loss without stored centres.

    Example:

    ```python
    import numpy as np
    import keras_itra

    x = np.random.default_rng(0).normal(size=(8, 3))
    values = keras_itra.kernels.Linear()(x)
    assert values.shape == (8, 8)
    ```
    """

    def matrix(
        self, features: Tensor, keep: Tensor, group: Tensor
    ) -> KernelMatrix:
        rows = ops.where(keep[:, None], features, 0.0)
        return KernelMatrix(ops.matmul(rows, ops.transpose(rows)), None)


@keras.saving.register_keras_serializable(package="keras_itra")
class Energy(Kernel):
    """`-||x - y||`: the squared MMD is the energy distance.

    Only conditionally positive definite: not for `joint_mmd`.

    Example:

    ```python
    import numpy as np
    import keras_itra

    x = np.random.default_rng(0).normal(size=(8, 3))
    values = keras_itra.kernels.Energy()(x)
    assert values.shape == (8, 8)
    ```
    """

    positive_definite = False
    has_slope = True
    has_bandwidth = False

    def __init__(self) -> None:
        #: Of unit length: distances in the units of the features.
        self.bandwidth = FixedBandwidth(1.0)

    def at_zero(self, unit: Tensor) -> Tensor:
        """`k(x, x)`, in the dtype of `unit`."""
        return ops.zeros_like(unit)

    def bound(self, unit: Tensor) -> Tensor:
        """Size of the values for features of size `unit`."""
        return unit

    def pairs(self, distances: Tensor, sigma: Tensor) -> Pairs:
        """Kernel values and their derivative for squared distances."""
        scaled = distances * (1.0 / sigma)
        pull = safe_rsqrt(scaled)
        return Pairs(-safe_sqrt(scaled), pull, pull_factor=1.0 / sigma)

    def matrix(
        self, features: Tensor, keep: Tensor, group: Tensor
    ) -> KernelMatrix:
        distances = squared_distances(features, keep)
        return KernelMatrix(-safe_sqrt(distances.values) * distances.unit, None)

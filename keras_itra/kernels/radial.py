"""Radial kernels: functions of `||x - y||^2 / sigma`.

Sums over bandwidths are no chains of additions. TensorFlow turns a chain into
one operation, which starts with whatever term nobody else needs at that moment:
the same seed would not give the same bits.
"""

from abc import abstractmethod
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import keras
from keras import ops

from keras_itra.kernels import bandwidth as bandwidths
from keras_itra.kernels.distances import (
    safe_rsqrt,
    safe_sqrt,
    squared_distances,
)
from keras_itra.kernels.kernel import Kernel, KernelMatrix, Pairs
from keras_itra.overrides import is_up_to_date
from keras_itra.typing import Tensor
from keras_itra.validation import require, require_number

#: sigma_i = 2^i * median for i = 0..4: the paper's mixture of five kernels.
PAPER_MULTIPLIERS = (1.0, 2.0, 4.0, 8.0, 16.0)


class RadialKernel(Kernel):
    """Mean of one profile over several bandwidths.

    ```
    k(x, y) = mean_i profile(||x - y||^2 / (multiplier_i * sigma))
    ```

    Args:
        bandwidth: `sigma`: `"median"` (default, the paper's), `"mean"`, a
            number in squared units of the features, or a
            `keras_itra.kernels.Bandwidth`.
        multipliers: Positive numbers; `(1.0,)` is a single kernel. Defaults
            to the paper's `(1, 2, 4, 8, 16)`.

    Raises:
        ValueError: If an argument is outside its domain.
    """

    def __init__(
        self,
        bandwidth: Any = "median",
        multipliers: Sequence[float] = PAPER_MULTIPLIERS,
    ) -> None:
        self.bandwidth = bandwidths.get(bandwidth)
        require(
            isinstance(multipliers, Sequence) and len(multipliers) > 0,
            "`multipliers` to be a non-empty sequence of numbers",
            multipliers=multipliers,
        )
        for multiplier in multipliers:
            require_number("multipliers", multiplier, strict=True)
        self.multipliers = tuple(float(value) for value in multipliers)
        self.per_class = self.bandwidth.scope == "class"

    @abstractmethod
    def profile(self, scaled: Tensor) -> Tensor:
        """Kernel value for `scaled = ||x - y||^2 / sigma >= 0`."""

    def slope(self, scaled: Tensor, profile: Tensor) -> Tensor:
        """Derivative of the profile, for gradients without backpropagation.

        Subclasses need not implement it; without it, and where a subclass
        replaces `profile` alone, the discrepancies hold all pairs of rows in
        memory and leave the gradient to the backend.
        What it is at 0 does not count: rows that coincide do not pull.

        Args:
            scaled: As for `profile`.
            profile: The value of `profile` there.
        """
        raise NotImplementedError

    @property
    def has_slope(self) -> bool:  # type: ignore[override]
        """Whether the kernel knows its derivative."""
        return is_up_to_date(type(self), "slope", "profile") and is_up_to_date(
            type(self), "pairs", "matrix"
        )

    def at_zero(self, unit: Tensor) -> Tensor:
        """`k(x, x)`, in the dtype of `unit`."""
        return self.profile(ops.zeros_like(unit))

    def bound(self, unit: Tensor) -> Tensor:
        """Size of the values for features of size `unit`."""
        return self.at_zero(unit)

    def pairs(self, distances: Tensor, sigma: Tensor) -> Pairs:
        """Kernel values and their derivative for squared distances.

        Args:
            distances: Squared distances.
            sigma: Bandwidths of the rows, `(..., n, 1)`.
        """
        # A product takes less time than a quotient of as many entries.
        scaled = distances * (1.0 / sigma)
        values, slopes = 0.0, 0.0
        for multiplier in self.multipliers:
            argument = scaled * (1.0 / multiplier)
            value = self.profile(argument)
            # Subtracted: see the module.
            values = values - value
            slopes = slopes - self.slope(argument, value) * (1.0 / multiplier)
        count = len(self.multipliers)
        return Pairs(values, slopes, -1.0 / count, 2.0 / (count * sigma))

    def matrix(
        self, features: Tensor, keep: Tensor, group: Tensor
    ) -> KernelMatrix:
        distances = squared_distances(features, keep)
        sigma = self.bandwidth(distances, group)
        # One from the other: what is used twice has a gradient of two terms.
        argument, last = distances.values / sigma, 1.0
        total = 0.0
        for multiplier in self.multipliers:
            argument, last = argument * (last / multiplier), multiplier
            total = total - self.profile(argument)
        return KernelMatrix(
            total * (-1.0 / len(self.multipliers)),
            sigma[:, 0] * ops.square(distances.unit),
        )

    def get_config(self) -> dict[str, Any]:
        """Arguments that rebuild this kernel."""
        return {
            "bandwidth": keras.saving.serialize_keras_object(self.bandwidth),
            "multipliers": self.multipliers,
        }


@keras.saving.register_keras_serializable(package="keras_itra")
class Gaussian(RadialKernel):
    """`exp(-s)`: the paper's kernel.

    Example:

    ```python
    import numpy as np
    import keras_itra

    x = np.random.default_rng(0).normal(size=(8, 3))
    kernel = keras_itra.kernels.Gaussian()
    assert kernel(x).shape == (8, 8)
    ```
    """

    def profile(self, scaled: Tensor) -> Tensor:
        return ops.exp(-scaled)

    def slope(self, scaled: Tensor, profile: Tensor) -> Tensor:
        return -profile

    def pairs(self, distances: Tensor, sigma: Tensor) -> Pairs:
        multipliers = sorted(self.multipliers, reverse=True)
        doubling = all(a == 2 * b for a, b in pairwise(multipliers))
        if not doubling or not is_up_to_date(type(self), "pairs", "slope"):
            return super().pairs(distances, sigma)
        # The next smaller bandwidth squares the exponential. At most 1 it is
        # anyway; that it is said keeps XLA from making one exponential more of
        # each square.
        exponential = ops.exp(distances * (-1.0 / (multipliers[0] * sigma)))
        powers = [ops.minimum(exponential, 1.0)]
        for _ in multipliers[1:]:
            powers.append(ops.square(powers[-1]))
        # The slopes are the powers times 1, 2, 4, ..., in units of that of the
        # largest bandwidth: all partial sums, times 1, 1, 2, 4, ...
        values, rest = powers[-1], 0.0
        for power in reversed(powers[:-1]):
            rest = 2.0 * rest - values
            values = values + power
        slopes = values - rest
        count = len(multipliers)
        pull_factor = 2.0 / (count * multipliers[0] * sigma)
        return Pairs(values, slopes, 1.0 / count, pull_factor)


@keras.saving.register_keras_serializable(package="keras_itra")
class Laplacian(RadialKernel):
    """`exp(-sqrt(s))`: sharper at 0, heavier in the tail.

    Example:

    ```python
    import numpy as np
    import keras_itra

    x = np.random.default_rng(0).normal(size=(8, 3))
    values = keras_itra.kernels.Laplacian()(x)
    assert values.shape == (8, 8)
    ```
    """

    def profile(self, scaled: Tensor) -> Tensor:
        return ops.exp(-safe_sqrt(scaled))

    def slope(self, scaled: Tensor, profile: Tensor) -> Tensor:
        # Infinite at 0, where the kernel has no derivative.
        return -0.5 * profile * safe_rsqrt(scaled)


@keras.saving.register_keras_serializable(package="keras_itra")
class RationalQuadratic(RadialKernel):
    """`(1 + s / alpha)^-alpha`; the Gaussian for large `alpha`.

    Args:
        bandwidth: As for every radial kernel.
        multipliers: As for every radial kernel.
        alpha: Positive exponent; smaller is heavier-tailed. Defaults to 1.

    Example:

    ```python
    import numpy as np
    import keras_itra

    x = np.random.default_rng(0).normal(size=(8, 3))
    values = keras_itra.kernels.RationalQuadratic(alpha=0.5)(x)
    assert values.shape == (8, 8)
    ```
    """

    def __init__(
        self,
        bandwidth: Any = "median",
        multipliers: Sequence[float] = PAPER_MULTIPLIERS,
        alpha: float = 1.0,
    ) -> None:
        super().__init__(bandwidth, multipliers)
        require_number("alpha", alpha, strict=True)
        self.alpha = float(alpha)

    def profile(self, scaled: Tensor) -> Tensor:
        return ops.exp(-self.alpha * ops.log1p(scaled / self.alpha))

    def slope(self, scaled: Tensor, profile: Tensor) -> Tensor:
        return -profile / (1.0 + scaled / self.alpha)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "alpha": self.alpha}


@keras.saving.register_keras_serializable(package="keras_itra")
class InverseMultiquadric(RadialKernel):
    """`(1 + s)^(-1/2)`.

    Example:

    ```python
    import numpy as np
    import keras_itra

    x = np.random.default_rng(0).normal(size=(8, 3))
    values = keras_itra.kernels.InverseMultiquadric()(x)
    assert values.shape == (8, 8)
    ```
    """

    def profile(self, scaled: Tensor) -> Tensor:
        return ops.rsqrt(1.0 + scaled)

    def slope(self, scaled: Tensor, profile: Tensor) -> Tensor:
        return -0.5 * profile / (1.0 + scaled)

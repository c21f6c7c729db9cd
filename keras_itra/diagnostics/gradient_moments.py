"""Mean, variance and direction of gradients that come one by one."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from keras import ops
from numpy.typing import NDArray

from keras_itra.typing import Tensor

#: A gradient, layer by layer.
Layers = Mapping[str, NDArray[np.float64]]


def by_layer(variables: Sequence[Any], gradient: Sequence[Tensor]) -> Layers:
    """One vector per layer, in float64.

    Args:
        variables: Of Keras; what precedes the last part of their path names
            the layer.
        gradient: One tensor per variable.
    """
    parts: dict[str, list[NDArray[np.float64]]] = {}
    for variable, tensor in zip(variables, gradient, strict=True):
        layer = variable.path.rpartition("/")[0]
        values = np.asarray(ops.convert_to_numpy(tensor), dtype=np.float64)
        parts.setdefault(layer, []).append(values.ravel())
    return {layer: np.concatenate(values) for layer, values in parts.items()}


def combine(a: Layers, b: Layers, weight: float) -> Layers:
    """`a + weight * b`."""
    return {layer: a[layer] + weight * b[layer] for layer in a}


class GradientMoments:
    """Moments of gradients, of which none is kept.

    Mean and sum of squared deviations follow Welford (1962), which does not
    cancel; the memory is that of one gradient.

    Args:
        directions: Gradients to measure the angle to.

    Attributes:
        count: Gradients so far.
        mean: Their mean.
    """

    def __init__(self, directions: Sequence[Layers]) -> None:
        self.count = 0
        self.mean: dict[str, NDArray[np.float64]] = {}
        self._squares: dict[str, float] = {}
        self._directions = directions
        self._cosines: dict[str, list[list[float]]] = {}
        self._total_cosines: list[list[float]] = []

    def update(self, gradient: Layers) -> None:
        """Count a gradient in."""
        self.count += 1
        products = np.zeros((len(self._directions), 3))
        for layer, values in gradient.items():
            mean = self.mean.get(layer, np.zeros_like(values))
            change = values - mean
            self.mean[layer] = mean + change / self.count
            self._squares[layer] = self._squares.get(layer, 0.0) + float(
                change @ (values - self.mean[layer])
            )
            own = np.empty_like(products)
            for row, direction in zip(own, self._directions, strict=True):
                other = direction[layer]
                row[:] = values @ other, values @ values, other @ other
            products += own
            self._cosines.setdefault(layer, []).append(_cosines(own))
        self._total_cosines.append(_cosines(products))

    def variance(self, layer: str | None = None) -> float:
        """Trace of the covariance, of one layer or of all."""
        if layer is None:
            return sum(map(self.variance, self._squares))
        return self._squares[layer] / (self.count - 1)

    def cosines(self, layer: str | None = None) -> list[float]:
        """Mean cosine of the angle to each direction."""
        found = self._total_cosines if layer is None else self._cosines[layer]
        return [float(mean) for mean in np.mean(found, axis=0)]


def _cosines(products: NDArray[np.float64]) -> list[float]:
    """From rows of `a b`, `a a` and `b b`; 0 where a gradient is 0."""
    norms = np.sqrt(products[:, 1] * products[:, 2])
    return [
        float(product / norm) if norm > 0 else 0.0
        for product, norm in zip(products[:, 0], norms, strict=True)
    ]

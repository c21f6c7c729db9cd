"""The kernel base class: a matrix of similarities between rows."""

from abc import ABC, abstractmethod
from typing import Any, NamedTuple

from keras import backend, ops

from keras_itra.configurable import Configurable
from keras_itra.typing import Tensor
from keras_itra.validation import require


class KernelMatrix(NamedTuple):
    """Kernel values and the bandwidth they were computed with.

    Attributes:
        values: `(n, n)`.
        bandwidth: `(n,)`: `sigma` of each row, in squared units of the
            features; `None` for kernels without bandwidth.
    """

    values: Tensor
    bandwidth: Tensor | None


class Pairs(NamedTuple):
    """Kernel values of pairs of rows, and how they change with the rows.

    Factors of a whole row stand beside the pairs: what multiplies a sum over
    pairs need not multiply the pairs.

    Attributes:
        values: `(..., n, m)`: `k(x_i, y_j) / value_factor`.
        pull: `(..., n, m)`: the derivative of `k(x_i, y_j)` by `x_i` is
            `pull_factor * pull * (y_j - x_i)`.
        value_factor: A number.
        pull_factor: Can be broadcast to `(..., n, 1)`.
    """

    values: Tensor
    pull: Tensor
    value_factor: float = 1.0
    pull_factor: Any = 1.0


class Kernel(Configurable, ABC):
    """A kernel `k(x, y)`, evaluated on all pairs of rows.

    Subclass `RadialKernel` for a function of the distance; subclass this
    class for anything else.

    Example:

    ```python
    import keras
    import keras_itra
    from keras_itra.kernels import Kernel, KernelMatrix


    @keras.saving.register_keras_serializable(package="mine")
    class Quadratic(Kernel):
        def matrix(self, features, keep, group):
            features = keras.ops.where(keep[:, None], features, 0.0)
            product = keras.ops.matmul(
                features, keras.ops.transpose(features)
            )
            return KernelMatrix((1.0 + product) ** 2, None)


    loss = keras_itra.losses.ITRAAlignment(kernel=Quadratic())
    ```
    """

    #: Whether the kernel is positive definite, not only conditionally (on
    #: weights that sum to zero). Products with a label kernel need that.
    positive_definite = True

    #: Whether one bandwidth is estimated per class slice.
    per_class = False
    #: Whether the kernel is a function of the distance that knows its
    #: derivative, so that a discrepancy need not hold all pairs in memory.
    has_slope = False
    #: Whether the kernel has a bandwidth to report.
    has_bandwidth = True

    @abstractmethod
    def matrix(
        self, features: Tensor, keep: Tensor, group: Tensor
    ) -> KernelMatrix:
        """Kernel matrix of the rows of `features`.

        Args:
            features: `(n, d)`, float32 or wider.
            keep: boolean `(n,)`; rows that are `False` must not influence
                any other row's values.
            group: `(n, n)` of 0 and 1: rows that share a bandwidth.

        Returns:
            The values and the bandwidth.
        """

    def __call__(self, x: Tensor, y: Tensor | None = None) -> Tensor:
        """Kernel matrix between the rows of `x` and of `y`.

        Args:
            x: `(n, d)`.
            y: `(m, d)`; defaults to `x`. The bandwidth is estimated from
                the rows of both.

        Returns:
            `(n, m)`, in float32 at least.
        """
        x = as_features(x)
        rows = x if y is None else ops.concatenate([x, as_features(y)])
        count = ops.shape(rows)[0]
        keep = ops.ones((count,), dtype="bool")
        group = ops.ones((count, count), dtype=rows.dtype)
        values = self.matrix(rows, keep, group).values
        if y is None:
            return values
        of_x = ops.shape(x)[0]
        return values[:of_x, of_x:]


def as_features(x: Any, name: str = "features") -> Tensor:
    """Flatten samples to rows `(n, d)` in float32 at least.

    Raises:
        ValueError: If `x` has no sample axis.
    """
    x = ops.convert_to_tensor(x)
    require(len(x.shape) >= 1, f"`{name}` of shape (n, ...)", **{name: x})
    if backend.standardize_dtype(x.dtype) != "float64":
        x = ops.cast(x, "float32")
    if len(x.shape) != 2:
        x = ops.reshape(x, (ops.shape(x)[0], _width(x)))
    return x


def _width(x: Tensor) -> int:
    width = 1
    for size in x.shape[1:]:
        require(size is not None, "a static feature shape", shape=x.shape)
        width *= size
    return width

"""Bandwidths: the scale that divides squared distances in a kernel.

One convention everywhere: `k = exp(-||x - y||^2 / sigma)`; `sigma` has the
unit of a squared distance. Bandwidths are constants for back-propagation: if
the gradient flowed through them the loss would be scale-free, and the part of
the gradient that compacts the features would vanish.
"""

import math
from abc import ABC, abstractmethod
from typing import Any

import keras
from keras import ops

from keras_itra.configurable import Configurable
from keras_itra.kernels.distances import SquaredDistances
from keras_itra.kernels.order_statistics import (
    block_mean,
    block_median,
    group_mean,
    group_median,
)
from keras_itra.overrides import is_up_to_date
from keras_itra.typing import Tensor
from keras_itra.validation import (
    is_number,
    require,
    require_integer,
    require_number,
    require_one_of,
)

# Bounds of sqrt(sigma) in scaled units; their squares fit in float32.
_SMALL, _LARGE = 1e-18, 1e18


class Bandwidth(Configurable, ABC):
    """How `sigma` is found from the squared distances of a mini-batch.

    Args:
        scope: `"class"`: one bandwidth per class slice in the conditional
            forms (the paper's choice); `"pooled"`: one for all rows.
        pairs: `"all"`: every entry of the distance matrix, zeros of the
            diagonal included (the paper's choice, which matters for slices
            of few samples); `"off_diagonal"`: pairs `i != j` only.
        max_rows: Of each group of rows (a class, or all) only the first
            `max_rows` enter the estimate, which bounds its cost. Batches are
            shuffled, so these are a random subsample. Defaults to 512, which
            is the limit for uneven classes in more than 1,024 rows.
        floor: Smallest bandwidth, as a share of the mean squared distance
            of the group. Keeps collapsed features finite.

    Raises:
        ValueError: If an argument is outside its domain.
    """

    def __init__(
        self,
        scope: str = "class",
        pairs: str = "all",
        max_rows: int = 512,
        floor: float = 1e-6,
    ) -> None:
        require_one_of("scope", scope, ("class", "pooled"))
        require_one_of("pairs", pairs, ("all", "off_diagonal"))
        require_integer("max_rows", max_rows, minimum=2)
        require_number("floor", floor)
        self.scope = scope
        self.pairs = pairs
        self.max_rows = max_rows
        self.floor = floor

    @abstractmethod
    def statistic(
        self, distances: Tensor, pairs: Tensor, members: Tensor
    ) -> Tensor:
        """Summarise, for each row, the distances inside the row's group.

        Args:
            distances: `(n, n)` squared distances.
            pairs: `(n, n)` of 0 and 1: the entries that count.
            members: `(n, n)` of 0 and 1: the rows whose entries row `i`
                summarises.

        Returns:
            `(n,)`.
        """

    def block_statistic(self, distances: Tensor, counts: Tensor) -> Tensor:
        """Summarise the distances inside blocks of rows.

        Subclasses need not implement it; without it, and where a subclass
        replaces `statistic` alone, the discrepancies hold all pairs of rows
        in memory.

        Args:
            distances: `(blocks, e)` squared distances between the rows of
                each block, every pair of different rows once; then zeros, at
                least as many as half of the rows.
            counts: `(blocks,)` floats: rows of each block.

        Returns:
            `(blocks,)`; 0 where a block has no pair.
        """
        raise NotImplementedError

    @property
    def has_block_statistic(self) -> bool:
        """Whether the bandwidth can be found block by block."""
        return is_up_to_date(
            type(self), "block_statistic", "statistic"
        ) and is_up_to_date(type(self), "of_blocks", "__call__")

    def of_blocks(self, distances: SquaredDistances, counts: Tensor) -> Tensor:
        """Estimate one bandwidth per block of rows.

        Args:
            distances: `(blocks, e)`, as for `block_statistic`.
            counts: `(blocks,)` integers.

        Returns:
            `(blocks,)`, positive, in the unit of `distances`.
        """
        values = distances.values
        counts = ops.cast(counts, values.dtype)
        mean = block_mean(values, counts, self.pairs == "all")
        sigma = ops.maximum(
            self.block_statistic(values, counts), self.floor * mean
        )
        # All rows of the block coincide: any positive bandwidth will do.
        return ops.where(sigma > 0, sigma, 1.0)

    def __call__(self, distances: SquaredDistances, group: Tensor) -> Tensor:
        """Estimate the bandwidth of every row.

        Args:
            distances: The squared distances of all rows.
            group: `(n, n)` of 0 and 1; `group[i, j] = 1` where rows `i` and
                `j` belong to the same slice.

        Returns:
            `(n, 1)`, positive, detached, in the unit of `distances`.
        """
        values = ops.stop_gradient(distances.values)
        first = _first_of_group(group, self.max_rows)
        members = group * first[None, :]
        pairs = members * first[:, None]
        if self.pairs == "off_diagonal":
            pairs = pairs * (1.0 - ops.eye(ops.shape(group)[0]))
        mean = group_mean(values, pairs, members)
        sigma = ops.maximum(
            self.statistic(values, pairs, members), self.floor * mean
        )
        # All rows of the group coincide: any positive bandwidth will do.
        sigma = ops.where(sigma > 0, sigma, 1.0)
        return ops.stop_gradient(sigma)[:, None]

    def get_config(self) -> dict[str, Any]:
        """Arguments that rebuild this bandwidth."""
        return {
            "scope": self.scope,
            "pairs": self.pairs,
            "max_rows": self.max_rows,
            "floor": self.floor,
        }


@keras.saving.register_keras_serializable(package="keras_itra")
class MedianBandwidth(Bandwidth):
    """Median of the pairwise squared distances, the paper's choice.

    The two middle values are averaged. The defaults are exactly the paper's
    convention: the whole distance matrix of both mini-batches, per class.

    Example:

    ```python
    import keras_itra

    kernels = keras_itra.kernels
    bandwidth = kernels.MedianBandwidth(pairs="off_diagonal")
    kernel = kernels.Gaussian(bandwidth)
    ```
    """

    def statistic(
        self, distances: Tensor, pairs: Tensor, members: Tensor
    ) -> Tensor:
        return group_median(distances, pairs, members)

    def block_statistic(self, distances: Tensor, counts: Tensor) -> Tensor:
        return block_median(distances, counts, self.pairs == "all")


@keras.saving.register_keras_serializable(package="keras_itra")
class MeanBandwidth(Bandwidth):
    """Mean of the pairwise squared distances: cheaper than the median.

    Example:

    ```python
    import keras_itra

    kernels = keras_itra.kernels
    kernel = kernels.Gaussian(kernels.MeanBandwidth(scope="pooled"))
    ```
    """

    def statistic(
        self, distances: Tensor, pairs: Tensor, members: Tensor
    ) -> Tensor:
        return group_mean(distances, pairs, members)

    def block_statistic(self, distances: Tensor, counts: Tensor) -> Tensor:
        return block_mean(distances, counts, self.pairs == "all")


@keras.saving.register_keras_serializable(package="keras_itra")
class FixedBandwidth(Bandwidth):
    """The same `sigma` at every step, in squared units of the features.

    Args:
        sigma: Positive number.
    """

    def __init__(self, sigma: float) -> None:
        super().__init__(scope="pooled")
        require_number("bandwidth", sigma, strict=True)
        self.sigma = float(sigma)

    def __call__(self, distances: SquaredDistances, group: Tensor) -> Tensor:
        sigma = self.scaled(distances.unit)
        return ops.broadcast_to(sigma, (ops.shape(group)[0], 1))

    def block_statistic(self, distances: Tensor, counts: Tensor) -> Tensor:
        raise AssertionError("A fixed bandwidth is not estimated.")

    def of_blocks(self, distances: SquaredDistances, counts: Tensor) -> Tensor:
        sigma = self.scaled(distances.unit)
        return ops.broadcast_to(sigma, ops.shape(counts))

    def scaled(self, unit: Tensor) -> Tensor:
        """The bandwidth of features that are measured in a unit."""
        # Squaring last, within bounds: features of any scale stay finite.
        ratio = math.sqrt(self.sigma) / unit
        return ops.square(ops.clip(ratio, _SMALL, _LARGE))

    def statistic(
        self, distances: Tensor, pairs: Tensor, members: Tensor
    ) -> Tensor:
        raise AssertionError("A fixed bandwidth is not estimated.")

    def get_config(self) -> dict[str, Any]:
        return {"sigma": self.sigma}


def get(identifier: Any) -> Bandwidth:
    """Turn `"median"`, `"mean"`, a number or a config into a `Bandwidth`.

    Raises:
        ValueError: If `identifier` is none of these.
    """
    if isinstance(identifier, dict):
        identifier = keras.saving.deserialize_keras_object(identifier)
    if isinstance(identifier, Bandwidth):
        return identifier
    if isinstance(identifier, str) and identifier in _BY_NAME:
        return _BY_NAME[identifier]()
    require(
        is_number(identifier),
        "`bandwidth` to be 'median', 'mean', a positive number or a "
        "`keras_itra.kernels.Bandwidth`",
        bandwidth=identifier,
    )
    return FixedBandwidth(identifier)


_BY_NAME = {"median": MedianBandwidth, "mean": MeanBandwidth}


def _first_of_group(group: Tensor, count: int) -> Tensor:
    """`(n,)` of 0 and 1: the first `count` rows of every group."""
    size = ops.shape(group)[0]
    if isinstance(size, int) and size <= count:
        return ops.ones((size,), dtype=group.dtype)
    rank = ops.sum(ops.tril(group, -1), axis=1)
    return ops.cast(rank < count, group.dtype)

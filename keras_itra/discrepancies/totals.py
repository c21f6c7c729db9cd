"""Squared discrepancies of groups of rows, from sums over their pairs."""

from typing import Any, NamedTuple

from keras import ops

from keras_itra.discrepancies.pairwise import (
    Coefficients,
    Layout,
    pair_totals,
)
from keras_itra.discrepancies.samples import Samples
from keras_itra.kernels.distances import safe_sqrt
from keras_itra.typing import Tensor

# A total below this share of the kernel's values is rounding error, and so is
# a number of pairs below this share of its square.
_RESOLUTION = 4 * 1.1920929e-07


class Totals(NamedTuple):
    """A discrepancy for each row: that of the row's group.

    Attributes:
        values: `(n,)`.
        present: `(n,)` booleans: the group takes part.
        sigma: `(n,)`: bandwidths, detached.
    """

    values: Tensor
    present: Tensor
    sigma: Tensor


def mmd_totals(
    samples: Samples,
    layout: Layout,
    kernel: Any,
    *,
    rooted: bool,
    estimator: str,
) -> Totals:
    """MMD between S1 and S2.

    A group without a row in one of the two samples gets weight 0: its lone
    self-term would push its rows apart.
    """
    weights, first = samples.weights[:, 0], samples.first[:, 0]
    second = 1.0 - first
    columns = [weights * first, weights * second]
    if estimator == "unbiased":
        columns += [ops.square(column) for column in columns]
    sums = layout.total(ops.stack(columns, axis=1))
    mass = first * sums[:, 0] + second * sums[:, 1]
    present = ops.logical_and(sums[:, 0] > 0, sums[:, 1] > 0)
    own = None
    if estimator == "unbiased":
        squares = ops.square(sums[:, :2])
        distinct = squares - sums[:, 2:]
        present = ops.logical_and(
            present, ops.all(distinct > _RESOLUTION * squares, axis=1)
        )
        pairs = first * distinct[:, 0] + second * distinct[:, 1]
        own = _ratio(ops.square(mass), pairs, present)
    shares = (first - second) * _ratio(weights, mass, present)
    return _totals(samples, layout, kernel, shares, own, present, rooted, False)


def spread_totals(
    samples: Samples, layout: Layout, kernel: Any, *, rooted: bool
) -> Totals:
    """Expected biased MMD between two samples like the given one.

    ```
    (1/n + 1/n) * mean_{i != j} [ k(x_i, x_i) - k(x_i, x_j) ]
    ```
    """
    weights = samples.weights[:, 0]
    sums = layout.total(ops.stack([weights, ops.square(weights)], axis=1))
    mass, squares = sums[:, 0], sums[:, 1]
    distinct = ops.square(mass) - squares
    present = distinct > _RESOLUTION * ops.square(mass)
    # Factors under the root of the product of two shares.
    two_over_n = 2.0 * _ratio(squares, ops.square(mass), present)
    scale = ops.sqrt(_ratio(two_over_n, distinct, present))
    return _totals(
        samples, layout, kernel, weights * scale, None, present, rooted, True
    )


def _totals(
    samples: Samples,
    layout: Layout,
    kernel: Any,
    shares: Tensor,
    own: Tensor | None,
    present: Tensor,
    rooted: bool,
    contrast: bool,
) -> Totals:
    result = pair_totals(
        samples.features,
        samples.keep,
        layout,
        Coefficients(shares, own, samples.first[:, 0] > 0),
        kernel,
        contrast=contrast,
    )
    values = result.totals
    if rooted:
        # The root has an infinite derivative at 0.
        floor = _RESOLUTION * ops.stop_gradient(kernel.bound(result.unit))
        values = safe_sqrt(ops.where(values > floor, values, 0.0))
    return Totals(values, present, result.sigma)


def _ratio(numerator: Tensor, denominator: Tensor, defined: Tensor) -> Tensor:
    """Quotient with value 0 where it is not defined."""
    denominator = ops.where(defined, denominator, 1.0)
    return ops.where(defined, numerator / denominator, 0.0)

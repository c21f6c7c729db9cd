"""Squared discrepancies of groups of rows, from sums over their pairs."""

from typing import Any, NamedTuple

from keras import ops

from keras_itra.discrepancies.forms import ratio
from keras_itra.discrepancies.groups import Layout
from keras_itra.discrepancies.pairwise import Coefficients, pair_totals
from keras_itra.discrepancies.samples import Samples
from keras_itra.kernels.distances import RESOLUTION, safe_sqrt
from keras_itra.typing import Tensor


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
    *,
    kernel: Any,
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
            present, ops.all(distinct > RESOLUTION * squares, axis=1)
        )
        pairs = first * distinct[:, 0] + second * distinct[:, 1]
        own = ratio(ops.square(mass), pairs, present)
    shares = (first - second) * ratio(weights, mass, present)
    return _totals(samples, layout, kernel, shares, own, present, rooted, False)


def spread_totals(
    samples: Samples, layout: Layout, *, kernel: Any, rooted: bool
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
    present = distinct > RESOLUTION * ops.square(mass)
    # Factors under the root of the product of two shares.
    two_over_n = 2.0 * ratio(squares, ops.square(mass), present)
    scale = ops.sqrt(ratio(two_over_n, distinct, present))
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
        layout,
        Coefficients(shares, own, samples.first[:, 0] > 0),
        kernel,
        contrast=contrast,
    )
    values = result.totals
    if rooted:
        # The root has an infinite derivative at 0.
        floor = RESOLUTION * ops.stop_gradient(kernel.bound(result.unit))
        # What is not a number must not pass for 0.
        values = safe_sqrt(ops.where(values <= floor, 0.0, values))
    return Totals(values, present, result.sigma)

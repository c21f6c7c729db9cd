"""Sums over pairs of rows, with a gradient that needs no pair in memory.

Every discrepancy is made of totals, one per group g of rows (a class, or all):

```
T_g = sum_{i, j in g} c_ij k(x_i, x_j)
dT_g / dx_i = 2 sum_j c_ij pull_ij (x_j - x_i)
```

Total and gradient come from the same pass over the pairs, which costs two
matrix products at most; backpropagation only scales the gradient. The pairs are
visited in one of three ways that differ in cost and not in the result; see
`keras_itra.discrepancies.visits`.
"""

from typing import Any, NamedTuple

from keras import ops

from keras_itra.discrepancies.groups import Layout
from keras_itra.discrepancies.pair_sums import Plan, Rows, Visited
from keras_itra.discrepancies.visits import visit
from keras_itra.typing import Tensor


class Coefficients(NamedTuple):
    """The weights `c_ij = u_i u_j` of the pairs.

    Attributes:
        shares: `(n,)`: u, signed; 0 for rows that take no part.
        own: None, or `(n,)`: factor of the pairs inside one sample, of which
            i = j is left out then.
        first: `(n,)` booleans: rows of S1; needed with `own`.
    """

    shares: Tensor
    own: Tensor | None
    first: Tensor


class PairTotals(NamedTuple):
    """Totals of groups.

    Attributes:
        totals: `(n,)`: the total of each row's group.
        sigma: `(n,)`: each row's bandwidth, detached, in squared units of the
            features.
        unit: `(n,)`: the largest entry of the centred features, detached.
    """

    totals: Tensor
    sigma: Tensor
    unit: Tensor


def pair_totals(
    features: Tensor,
    layout: Layout,
    coefficients: Coefficients,
    kernel: Any,
    *,
    contrast: bool = False,
) -> PairTotals:
    """Totals of the kernel over the pairs inside each group.

    Args:
        features: `(n, d)`.
        layout: Which pairs count.
        coefficients: Their weights.
        kernel: A kernel with `has_slope`.
        contrast: Sum `k(x, x) - k(x, y)` instead of `k(x, y)`.

    Returns:
        The totals and the bandwidths.
    """
    # Left out for good: what is there may be infinite.
    features = ops.where(layout.keep[:, None], features, 0.0)
    constant = ops.stop_gradient(features)
    rows, unit = _scaled(constant, layout)
    result = visit(
        Plan(kernel, layout, unit, contrast), Rows(rows, *coefficients)
    )
    # Stopped once more: TensorFlow would look for gradients in the branches.
    result = Visited(*map(ops.stop_gradient, result))
    unit = ops.stop_gradient(unit)
    # A zero with the gradient that was found. A custom gradient would close
    # over tensors, which JAX does not allow inside of a branch.
    gradient = result.gradient / unit
    zero = ops.sum(gradient * (features - constant), axis=1)
    return PairTotals(
        layout.total(result.sums + zero),
        result.sigma * ops.square(unit),
        ops.broadcast_to(unit, ops.shape(result.sigma)),
    )


def _scaled(features: Tensor, layout: Layout) -> tuple[Tensor, Tensor]:
    """Rows around the mean of their group, in units of the largest entry.

    Those that are left out are 0, here and in what is returned.
    """
    # Dividing first keeps the sum of huge features finite.
    if layout.per_class and layout.groups is not None:
        members = ops.cast(layout.groups.members(), features.dtype)
        # Rows that are left out are a group of zeros.
        rows = features - layout.groups.total(features / members[:, None])
    else:
        count = ops.maximum(ops.sum(ops.cast(layout.keep, features.dtype)), 1.0)
        mean = ops.sum(features / count, axis=0)
        rows = ops.where(layout.keep[:, None], features - mean, 0.0)
    largest = ops.max(ops.abs(rows))
    unit = ops.where(largest > 0, largest, ops.ones_like(largest))
    return rows / unit, unit

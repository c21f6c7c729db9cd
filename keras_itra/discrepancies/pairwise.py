"""Sums over pairs of rows, with a gradient that needs no pair in memory.

Every discrepancy is made of totals, one per group g of rows (a class, or all):

```
T_g = sum_{i, j in g} c_ij k(x_i, x_j)
dT_g / dx_i = 2 sum_j c_ij pull_ij (x_j - x_i)
```

Total and gradient come from the same pass over the pairs, which costs two
matrix products; backpropagation only scales the gradient. The pairs are
visited in one of three ways that differ in cost and not in the result: all at
once; class by class, where no class is much larger than the others, so that
pairs of different classes are never touched; or in stripes of rows, where all
pairs would not fit into memory.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from keras import ops

from keras_itra.discrepancies.bandwidths import sigma_of_all, sigma_of_groups
from keras_itra.discrepancies.branches import cond
from keras_itra.discrepancies.groups import Groups
from keras_itra.kernels.distances import SquaredDistances, distances_between
from keras_itra.typing import Tensor

#: Rows up to which all pairs are held at once.
DENSE_ROWS = 1024
#: Rows of a stripe.
STRIPE_ROWS = 128
#: Rows that the bandwidths of groups are estimated from where there are more.
BANDWIDTH_ROWS = 512


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


class Layout(NamedTuple):
    """Which pairs count, and what is added up.

    Attributes:
        groups: Pairs count inside a group.
        total: Sums `(n, ...)` over the rows that form a total.
        per_class: Whether each group has a bandwidth of its own.
        single: Whether there is one group only.
        num_classes: Number of groups, if known.
    """

    groups: Groups
    total: Callable[[Tensor], Tensor]
    per_class: bool
    single: bool
    num_classes: int | None


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
    keep: Tensor,
    layout: Layout,
    coefficients: Coefficients,
    kernel: Any,
    *,
    contrast: bool = False,
) -> PairTotals:
    """Totals of the kernel over the pairs inside each group.

    Args:
        features: `(n, d)`.
        keep: Boolean `(n,)`: rows that take part.
        layout: Which pairs count.
        coefficients: Their weights.
        kernel: A kernel with `has_slope`.
        contrast: Sum `k(x, x) - k(x, y)` instead of `k(x, y)`.

    Returns:
        The totals and the bandwidths.
    """
    constant = ops.stop_gradient(features)
    rows, unit = _scaled(constant, keep, layout)
    result = _visit(
        _Plan(kernel, layout, unit, contrast),
        _Rows(
            rows,
            *coefficients,
            sigma=None
            if layout.per_class
            else sigma_of_all(rows, unit, layout.groups, kernel.bandwidth),
            ids=None if layout.single else layout.groups.ids,
        ),
    )
    # Stopped once more: TensorFlow would look for gradients in the branches.
    result = _Visited(*map(ops.stop_gradient, result))
    unit = ops.stop_gradient(unit)
    # A zero with the gradient that was found. A custom gradient would close
    # over tensors, which JAX does not allow inside of a branch.
    zero = ops.where(keep[:, None], features - constant, 0.0) / unit
    zero = ops.sum(result.gradient * zero, axis=1)
    return PairTotals(
        layout.total(result.sums + zero),
        result.sigma * ops.square(unit),
        ops.broadcast_to(unit, ops.shape(result.sigma)),
    )


class _Plan(NamedTuple):
    """What all ways to visit the pairs have in common."""

    kernel: Any
    layout: Layout
    unit: Tensor
    contrast: bool


class _Rows(NamedTuple):
    """Rows on one side of the pairs: `(..., n, d)`, and `(..., n)` for each.

    Without `sigma` the bandwidths are still to be estimated, without `ids`
    every pair counts.
    """

    features: Tensor
    shares: Tensor
    own: Tensor | None
    first: Tensor
    sigma: Tensor | None
    ids: Tensor | None

    def at(self, index: Tensor, inside: Tensor) -> "_Rows":
        """The rows at some indices, of weight 0 where these are none."""
        taken = _Rows(
            *(
                None if leaf is None else ops.take(leaf, index, axis=0)
                for leaf in self
            )
        )
        return taken._replace(shares=ops.where(inside, taken.shares, 0.0))


class _Visited(NamedTuple):
    """Sums over the pairs of each row, in scaled units.

    Attributes:
        sums: `(n,)`.
        gradient: `(n, d)`: of the total by the row.
        sigma: `(n,)`.
    """

    sums: Tensor
    gradient: Tensor
    sigma: Tensor


def _visit(plan: _Plan, rows: _Rows) -> _Visited:
    size = ops.shape(rows.features)[0]

    def whatever_the_class() -> _Visited:
        return _choose(
            size <= DENSE_ROWS,
            lambda: _all_at_once(plan, rows),
            lambda: _in_stripes(plan, rows),
        )

    num_classes = plan.layout.num_classes
    by_blocks = (
        rows.sigma is not None or plan.kernel.bandwidth.has_block_statistic
    )
    if rows.ids is None or num_classes is None or not by_blocks:
        return whatever_the_class()
    # Room for half as many rows again as an even share, and for a few.
    places = (3 * size // (2 * num_classes) + 15) // 8 * 8
    return _choose(
        _fit_into_blocks(plan, rows, num_classes, places),
        lambda: _class_by_class(plan, rows, num_classes, places),
        whatever_the_class,
    )


def _fit_into_blocks(
    plan: _Plan, rows: _Rows, num_classes: int, places: Any
) -> Any:
    """Whether every class finds room, and less work is done so."""
    groups = plan.layout.groups
    cheaper = num_classes * places**2 <= groups.size**2
    if rows.sigma is None:
        limit = plan.kernel.bandwidth.max_rows
        cheaper = ops.logical_and(cheaper, places <= limit)
    fits = ops.logical_and(
        groups.number <= num_classes, groups.largest() <= places
    )
    return ops.logical_and(cheaper, fits)


def _all_at_once(plan: _Plan, rows: _Rows) -> _Visited:
    place = ops.arange(ops.shape(rows.features)[0])
    diagonal = place[:, None] == place[None, :]
    distances = distances_between(rows.features, rows.features, diagonal)
    if rows.sigma is None:
        sigma = sigma_of_groups(
            plan.layout.groups,
            SquaredDistances(distances, plan.unit),
            place,
            plan.kernel.bandwidth,
        )
        rows = rows._replace(sigma=sigma)
    return _Visited(*_sums(plan, rows, rows, distances, diagonal), rows.sigma)


def _in_stripes(plan: _Plan, rows: _Rows) -> _Visited:
    size = ops.shape(rows.features)[0]
    place = ops.arange(size)
    if rows.sigma is None:
        groups = plan.layout.groups
        some = groups.first_rows(BANDWIDTH_ROWS)
        features = ops.take(rows.features, some, axis=0)
        distances = distances_between(
            features, features, some[:, None] == some[None, :]
        )
        sigma = sigma_of_groups(
            groups,
            SquaredDistances(distances, plan.unit),
            some,
            plan.kernel.bandwidth,
        )
        rows = rows._replace(sigma=sigma)

    def visit(stripe: Tensor) -> tuple[Tensor, Tensor]:
        index = stripe * STRIPE_ROWS + ops.arange(STRIPE_ROWS)
        left = rows.at(ops.minimum(index, size - 1), index < size)
        diagonal = index[:, None] == place[None, :]
        distances = distances_between(left.features, rows.features, diagonal)
        return _sums(plan, left, rows, distances, diagonal)

    stripes = (size + STRIPE_ROWS - 1) // STRIPE_ROWS
    sums, gradient = ops.map(visit, ops.arange(stripes))
    width = rows.features.shape[1]
    return _Visited(
        ops.reshape(sums, (-1,))[:size],
        ops.reshape(gradient, (-1, width))[:size],
        rows.sigma,
    )


def _class_by_class(
    plan: _Plan, rows: _Rows, num_classes: int, places: Any
) -> _Visited:
    groups = plan.layout.groups
    blocks = groups.blocks(num_classes, places)
    place = ops.arange(places)
    diagonal = place[:, None] == place[None, :]
    left = rows._replace(ids=None).at(blocks.index, blocks.inside)
    distances = distances_between(left.features, left.features, diagonal)
    if left.sigma is None:
        both = ops.logical_and(
            blocks.inside[:, :, None], blocks.inside[:, None, :]
        )
        inside = SquaredDistances(ops.where(both, distances, 0.0), plan.unit)
        sigma = plan.kernel.bandwidth.of_blocks(inside, blocks.counts)
        left = left._replace(
            sigma=ops.broadcast_to(sigma[:, None], (num_classes, places))
        )
    sums, gradient = _sums(plan, left, left, distances, diagonal)
    sigma = rows.sigma
    if sigma is None:
        sigma = blocks.back(left.sigma)
        sigma = ops.where(sigma > 0, sigma, 1.0)
    return _Visited(blocks.back(sums), blocks.back(gradient), sigma)


def _sums(
    plan: _Plan,
    left: _Rows,
    right: _Rows,
    distances: Tensor,
    diagonal: Tensor,
) -> tuple[Tensor, Tensor]:
    """Sums over the pairs of each row on the left, and the gradient."""
    assert left.sigma is not None
    values, pull = plan.kernel.pairs(distances, left.sigma[..., :, None])
    if plan.contrast:
        values, pull = plan.kernel.at_zero(plan.unit) - values, -pull
    weights = left.shares[..., :, None] * right.shares[..., None, :]
    if left.ids is not None and right.ids is not None:
        same_group = left.ids[:, None] == right.ids[None, :]
        weights = ops.where(same_group, weights, 0.0)
    if left.own is not None:
        same_sample = left.first[..., :, None] == right.first[..., None, :]
        factor = ops.where(same_sample, left.own[..., :, None], 1.0)
        weights = ops.where(diagonal, 0.0, weights * factor)
    sums = ops.sum(weights * values, axis=-1)
    # A distance below the resolution is 0, and so is its gradient.
    weights = ops.where(distances > 0, weights * pull, 0.0)
    towards = ops.matmul(weights, right.features)
    away = ops.sum(weights, axis=-1, keepdims=True) * left.features
    return sums, 2.0 * (towards - away)


def _scaled(
    features: Tensor, keep: Tensor, layout: Layout
) -> tuple[Tensor, Tensor]:
    """Rows around the mean of their group, in units of the largest entry."""
    rows = ops.where(keep[:, None], features, 0.0)
    kept = ops.cast(keep, rows.dtype)
    if layout.per_class:
        count = ops.maximum(layout.groups.total(kept), 1.0)
        # Dividing first keeps the sum of huge features finite.
        mean = layout.groups.total(rows / count[:, None])
    else:
        mean = ops.sum(rows / ops.maximum(ops.sum(kept), 1.0), axis=0)
    rows = ops.where(keep[:, None], rows - mean, 0.0)
    largest = ops.max(ops.abs(rows))
    unit = ops.where(largest > 0, largest, ops.ones_like(largest))
    return rows / unit, unit


def _choose(
    condition: Any, yes: Callable[[], _Visited], no: Callable[[], _Visited]
) -> _Visited:
    return _Visited(*cond(condition, lambda: tuple(yes()), lambda: tuple(no())))

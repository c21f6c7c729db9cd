"""Three ways to visit the pairs of rows, which give one result.

* All at once, up to `DENSE_ROWS` rows.
* Class by class, where no class is much larger than the others: pairs of
  different classes are never touched, and the cost falls with their number.
* In stripes of rows, where all pairs would not fit into memory.
"""

import math
from collections.abc import Callable
from typing import Any, NamedTuple

from keras import ops

from keras_itra.discrepancies.bandwidths import (
    sigma_of_all,
    sigma_of_blocks,
    sigma_of_groups,
    sigma_of_many_rows,
)
from keras_itra.discrepancies.branches import cond
from keras_itra.discrepancies.groups import Groups, Layout, places_of
from keras_itra.indexing import indices, rows_at
from keras_itra.kernels.distances import SquaredDistances, distances_between
from keras_itra.typing import Tensor

#: Rows up to which all pairs are held at once.
DENSE_ROWS = 1024
#: Rows, known beforehand, up to which one large matrix product takes no longer
#: than a small one for each class.
SMALL_ROWS = 192
#: Rows of a stripe.
STRIPE_ROWS = 256


class Plan(NamedTuple):
    """What all ways to visit the pairs have in common."""

    kernel: Any
    layout: Layout
    unit: Tensor
    contrast: bool


class Rows(NamedTuple):
    """Rows on one side of the pairs: `(..., n, d)`, and `(..., n)` for each.

    Attributes:
        features: Centred and scaled.
        shares: See `Coefficients` in `keras_itra.discrepancies.pairwise`.
        own: See there.
        first: See there.
        sigma: Bandwidths; None before they are estimated.
        ids: Groups; None where every pair counts.
    """

    features: Tensor
    shares: Tensor
    own: Tensor | None
    first: Tensor
    sigma: Tensor | None = None
    ids: Tensor | None = None

    def columns(self) -> Tensor:
        """What the pull of the rows is multiplied with: `(..., n, d + 1)`."""
        shares = self.shares[..., :, None]
        return ops.concatenate([shares * self.features, shares], axis=-1)

    def at(self, index: Tensor, inside: Tensor) -> "Rows":
        """The rows at some indices, of weight 0 where these are none."""
        taken = Rows(
            *(None if leaf is None else rows_at(leaf, index) for leaf in self)
        )
        return taken._replace(shares=ops.where(inside, taken.shares, 0.0))


class Visited(NamedTuple):
    """Sums over the pairs of each row, in scaled units.

    Attributes:
        sums: `(n,)`.
        gradient: `(n, d)`: of the total by the row.
        sigma: `(n,)`.
    """

    sums: Tensor
    gradient: Tensor
    sigma: Tensor


def visit(plan: Plan, rows: Rows) -> Visited:
    """Visit the pairs in the way that costs least.

    Args:
        plan: What to do with them.
        rows: All rows, without bandwidths and groups.
    """
    layout, rule = plan.layout, plan.kernel.bandwidth
    if layout.groups is not None:
        rows = rows._replace(ids=layout.groups.ids)
    if not layout.per_class:
        rows = rows._replace(
            sigma=sigma_of_all(rows.features, plan.unit, layout.keep, rule)
        )
    size = ops.shape(rows.features)[0]

    def whatever_the_class() -> Visited:
        return _choose(
            size <= DENSE_ROWS,
            lambda: _all_at_once(plan, rows),
            lambda: _in_stripes(plan, rows),
        )

    groups, number = layout.groups, layout.num_classes
    by_blocks = rows.sigma is not None or rule.has_block_statistic
    if groups is None or number is None or not by_blocks or _is_small(size):
        return whatever_the_class()
    return _choose(
        _fit_into_blocks(plan, rows, groups, number),
        lambda: _class_by_class(plan, rows, groups, number),
        whatever_the_class,
    )


def _fit_into_blocks(
    plan: Plan, rows: Rows, groups: Groups, number: int
) -> Any:
    """Whether every class finds room, and less work is done so."""
    places = places_of(groups.size, number)
    # Without squares, which overflow.
    cheaper = places * math.ceil(math.sqrt(number)) <= groups.size
    if rows.sigma is None:
        limit = plan.kernel.bandwidth.max_rows
        cheaper = ops.logical_and(cheaper, places <= limit)
    return ops.logical_and(cheaper, groups.fit(number, places))


def _is_small(size: Any) -> bool:
    return isinstance(size, int) and size <= SMALL_ROWS


def _all_at_once(plan: Plan, rows: Rows) -> Visited:
    place = indices(ops.shape(rows.features)[0])
    diagonal = place[:, None] == place[None, :]
    distances = distances_between(rows.features, rows.features, diagonal)
    if rows.sigma is None:
        sigma = _sigma_of_pairs(plan, SquaredDistances(distances, plan.unit))
        rows = rows._replace(sigma=sigma)
    return Visited(
        *_sums(plan, rows, rows, rows.columns(), distances, diagonal),
        rows.sigma,
    )


def _sigma_of_pairs(plan: Plan, distances: SquaredDistances) -> Tensor:
    """Bandwidths of groups where the distances of all pairs are at hand."""
    groups, number = plan.layout.groups, plan.layout.num_classes
    assert groups is not None  # Their bandwidths are asked for.
    rule, size = plan.kernel.bandwidth, ops.shape(distances.values)[0]

    def by_bisection() -> Tensor:
        return sigma_of_groups(groups, distances, indices(size), rule)

    def by_blocks(number: int) -> Tensor:
        blocks = groups.blocks(number, places)
        pairs = blocks.index[:, :, None] * size + blocks.index[:, None, :]
        inside = rows_at(ops.reshape(distances.values, (-1,)), pairs)
        sigma = sigma_of_blocks(blocks, inside, distances.unit, rule)
        # Rows that take no part may be one group too many.
        return rows_at(sigma, ops.minimum(groups.ids, number - 1))

    if number is None or not rule.has_block_statistic or not _is_small(size):
        return by_bisection()
    places = min(places_of(size, number), rule.max_rows)
    return cond(
        groups.fit(number, places), lambda: by_blocks(number), by_bisection
    )


def _in_stripes(plan: Plan, rows: Rows) -> Visited:
    size = ops.shape(rows.features)[0]
    place = indices(size)
    if rows.sigma is None:
        sigma = sigma_of_many_rows(
            rows.features, plan.unit, plan.layout, plan.kernel.bandwidth
        )
        rows = rows._replace(sigma=sigma)

    columns = rows.columns()

    def of_stripe(stripe: Tensor) -> tuple[Tensor, Tensor]:
        index = stripe * STRIPE_ROWS + indices(STRIPE_ROWS)
        left = rows.at(ops.minimum(index, size - 1), index < size)
        diagonal = index[:, None] == place[None, :]
        distances = distances_between(left.features, rows.features, diagonal)
        return _sums(plan, left, rows, columns, distances, diagonal)

    stripes = (size + STRIPE_ROWS - 1) // STRIPE_ROWS
    sums, gradient = ops.map(of_stripe, indices(stripes))
    width = rows.features.shape[1]
    return Visited(
        ops.reshape(sums, (-1,))[:size],
        ops.reshape(gradient, (-1, width))[:size],
        rows.sigma,
    )


def _class_by_class(
    plan: Plan, rows: Rows, groups: Groups, number: int
) -> Visited:
    blocks = groups.blocks(number, places_of(groups.size, number))
    place = indices(ops.shape(blocks.index)[1])
    diagonal = place[:, None] == place[None, :]
    left = rows._replace(ids=None).at(blocks.index, blocks.inside)
    distances = distances_between(left.features, left.features, diagonal)
    sigma = rows.sigma
    if sigma is None:
        of_blocks = sigma_of_blocks(
            blocks, distances, plan.unit, plan.kernel.bandwidth
        )
        left = left._replace(
            sigma=ops.broadcast_to(of_blocks[:, None], ops.shape(blocks.index))
        )
        sigma = blocks.back(left.sigma)
        sigma = ops.where(sigma > 0, sigma, 1.0)
    sums, gradient = _sums(
        plan, left, left, left.columns(), distances, diagonal
    )
    return Visited(blocks.back(sums), blocks.back(gradient), sigma)


def _sums(
    plan: Plan,
    left: Rows,
    right: Rows,
    columns: Tensor,
    distances: Tensor,
    diagonal: Tensor,
) -> tuple[Tensor, Tensor]:
    """Sums over the pairs of each row on the left, and the gradient.

    Args:
        plan: What to do with the pairs.
        left: Rows whose pairs are summed up.
        right: The rows they form pairs with.
        columns: `right.columns()`.
        distances: Between left and right, squared.
        diagonal: Boolean: a row and itself.
    """
    assert left.sigma is not None
    pairs = plan.kernel.pairs(distances, left.sigma[..., :, None])
    values, pull, value_factor, pull_factor = pairs
    if plan.contrast:
        values = plan.kernel.at_zero(plan.unit) - value_factor * values
        value_factor, pull_factor = 1.0, -pull_factor
    # A distance below the resolution is 0, and so is its gradient.
    pulls = distances > 0
    if left.ids is not None and right.ids is not None:
        same_group = left.ids[:, None] == right.ids[None, :]
        values = values * ops.cast(same_group, values.dtype)
        pulls = ops.logical_and(pulls, same_group)
    pull = ops.where(pulls, pull, 0.0)
    if left.own is not None:
        same_sample = left.first[..., :, None] == right.first[..., None, :]
        factor = ops.where(same_sample, left.own[..., :, None], 1.0)
        factor = ops.where(diagonal, 0.0, factor)
        values, pull = values * factor, pull * factor
    sums = ops.sum(values * right.shares[..., None, :], axis=-1)
    towards = ops.matmul(pull, columns)
    gradient = towards[..., :-1] - towards[..., -1:] * left.features
    factor = (2.0 * left.shares)[..., :, None] * pull_factor
    return value_factor * left.shares * sums, factor * gradient


def _choose(
    condition: Any, yes: Callable[[], Visited], no: Callable[[], Visited]
) -> Visited:
    return Visited(*cond(condition, lambda: tuple(yes()), lambda: tuple(no())))

"""Sums over the pairs of rows on two sides, and their gradient."""

from typing import Any, NamedTuple

from keras import ops

from keras_itra.discrepancies.groups import Layout
from keras_itra.indexing import indices, rows_at, slice_rows
from keras_itra.typing import Tensor


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

    def at(self, index: Tensor, inside: Tensor) -> "Rows":
        """The rows at some indices, of weight 0 where these are none."""
        taken = Rows(
            *(None if leaf is None else rows_at(leaf, index) for leaf in self)
        )
        return taken._replace(shares=ops.where(inside, taken.shares, 0.0))

    def slice(self, start: Tensor, count: int) -> "Rows":
        """So many rows, from one on."""
        return Rows(
            *(
                None if leaf is None else slice_rows(leaf, start, count)
                for leaf in self
            )
        )


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


def sums_within(
    plan: Plan, rows: Rows, distances: Tensor
) -> tuple[Tensor, Tensor]:
    """Sums over the pairs of each row, and the gradient.

    Args:
        plan: What to do with the pairs.
        rows: Rows that form pairs with each other and themselves.
        distances: Between them, squared.
    """
    values, valued, pull, pulled = _pairs(plan, rows, rows, distances)
    return _sums(values, valued, rows), _gradient(pull, pulled, rows)


def sums_between(
    plan: Plan, left: Rows, right: Rows, distances: Tensor
) -> tuple[tuple[Tensor, Tensor], tuple[Tensor, Tensor]]:
    """Sums over the pairs of two sides, and the gradient, for either side.

    Each row has its own sum, in which S1 and S2 cancel: with those of the
    right added to the left, the total would lose digits.

    Args:
        plan: What to do with the pairs.
        left: `(n, d)`, and so on.
        right: `(m, d)`, and so on: other rows.
        distances: `(n, m)`: between them, squared.
    """
    values, valued, pull, pulled = _pairs(plan, left, right, distances)
    return (
        (_sums(values, valued, right), _gradient(pull, pulled, right)),
        (
            # Down the columns: XLA is slow to sum what it transposes.
            right.shares * _down(values * valued.shares[:, None]),
            _gradient(ops.transpose(pull), right, pulled),
        ),
    )


def _pairs(
    plan: Plan, left: Rows, right: Rows, distances: Tensor
) -> tuple[Tensor, Rows, Tensor, Rows]:
    """Values and pull of the pairs, each with the left, its shares scaled."""
    assert left.sigma is not None
    pairs = plan.kernel.pairs(distances, left.sigma[..., :, None])
    values, pull, value_factor, pull_factor = pairs
    if plan.contrast:
        values = plan.kernel.at_zero(plan.unit) - value_factor * values
        value_factor, pull_factor = 1.0, -pull_factor
    # A distance below the resolution is 0, and so is its gradient: with a tiny
    # bandwidth, as from a median of many zeros, rounding errors would count.
    pulls = distances > 0
    if left.ids is not None and right.ids is not None:
        same_group = left.ids[:, None] == right.ids[None, :]
        values = values * ops.cast(same_group, values.dtype)
        pulls = ops.logical_and(pulls, same_group)
    pull = ops.where(pulls, pull, 0.0)
    if left.own is not None:
        same_sample = left.first[..., :, None] == right.first[..., None, :]
        factor = ops.where(same_sample, left.own[..., :, None], 1.0)
        if right is left:
            place = indices(ops.shape(left.features)[-2])
            factor = ops.where(place[:, None] == place[None, :], 0.0, factor)
        values, pull = values * factor, pull * factor
    valued = left._replace(shares=value_factor * left.shares)
    shares = 2.0 * left.shares[..., :, None] * pull_factor
    pulled = left._replace(shares=shares[..., 0])
    return values, valued, pull, pulled


def _sums(values: Tensor, rows: Rows, others: Rows) -> Tensor:
    """`sum_j u_i values_ij u_j` for each of the rows."""
    sums = ops.sum(values * others.shares[..., None, :], axis=-1)
    return rows.shares * sums


def _gradient(pull: Tensor, rows: Rows, others: Rows) -> Tensor:
    """`sum_j u_i pull_ij u_j (x_j - x_i)` for each of the rows."""
    shares = others.shares[..., :, None]
    towards = ops.matmul(pull, shares * others.features)
    strength = ops.matmul(pull, shares)
    return rows.shares[..., :, None] * (towards - strength * rows.features)


def _down(values: Tensor) -> Tensor:
    """Sums of columns, two halves at a time.

    Row after row would lose digits, which XLA does whatever steps it is given.
    """
    rows = values.shape[0]
    while rows % 2 == 0:
        rows //= 2
        values = values[:rows] + values[rows:]
    return ops.sum(values, axis=0)

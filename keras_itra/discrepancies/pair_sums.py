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

    def moments(self) -> Tensor:
        """Features times shares: `(..., n, d)`."""
        return self.shares[..., :, None] * self.features

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


def pair_sums(
    plan: Plan,
    left: Rows,
    right: Rows,
    moments: Tensor,
    distances: Tensor,
    itself: Tensor,
) -> tuple[Tensor, Tensor]:
    """Sums over the pairs of each row on the left, and the gradient.

    Args:
        plan: What to do with the pairs.
        left: Rows whose pairs are summed up.
        right: The rows they form pairs with.
        moments: `right.moments()`.
        distances: Between left and right, squared.
        itself: Where each row on the left stands on the right.
    """
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
        place = indices(ops.shape(right.features)[-2])
        factor = ops.where(itself[:, None] == place[None, :], 0.0, factor)
        values, pull = values * factor, pull * factor
    sums = ops.sum(values * right.shares[..., None, :], axis=-1)
    towards = ops.matmul(pull, moments)
    strength = ops.matmul(pull, right.shares[..., :, None])
    gradient = towards - strength * left.features
    factor = (2.0 * left.shares)[..., :, None] * pull_factor
    return value_factor * left.shares * sums, factor * gradient

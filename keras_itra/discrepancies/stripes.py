"""Pairs in tiles, where all of them would not fit into memory.

The rows are put in the order of their groups. A stripe of them meets itself and
those after it, to the last row of its last group: the pairs of two stripes are
visited once, and few pairs of different groups are touched, however uneven the
groups are.
"""

from keras import ops

from keras_itra.discrepancies.bandwidths import sigma_of_many_rows
from keras_itra.discrepancies.groups import Groups
from keras_itra.discrepancies.pair_sums import (
    Plan,
    Rows,
    Visited,
    sums_between,
    sums_within,
)
from keras_itra.indexing import indices, rows_at, slice_rows
from keras_itra.kernels.distances import distances_between, distances_within
from keras_itra.typing import Tensor

#: Rows of a stripe.
STRIPE_ROWS = 512


def in_stripes(plan: Plan, rows: Rows) -> Visited:
    """Visit the pairs, stripe by stripe."""
    groups, size = plan.layout.groups, ops.shape(rows.features)[0]
    if rows.sigma is None:
        sigma = sigma_of_many_rows(
            rows.features, plan.unit, plan.layout, plan.kernel.bandwidth
        )
        rows = rows._replace(sigma=sigma)
    sigma = rows.sigma
    stripes = (size + STRIPE_ROWS - 1) // STRIPE_ROWS
    place = indices(stripes * STRIPE_ROWS)
    index = ops.minimum(place, size - 1)
    if groups is not None:
        index = rows_at(groups.order, index)
    rows = rows.at(index, place < size)

    def add_stripe(
        stripe: Tensor, sums: Tensor, gradient: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        left = _stripe_of(rows, stripe)

        def add_later(
            later: Tensor,
            left_sums: Tensor,
            left_gradient: Tensor,
            sums: Tensor,
            gradient: Tensor,
        ) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
            right = _stripe_of(rows, later)
            distances = distances_between(left.features, right.features)
            of_left, of_right = sums_between(plan, left, right, distances)
            return (
                later + 1,
                left_sums + of_left[0],
                left_gradient + of_left[1],
                _add(sums, later, of_right[0]),
                _add(gradient, later, of_right[1]),
            )

        last = _last_stripe(groups, stripe, stripes)
        _, left_sums, left_gradient, sums, gradient = ops.while_loop(
            lambda later, *_: later <= last,
            add_later,
            (
                stripe + 1,
                *sums_within(plan, left, distances_within(left.features)),
                sums,
                gradient,
            ),
        )
        return (
            stripe + 1,
            _add(sums, stripe, left_sums),
            _add(gradient, stripe, left_gradient),
        )

    _, sums, gradient = ops.while_loop(
        lambda stripe, *_: stripe < stripes,
        add_stripe,
        (
            ops.zeros_like(place[0]),
            ops.zeros_like(rows.shares),
            ops.zeros_like(rows.features),
        ),
    )
    if groups is None:
        return Visited(sums[:size], gradient[:size], sigma)
    place = rows_at(groups.starts, groups.ids) + groups.rank
    return Visited(rows_at(sums, place), rows_at(gradient, place), sigma)


def _stripe_of(rows: Rows, stripe: Tensor) -> Rows:
    return rows.slice(stripe * STRIPE_ROWS, STRIPE_ROWS)


def _add(total: Tensor, stripe: Tensor, more: Tensor) -> Tensor:
    """Add to the rows of a stripe."""
    start = stripe * STRIPE_ROWS
    more = more + slice_rows(total, start, STRIPE_ROWS)
    place = start + indices(STRIPE_ROWS)
    return ops.scatter_update(total, place[:, None], more)


def _last_stripe(
    groups: Groups | None, stripe: Tensor, stripes: Tensor
) -> Tensor:
    """The last stripe that holds rows of the groups of this one."""
    if groups is None:
        return ops.zeros_like(stripe) + stripes - 1
    ordered = ops.minimum((stripe + 1) * STRIPE_ROWS, groups.size) - 1
    group = rows_at(groups.ids, rows_at(groups.order, ordered))
    last = rows_at(groups.starts + groups.counts, group) - 1
    return last // STRIPE_ROWS

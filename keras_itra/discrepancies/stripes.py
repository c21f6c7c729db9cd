"""Pairs in stripes of rows, where all of them would not fit into memory."""

from typing import Any

from keras import ops

from keras_itra.discrepancies.bandwidths import sigma_of_many_rows
from keras_itra.discrepancies.groups import Groups, places_of
from keras_itra.discrepancies.pair_sums import Plan, Rows, Visited, pair_sums
from keras_itra.indexing import indices, rows_at
from keras_itra.kernels.distances import distances_between
from keras_itra.typing import Tensor

#: Rows of a stripe.
STRIPE_ROWS = 256


def in_stripes(plan: Plan, rows: Rows) -> Visited:
    """Stripes of all rows: of the pairs that do not count, too."""
    rows, size = _with_sigma(plan, rows), ops.shape(rows.features)[0]
    moments = rows.moments()

    def of_stripe(stripe: Tensor) -> tuple[Tensor, Tensor]:
        return _pairs_of_stripe(plan, rows, moments, stripe)

    sums, gradient = ops.map(of_stripe, indices(_stripes(size)))
    width = rows.features.shape[1]
    return Visited(
        ops.reshape(sums, (-1,))[:size],
        ops.reshape(gradient, (-1, width))[:size],
        rows.sigma,
    )


def in_stripes_of_classes(
    plan: Plan, rows: Rows, groups: Groups, number: int
) -> Visited:
    """Stripes of one class after the other: of its own pairs only."""
    rows = _with_sigma(plan, rows)
    places = places_of(groups.size, number)
    blocks = groups.blocks(number, places)
    number, stripes = blocks.index.shape[0], _stripes(places)

    def of_stripe(count: Tensor) -> tuple[Tensor, Tensor]:
        block, stripe = count // stripes, count % stripes
        index = rows_at(blocks.index, block)
        inside = rows_at(blocks.inside, block)
        members = rows._replace(ids=None).at(index, inside)
        return _pairs_of_stripe(plan, members, members.moments(), stripe)

    sums, gradient = ops.map(of_stripe, indices(number * stripes))
    width = rows.features.shape[1]
    in_places = (number, stripes * STRIPE_ROWS)
    return Visited(
        blocks.back(ops.reshape(sums, in_places)[:, :places]),
        blocks.back(ops.reshape(gradient, (*in_places, width))[:, :places]),
        rows.sigma,
    )


def _stripes(size: Any) -> Any:
    return (size + STRIPE_ROWS - 1) // STRIPE_ROWS


def _with_sigma(plan: Plan, rows: Rows) -> Rows:
    if rows.sigma is not None:
        return rows
    sigma = sigma_of_many_rows(
        rows.features, plan.unit, plan.layout, plan.kernel.bandwidth
    )
    return rows._replace(sigma=sigma)


def _pairs_of_stripe(
    plan: Plan, rows: Rows, moments: Tensor, stripe: Tensor
) -> tuple[Tensor, Tensor]:
    """`pair_sums` between some of the rows and all of them."""
    number, size = indices(STRIPE_ROWS), ops.shape(rows.features)[0]
    index = stripe * STRIPE_ROWS + number
    itself = ops.minimum(index, size - 1)
    left = rows.at(itself, index < size)
    distances = distances_between(left.features, rows.features)
    # A mask of all pairs takes longer.
    distances = ops.scatter_update(
        distances,
        ops.stack([number, itself], axis=1),
        ops.zeros((STRIPE_ROWS,), dtype=distances.dtype),
    )
    return pair_sums(plan, left, rows, moments, distances, itself)

"""Pairs in tiles, where all of them would not fit into memory.

The rows are put in the order of their groups. A stripe of them meets the tiles
from the first row of its first group to the last row of its last one: few pairs
of different groups are touched, however uneven the groups are.
"""

from keras import ops

from keras_itra.discrepancies.bandwidths import sigma_of_many_rows
from keras_itra.discrepancies.groups import Groups
from keras_itra.discrepancies.pair_sums import Plan, Rows, Visited, pair_sums
from keras_itra.indexing import indices, rows_at, slice_rows
from keras_itra.kernels.distances import distances_between
from keras_itra.typing import Tensor

#: Rows of a stripe.
STRIPE_ROWS = 512
#: Rows of a tile, with which a stripe is compared at once.
TILE_ROWS = 1024


def in_stripes(plan: Plan, rows: Rows) -> Visited:
    """Visit the pairs, stripe after stripe and tile after tile."""
    groups, size = plan.layout.groups, ops.shape(rows.features)[0]
    if rows.sigma is None:
        sigma = sigma_of_many_rows(
            rows.features, plan.unit, plan.layout, plan.kernel.bandwidth
        )
        rows = rows._replace(sigma=sigma)
    sigma = rows.sigma
    tiles = (size + TILE_ROWS - 1) // TILE_ROWS
    place = indices(tiles * TILE_ROWS)
    index = ops.minimum(place, size - 1)
    if groups is not None:
        index = rows_at(groups.order, index)
    rows = rows.at(index, place < size)
    moments = rows.moments()

    def of_stripe(stripe: Tensor) -> tuple[Tensor, Tensor]:
        start = stripe * STRIPE_ROWS
        left = rows.slice(start, STRIPE_ROWS)

        def add_tile(
            tile: Tensor, sums: Tensor, gradient: Tensor
        ) -> tuple[Tensor, Tensor, Tensor]:
            first = tile * TILE_ROWS
            more = _pairs_of_tile(
                plan,
                left,
                rows.slice(first, TILE_ROWS),
                slice_rows(moments, first, TILE_ROWS),
                start - first + indices(STRIPE_ROWS),
            )
            return tile + 1, sums + more[0], gradient + more[1]

        first, last = _first_and_last_tile(groups, start, tiles)
        none = (ops.zeros_like(left.shares), ops.zeros_like(left.features))
        _, sums, gradient = ops.while_loop(
            lambda tile, *_: tile <= last, add_tile, (first, *none)
        )
        return sums, gradient

    stripes = (size + STRIPE_ROWS - 1) // STRIPE_ROWS
    sums, gradient = ops.map(of_stripe, indices(stripes))
    sums = ops.reshape(sums, (-1,))
    gradient = ops.reshape(gradient, (-1, rows.features.shape[1]))
    if groups is None:
        return Visited(sums[:size], gradient[:size], sigma)
    place = rows_at(groups.starts, groups.ids) + groups.rank
    return Visited(rows_at(sums, place), rows_at(gradient, place), sigma)


def _first_and_last_tile(
    groups: Groups | None, start: Tensor, tiles: Tensor
) -> tuple[Tensor, Tensor]:
    """The tiles that hold rows of the groups of a stripe."""
    if groups is None:
        return ops.zeros_like(start), ops.zeros_like(start) + tiles - 1
    ordered = ops.minimum(
        ops.stack([start, start + STRIPE_ROWS - 1]), groups.size - 1
    )
    group = rows_at(groups.ids, rows_at(groups.order, ordered))
    first = rows_at(groups.starts, group[0])
    last = rows_at(groups.starts + groups.counts, group[1]) - 1
    return first // TILE_ROWS, last // TILE_ROWS


def _pairs_of_tile(
    plan: Plan, left: Rows, right: Rows, moments: Tensor, itself: Tensor
) -> tuple[Tensor, Tensor]:
    """`pair_sums`; `itself` says where the rows would stand in the tile."""
    distances = distances_between(left.features, right.features)
    # At one place in each row, for a mask of all pairs takes longer: a row of
    # the stripe that does not stand in the tile keeps what is there.
    row, column = indices(STRIPE_ROWS), ops.clip(itself, 0, TILE_ROWS - 1)
    kept = rows_at(ops.reshape(distances, (-1,)), row * TILE_ROWS + column)
    distances = ops.scatter_update(
        distances,
        ops.stack([row, column], axis=1),
        ops.where(itself == column, 0.0, kept),
    )
    return pair_sums(plan, left, right, moments, distances, itself)

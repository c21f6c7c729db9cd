"""Bandwidths of groups of rows."""

from keras import ops

from keras_itra.discrepancies.groups import (
    Groups,
    Layout,
    first_of,
    no_more,
    places_of,
)
from keras_itra.indexing import indices, rows_at
from keras_itra.kernels.bandwidth import Bandwidth
from keras_itra.kernels.distances import SquaredDistances, distances_within
from keras_itra.kernels.order_statistics import each_pair_once
from keras_itra.typing import Tensor

#: Rows of a class, or of all where the number of classes is not known, that
#: bandwidths are estimated from where there are more than can be compared.
BANDWIDTH_ROWS = 512


def sigma_of_all(
    rows: Tensor, unit: Tensor, keep: Tensor, rule: Bandwidth
) -> Tensor:
    """One bandwidth for all rows, from the first of them.

    Args:
        rows: `(n, d)` in units of `unit`.
        unit: Scalar.
        keep: `(n,)` booleans: rows that take part.
        rule: How to find it.

    Returns:
        `(n,)`, equal entries, in units of `unit**2`.
    """
    some = first_of(keep, rule.max_rows)
    kept = rows_at(keep, some)
    rows = rows_at(rows, some)
    distances = SquaredDistances(distances_within(rows), unit)
    if rule.has_block_statistic:
        count = ops.sum(ops.cast(kept, "int32"))
        place = indices(ops.shape(some)[0])
        sigma = sigma_of_blocks(place[None], count[None], distances, rule)
    else:
        both = ops.logical_and(kept[:, None], kept[None, :])
        sigma = rule(distances, ops.cast(both, rows.dtype))[:1, 0]
    return ops.broadcast_to(sigma, ops.shape(keep))


def sigma_of_blocks(
    index: Tensor, counts: Tensor, distances: SquaredDistances, rule: Bandwidth
) -> Tensor:
    """One bandwidth for each block of rows.

    Args:
        index: `(blocks, places)`: the row at each place.
        counts: `(blocks,)`: rows of each block, which come first.
        distances: `(n, n)`: of all rows; or `(blocks, places, places)`.
        rule: How to find it; it has a block statistic.

    Returns:
        `(blocks,)`: from the first rows of each.
    """
    values = distances.values
    number, places = ops.shape(index)
    limit = no_more(places, rule.max_rows)
    counts = ops.minimum(counts, limit)
    row, column, once = each_pair_once(limit)
    last = ops.where(once, ops.maximum(row, column), limit)
    counted = ops.cast(last[None] < counts[:, None, None], values.dtype)
    first = places * indices(number)[:, None, None]
    row, column = first + row, first + column
    if len(values.shape) == 2:
        index = ops.reshape(index, (-1,))
        pair = ops.shape(values)[0] * rows_at(index, row)
        pair = pair + rows_at(index, column)
    else:
        pair = places * row + column - first
    entries = counted * rows_at(ops.reshape(values, (-1,)), pair)
    entries = ops.reshape(entries, (number, -1))
    return rule.of_blocks(SquaredDistances(entries, distances.unit), counts)


def sigma_of_groups(
    groups: Groups, distances: SquaredDistances, some: Tensor, rule: Bandwidth
) -> Tensor:
    """One bandwidth for each group, from all pairs of some of its rows.

    Args:
        groups: The groups of n rows.
        distances: `(m, m)`: of some rows.
        some: `(m,)`: which rows these are.
        rule: How to find it.

    Returns:
        `(n,)`: the bandwidth of each row's group. Groups of which no two
        rows are among them share the mean of the others.
    """
    ids, kept = rows_at(groups.ids, some), rows_at(groups.kept, some)
    both = ops.logical_and(kept[:, None], kept[None, :])
    both = ops.logical_and(both, ids[:, None] == ids[None, :])
    group = ops.cast(both, distances.values.dtype)
    sigma = rule(distances, group)[:, 0]
    paired = ops.sum(group, axis=1) > 1
    sigma = ops.where(paired, sigma, 0.0)
    sigma = ops.segment_max(sigma, ids, num_segments=groups.bound)
    # Of no rows it is below 0, and -inf under JAX.
    found = sigma > 0
    total = ops.sum(ops.where(found, sigma, 0.0))
    mean = ops.divide_no_nan(total, ops.sum(ops.cast(found, sigma.dtype)))
    sigma = ops.where(found, sigma, ops.where(mean > 0, mean, 1.0))
    return rows_at(sigma, groups.ids)


def sigma_of_many_rows(
    rows: Tensor, unit: Tensor, layout: Layout, rule: Bandwidth
) -> Tensor:
    """One bandwidth for each group of more rows than can all be compared.

    Where the number of classes is known, from the first rows of each: half
    as many again as an even share, and no more than `BANDWIDTH_ROWS`. Else
    from `BANDWIDTH_ROWS` rows in all.

    Args:
        rows: `(n, d)` in units of `unit`.
        unit: Scalar.
        layout: Says which rows form groups.
        rule: How to find it.

    Returns:
        `(n,)`.
    """
    groups, number = layout.groups, layout.num_classes
    assert groups is not None
    if number is None or not rule.has_block_statistic:
        some = groups.first_rows(BANDWIDTH_ROWS)
        distances = distances_within(rows_at(rows, some))
        return sigma_of_groups(
            groups, SquaredDistances(distances, unit), some, rule
        )
    limit = min(BANDWIDTH_ROWS, rule.max_rows)
    blocks = groups.blocks(number, places_of(groups.size, number, limit))
    distances = distances_within(rows_at(rows, blocks.index))
    distances = SquaredDistances(distances, unit)
    sigma = sigma_of_blocks(blocks.index, blocks.counts, distances, rule)
    return rows_at(sigma, ops.minimum(groups.ids, number - 1))

"""Bandwidths of groups of rows."""

from typing import Any

from keras import ops

from keras_itra.discrepancies.groups import (
    Blocks,
    Groups,
    Layout,
    first_of,
    places_of,
)
from keras_itra.indexing import rows_at
from keras_itra.kernels.bandwidth import Bandwidth
from keras_itra.kernels.distances import SquaredDistances, distances_within
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
    distances = distances_within(rows_at(rows, some))
    both = ops.logical_and(kept[:, None], kept[None, :])
    if rule.has_block_statistic:
        inside = SquaredDistances(ops.where(both, distances, 0.0)[None], unit)
        count = ops.sum(ops.cast(kept, "int32"))
        sigma = rule.of_blocks(inside, count[None])
    else:
        group = ops.cast(both, distances.dtype)
        sigma = rule(SquaredDistances(distances, unit), group)[:1, 0]
    return ops.broadcast_to(sigma, ops.shape(keep))


def sigma_of_blocks(
    blocks: Blocks, distances: Tensor, unit: Tensor, rule: Bandwidth
) -> Tensor:
    """One bandwidth for each block of rows.

    Args:
        blocks: The blocks.
        distances: `(blocks, places, places)`.
        unit: Scalar.
        rule: How to find it; it has a block statistic.

    Returns:
        `(blocks,)`: from the first rows of each.
    """
    inside, counts = blocks.inside, blocks.counts
    places, limit = ops.shape(inside)[1], rule.max_rows
    if not isinstance(places, int) or places > limit:
        distances, inside = distances[:, :limit, :limit], inside[:, :limit]
        counts = ops.minimum(counts, limit)
    inside = ops.cast(inside, distances.dtype)
    both = inside[:, :, None] * inside[:, None, :]
    return rule.of_blocks(SquaredDistances(both * distances, unit), counts)


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
    size: Any = groups.size
    ids, kept = rows_at(groups.ids, some), rows_at(groups.kept, some)
    both = ops.logical_and(kept[:, None], kept[None, :])
    both = ops.logical_and(both, ids[:, None] == ids[None, :])
    group = ops.cast(both, distances.values.dtype)
    sigma = rule(distances, group)[:, 0]
    paired = ops.sum(group, axis=1) > 1
    sigma = ops.where(paired, sigma, 0.0)
    sigma = ops.segment_max(sigma, ids, num_segments=size)
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
    sigma = sigma_of_blocks(blocks, distances, unit, rule)
    return rows_at(sigma, ops.minimum(groups.ids, number - 1))

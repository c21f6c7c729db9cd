"""Bandwidths of groups of rows."""

from typing import Any

from keras import ops

from keras_itra.discrepancies.groups import Groups
from keras_itra.kernels.bandwidth import Bandwidth
from keras_itra.kernels.distances import SquaredDistances, distances_between
from keras_itra.typing import Tensor


def sigma_of_all(
    rows: Tensor, unit: Tensor, groups: Groups, rule: Bandwidth
) -> Tensor:
    """One bandwidth for all rows, from the first of them.

    Args:
        rows: `(n, d)` in units of `unit`.
        unit: Scalar.
        groups: Says which rows take part.
        rule: How to find it.

    Returns:
        `(n,)`, equal entries, in units of `unit**2`.
    """
    size = ops.shape(rows)[0]
    some = groups.first_kept(rule.max_rows)
    kept = ops.take(groups.kept, some)
    rows = ops.take(rows, some, axis=0)
    distances = distances_between(rows, rows, some[:, None] == some[None, :])
    both = ops.logical_and(kept[:, None], kept[None, :])
    if rule.has_block_statistic:
        inside = SquaredDistances(ops.where(both, distances, 0.0)[None], unit)
        count = ops.sum(ops.cast(kept, "int32"))
        sigma = rule.of_blocks(inside, count[None])
    else:
        group = ops.cast(both, distances.dtype)
        sigma = rule(SquaredDistances(distances, unit), group)[:1, 0]
    return ops.broadcast_to(sigma, (size,))


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
        `(n,)`: the bandwidth of each row's group; 1 for rows that take no
        part.
    """
    size: Any = ops.shape(groups.ids)[0]
    ids, kept = ops.take(groups.ids, some), ops.take(groups.kept, some)
    both = ops.logical_and(kept[:, None], kept[None, :])
    both = ops.logical_and(both, ids[:, None] == ids[None, :])
    sigma = rule(distances, ops.cast(both, distances.values.dtype))[:, 0]
    sigma = ops.where(kept, sigma, 0.0)
    sigma = ops.segment_max(sigma, ids, num_segments=size)
    sigma = ops.take(sigma, groups.ids)
    return ops.where(sigma > 0, sigma, 1.0)

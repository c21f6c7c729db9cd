"""Means and exact medians inside groups of rows, without sorting.

Sorting all pairs of a mini-batch costs more than the discrepancy itself and
compiles badly under XLA. A bisection on the value needs only comparisons and
sums, and yields the medians of all groups at once.
"""

from collections.abc import Callable
from typing import Any

from keras import ops

from keras_itra.indexing import indices, rows_at
from keras_itra.typing import Tensor

# Halvings of the interval [0, largest distance] before the final snap to an
# entry: exact unless two entries differ by less than 2**-32 of the largest.
_HALVINGS = 32
# Entries of a block up to which sorting takes no longer.
_SORTED = 1024


def group_mean(values: Tensor, pairs: Tensor, members: Tensor) -> Tensor:
    """Mean of the entries of each row's group.

    Args:
        values: `(n, n)`.
        pairs: `(n, n)` of 0 and 1: the entries that count.
        members: `(n, n)` of 0 and 1: the rows whose entries row `i` sums.

    Returns:
        `(n,)`; 0 where a group has no entry.
    """
    total = ops.matmul(members, ops.sum(values * pairs, axis=1))
    return ops.divide_no_nan(total, _count(pairs, members))


def group_median(values: Tensor, pairs: Tensor, members: Tensor) -> Tensor:
    """Median of the entries of each row's group, middle values averaged.

    Args:
        values: `(n, n)`, non-negative.
        pairs: `(n, n)` of 0 and 1: the entries that count.
        members: `(n, n)` of 0 and 1: the rows whose entries row `i` ranks.

    Returns:
        `(n,)`; 0 where a group has no entry.
    """
    infinity = ops.convert_to_tensor(float("inf"), dtype=values.dtype)
    entries = ops.where(pairs > 0, values, infinity)

    def count_up_to(bound: Tensor) -> Tensor:
        below = ops.cast(entries <= bound[:, None], values.dtype)
        return ops.matmul(members, ops.sum(below, axis=1))

    def smallest_above(bound: Tensor) -> Tensor:
        above = ops.where(entries > bound[:, None], entries, infinity)
        smallest = ops.min(above, axis=1)
        smallest = ops.where(members > 0, smallest[None, :], infinity)
        return ops.min(smallest, axis=1)

    total = _count(pairs, members)
    largest = ops.max(values * pairs, axis=1)
    largest = ops.max(members * largest[None, :], axis=1)
    lower, upper = _entries_of_rank(
        ops.floor((total + 1.0) / 2.0),
        ops.floor(total / 2.0) + 1.0,
        largest,
        count_up_to,
        smallest_above,
    )
    # A group without entries has lower = upper = infinity or 0.
    return ops.where(total > 0, 0.5 * (lower + upper), 0.0)


def _entries_of_rank(
    lower_rank: Tensor,
    upper_rank: Tensor,
    largest: Tensor,
    count_up_to: Callable[[Tensor], Tensor],
    smallest_above: Callable[[Tensor], Tensor],
) -> tuple[Tensor, Tensor]:
    """Two neighbouring entries of each group in ascending order.

    Args:
        lower_rank: Rank of the first; the smallest entry has rank 1.
        upper_rank: Rank of the second: the same or one more.
        largest: Largest entry of each group; none is negative.
        count_up_to: Counts each group's entries up to a bound.
        smallest_above: Finds each group's smallest entry above a bound.
    """
    zero = ops.zeros_like(largest)

    def halve(
        _: Tensor, bounds: tuple[Tensor, Tensor]
    ) -> tuple[Tensor, Tensor]:
        low, high = bounds
        middle = 0.5 * (low + high)
        enough = count_up_to(middle) >= lower_rank
        return ops.where(enough, low, middle), ops.where(enough, middle, high)

    low, _ = ops.fori_loop(0, _HALVINGS, halve, (zero, largest))
    lower = ops.where(
        count_up_to(zero) >= lower_rank, zero, smallest_above(low)
    )
    # A distance and its mirror image may differ by less than was halved.
    lower = ops.where(
        count_up_to(lower) >= lower_rank, lower, smallest_above(lower)
    )
    upper = ops.where(
        count_up_to(lower) >= upper_rank, lower, smallest_above(lower)
    )
    return lower, upper


def block_mean(values: Tensor, counts: Tensor, diagonal: bool) -> Tensor:
    """Mean of the entries of symmetric matrices with zeros on the diagonal.

    Args:
        values: `(blocks, p, p)`; zero outside of the first `counts` rows.
        counts: `(blocks,)` floats: rows that count.
        diagonal: Whether the diagonal counts.

    Returns:
        `(blocks,)`; 0 where a block has no entry.
    """
    entries = counts * (counts if diagonal else counts - 1.0)
    return ops.divide_no_nan(ops.sum(values, axis=(1, 2)), entries)


def block_median(values: Tensor, counts: Tensor, diagonal: bool) -> Tensor:
    """Median of such entries, middle values averaged.

    Every distance stands in the matrix twice, and is looked at once.

    Args:
        values: `(blocks, p, p)`.
        counts: `(blocks,)` floats.
        diagonal: Whether the diagonal counts.

    Returns:
        `(blocks,)`; 0 where a block has no entry.
    """
    blocks, size = ops.shape(values)[0], ops.shape(values)[1]
    # Pairs (i, i + offset), around the corner, for offsets up to p / 2.
    row = indices(size)[:, None]
    offset = 1 + indices((size + 1) // 2)[None, :]
    column = (row + offset) % size
    twice = ops.logical_or(
        2 * offset > size, ops.logical_and(2 * offset == size, row >= offset)
    )
    inside = ops.cast(ops.maximum(row, column), counts.dtype)
    inside = inside[None] < counts[:, None, None]
    first = size * size * indices(blocks)[:, None]
    pairs = ops.reshape(row * size + column, (1, -1))
    entries = rows_at(ops.reshape(values, (-1,)), first + pairs)
    counted = ops.logical_and(inside, ops.logical_not(twice)[None])
    counted = ops.reshape(counted, ops.shape(entries))
    infinity = ops.convert_to_tensor(float("inf"), dtype=values.dtype)
    entries = ops.where(counted, entries, infinity)
    zeros = counts if diagonal else ops.zeros_like(counts)
    total = zeros + counts * (counts - 1.0)
    # In the order of all entries: first the diagonal, then all others twice.
    lower = ops.floor((ops.floor((total - 1.0) / 2.0) - zeros) / 2.0)
    upper = ops.floor((ops.floor(total / 2.0) - zeros) / 2.0)
    place = ops.stack([lower, upper], axis=1)
    number = ops.shape(entries)[1]
    if _are_many(number):
        found = _by_bisection(entries, lower, upper)
    else:
        index = ops.clip(ops.cast(place, "int32"), 0, number - 1)
        index = index + number * indices(blocks)[:, None]
        found = ops.sort(entries, axis=1)
        found = rows_at(ops.reshape(found, (-1,)), index)
    found = ops.where(place >= 0, found, 0.0)
    median = ops.mean(found, axis=1)
    return ops.where(total > 0, median, 0.0)


def _are_many(number: Any) -> bool:
    return isinstance(number, int) and number > _SORTED


def _by_bisection(entries: Tensor, lower: Tensor, upper: Tensor) -> Tensor:
    """`(blocks, 2)`: the entries at two places of each row of `entries`."""
    infinity = ops.convert_to_tensor(float("inf"), dtype=entries.dtype)

    def count_up_to(bound: Tensor) -> Tensor:
        below = ops.cast(entries <= bound[:, None], entries.dtype)
        return ops.sum(below, axis=1)

    def smallest_above(bound: Tensor) -> Tensor:
        above = ops.where(entries > bound[:, None], entries, infinity)
        return ops.min(above, axis=1)

    largest = ops.max(ops.where(entries < infinity, entries, 0.0), axis=1)
    found = _entries_of_rank(
        lower + 1.0, upper + 1.0, largest, count_up_to, smallest_above
    )
    return ops.stack(found, axis=1)


def _count(pairs: Tensor, members: Tensor) -> Tensor:
    return ops.matmul(members, ops.sum(pairs, axis=1))

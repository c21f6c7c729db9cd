"""Means and exact medians inside groups of rows.

Sorting all pairs of a mini-batch costs more than the discrepancy itself and
compiles badly under XLA. A bisection on the value needs only comparisons and
sums, and yields the medians of all groups at once. Where the backend can
select an entry, that takes less time than either. Every distance stands in a
matrix twice, and is looked at once.
"""

from collections.abc import Callable
from typing import Any

from keras import ops

from keras_itra.indexing import indices, rows_at
from keras_itra.kernels import selection
from keras_itra.typing import Tensor

# Most halvings of the interval [0, largest distance] before the final snap to
# an entry: exact unless two entries differ by less than 2**-32 of the largest.
# Half as many are enough where entries are not equal.
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
    count = ops.matmul(members, ops.sum(pairs, axis=1))
    return ops.divide_no_nan(total, count)


def group_median(values: Tensor, pairs: Tensor, members: Tensor) -> Tensor:
    """Median of the entries of each row's group, middle values averaged.

    Args:
        values: `(n, n)`, non-negative and symmetric, with a diagonal of 0.
        pairs: `(n, n)` of 0 and 1, symmetric: the entries that count.
        members: `(n, n)` of 0 and 1: the rows whose entries row `i` ranks,
            the same for all rows of a group.

    Returns:
        `(n,)`; 0 where a group has no entry.
    """
    size = ops.shape(values)[0]
    row, column, once = each_pair_once(size)
    index = row * size + column
    counted = rows_at(ops.reshape(pairs, (-1,)), index) > 0
    counted = ops.logical_and(counted, once)
    entries = rows_at(ops.reshape(values, (-1,)), index)
    entries = ops.where(counted, entries, _infinity(values))
    # A group goes by the number of its first row.
    group = ops.cast(ops.argmax(members, axis=1), "int32")

    def total(summands: Tensor) -> Tensor:
        sums = ops.segment_sum(summands, group, num_segments=size)
        return rows_at(sums, group)

    def smallest(candidates: Tensor) -> Tensor:
        least = ops.segment_max(-candidates, group, num_segments=size)
        return -rows_at(least, group)

    zeros = total(ops.diagonal(pairs))
    others = total(ops.sum(ops.cast(counted, values.dtype), axis=1))
    lower, upper = _middle(zeros, others)
    low, high = _by_bisection(entries, lower, upper, total, smallest)
    low = ops.where(lower >= 0, low, 0.0)
    high = ops.where(upper >= 0, high, 0.0)
    return ops.where(zeros + others > 0, 0.5 * (low + high), 0.0)


def block_mean(entries: Tensor, counts: Tensor, diagonal: bool) -> Tensor:
    """Mean of the entries of symmetric matrices with zeros on the diagonal.

    Args:
        entries: `(blocks, e)`: those above the diagonal, each once; zeros
            otherwise.
        counts: `(blocks,)` floats: rows of each matrix.
        diagonal: Whether the diagonal counts.

    Returns:
        `(blocks,)`; 0 where a block has no entry.
    """
    number = counts * (counts if diagonal else counts - 1.0)
    return ops.divide_no_nan(2.0 * ops.sum(entries, axis=1), number)


def block_median(entries: Tensor, counts: Tensor, diagonal: bool) -> Tensor:
    """Median of such entries, middle values averaged.

    Args:
        entries: `(blocks, e)`, with more zeros than it takes: e is at least
            half of the square of any of the counts.
        counts: `(blocks,)` floats.
        diagonal: Whether the diagonal counts.

    Returns:
        `(blocks,)`; 0 where a block has no entry.
    """
    zeros = counts if diagonal else ops.zeros_like(counts)
    others = 0.5 * counts * (counts - 1.0)
    number = ops.shape(entries)[1]
    number_of_all = ops.cast(number, counts.dtype)
    # Behind the zeros that are no entries, or among them for a median of 0.
    lower, upper = (
        ops.minimum(number_of_all - others + place, number_of_all - 1.0)
        for place in _middle(zeros, others)
    )
    if selection.is_at_hand():
        low, high = _by_selection(entries, lower, upper)
    elif _are_many(number):
        low, high = _by_bisection(entries, lower, upper, _itself, _itself)
    else:
        low, high = _by_sorting(entries, lower, upper)
    return 0.5 * (low + high)


def each_pair_once(size: Any) -> tuple[Tensor, Tensor, Tensor]:
    """Rows, columns, and whether they are a pair that was not there before.

    Pairs (i, i + offset), around the corner, for offsets up to n / 2.

    Args:
        size: Number of rows n.

    Returns:
        `(n, 1)`, `(n, e)` and booleans `(n, e)`, where n e is at least half
        of the square of n.
    """
    row = indices(size)[:, None]
    offset = 1 + indices((size + 1) // 2)[None, :]
    twice = ops.logical_or(
        2 * offset > size, ops.logical_and(2 * offset == size, row >= offset)
    )
    return row, (row + offset) % size, ops.logical_not(twice)


def _middle(zeros: Tensor, others: Tensor) -> tuple[Tensor, Tensor]:
    """Places, counted from 0, of the two entries in the middle.

    Of all entries in their order: first the zeros, then all others twice.

    Args:
        zeros: Number of zeros, a float.
        others: Number of other entries, each counted once.

    Returns:
        Their places among the others; below 0 for a zero.
    """
    # Place p of all is (p - zeros) / 2 of the others.
    middle = 2.0 * others - zeros
    return ops.floor(0.25 * (middle - 1.0)), ops.floor(0.25 * middle)


def _by_selection(
    entries: Tensor, lower: Tensor, upper: Tensor
) -> tuple[Tensor, Tensor]:
    """The entries at two places in the upper half of each row of `entries`.

    Args:
        entries: `(n, e)`, not negative.
        lower: `(n,)`: at least `e - 1 - e // 2`, for want of more padding.
        upper: The same or one more.
    """
    infinity, number = _infinity(entries), ops.shape(entries)[1]
    # More zeros move what is looked for to one place for all rows.
    more = ops.cast(number - 1, lower.dtype) - lower
    padding = ops.cast(indices(number // 2), lower.dtype)
    padding = ops.where(padding < more[:, None], 0.0, infinity)
    padded = ops.concatenate([entries, padding], axis=1)
    first = selection.smallest(padded, number - 1)
    up_to_first = ops.cast(entries <= first[:, None], lower.dtype)
    above = ops.where(entries > first[:, None], entries, infinity)
    is_next = ops.sum(up_to_first, axis=1) <= upper
    return first, ops.where(is_next, ops.min(above, axis=1), first)


def _by_sorting(
    entries: Tensor, lower: Tensor, upper: Tensor
) -> tuple[Tensor, Tensor]:
    """The entries at two places of each row of `entries`."""
    blocks, number = ops.shape(entries)[0], ops.shape(entries)[1]
    index = ops.cast(ops.stack([lower, upper], axis=1), "int32")
    index = index + number * indices(blocks)[:, None]
    found = ops.reshape(ops.sort(entries, axis=1), (-1,))
    found = rows_at(found, index)
    return found[:, 0], found[:, 1]


def _by_bisection(
    entries: Tensor,
    lower: Tensor,
    upper: Tensor,
    total: Callable[[Tensor], Tensor],
    smallest: Callable[[Tensor], Tensor],
) -> tuple[Tensor, Tensor]:
    """The entries at two places of each group of rows of `entries`.

    Args:
        entries: `(n, e)`, not negative; infinite where there is none.
        lower: `(n,)`: place in the group of the row, the smallest entry's
            is 0.
        upper: The same or one more.
        total: Sums `(n,)` over the rows of a group: `(n,)`.
        smallest: Likewise, the smallest of them.
    """
    infinity = _infinity(entries)

    def count_up_to(bound: Tensor) -> Tensor:
        below = ops.cast(entries <= bound[:, None], entries.dtype)
        return total(ops.sum(below, axis=1))

    def smallest_above(bound: Tensor) -> Tensor:
        above = ops.where(entries > bound[:, None], entries, infinity)
        return smallest(ops.min(above, axis=1))

    def is_far(low: Tensor, high: Tensor, below: Tensor) -> Tensor:
        # Two entries are found by two snaps.
        return ops.any(below < lower - 1.0)

    def halve(
        low: Tensor, high: Tensor, below: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        middle = 0.5 * (low + high)
        count = count_up_to(middle)
        enough = count > lower
        return (
            ops.where(enough, low, middle),
            ops.where(enough, middle, high),
            ops.where(enough, below, count),
        )

    largest = ops.max(ops.where(entries < infinity, entries, 0.0), axis=1)
    largest = -smallest(-largest)
    zero = ops.zeros_like(largest)
    zeros = count_up_to(zero)
    low, _, _ = ops.while_loop(
        is_far, halve, (zero, largest, zeros), maximum_iterations=_HALVINGS
    )
    first = ops.where(zeros > lower, zero, smallest_above(low))
    first = ops.where(count_up_to(first) > lower, first, smallest_above(first))
    second = ops.where(count_up_to(first) > upper, first, smallest_above(first))
    return first, second


def _itself(values: Tensor) -> Tensor:
    return values


def _infinity(like: Tensor) -> Tensor:
    return ops.convert_to_tensor(float("inf"), dtype=like.dtype)


def _are_many(number: Any) -> bool:
    return isinstance(number, int) and number > _SORTED

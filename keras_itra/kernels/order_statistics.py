"""Means and exact medians inside groups of rows, without sorting.

Sorting all pairs of a mini-batch costs more than the discrepancy itself and
compiles badly under XLA. A bisection on the value needs only comparisons and
sums, and yields the medians of all groups at once.
"""

from keras import ops

from keras_itra.typing import Tensor

# Halvings of the interval [0, largest distance] before the final snap to an
# entry: exact unless two entries differ by less than 2**-32 of the largest.
_HALVINGS = 32


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
    lower_rank = ops.floor((total + 1.0) / 2.0)
    upper_rank = ops.floor(total / 2.0) + 1.0
    largest = ops.max(values * pairs, axis=1)
    largest = ops.max(members * largest[None, :], axis=1)
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
    upper = ops.where(
        count_up_to(lower) >= upper_rank, lower, smallest_above(lower)
    )
    # A group without entries has lower = upper = infinity or 0.
    return ops.where(total > 0, 0.5 * (lower + upper), zero)


def _count(pairs: Tensor, members: Tensor) -> Tensor:
    return ops.matmul(members, ops.sum(pairs, axis=1))

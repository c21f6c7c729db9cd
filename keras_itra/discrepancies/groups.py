"""Groups of rows, such as classes, and where their rows stand."""

from typing import Any, NamedTuple

from keras import ops

from keras_itra.typing import Tensor

_SMALLEST = -(2**31) + 1


class Blocks(NamedTuple):
    """The rows of groups, arranged as a matrix of blocks by places.

    Attributes:
        index: `(blocks, places)`: the row at each place.
        inside: `(blocks, places)` booleans: whether there is a row.
        counts: `(blocks,)`: rows of each block.
        slot: `(n,)`: number of each row's place.
        kept: `(n,)` booleans: rows that have a place.
    """

    index: Tensor
    inside: Tensor
    counts: Tensor
    slot: Tensor
    kept: Tensor

    def back(self, values: Tensor) -> Tensor:
        """`(blocks, places, ...)` as `(n, ...)`; 0 for rows without place."""
        flat = ops.reshape(values, (-1, *values.shape[2:]))
        found = ops.take(flat, self.slot, axis=0)
        kept = self.kept if len(found.shape) == 1 else self.kept[:, None]
        return ops.where(kept, found, 0.0)


class Groups(NamedTuple):
    """Rows that belong together, numbered in the order of their label.

    Rows that take no part come last, as a group of their own.

    Attributes:
        ids: `(n,)`: group of each row.
        kept: `(n,)` booleans: rows that take part.
        rank: `(n,)`: number of the row inside its group.
        order: `(n,)`: the rows, group after group.
        starts: `(n,)`: where group k starts in `order`.
        counts: `(n,)`: rows of group k; 0 beyond the last group.
        number: Scalar: groups that take part.
    """

    ids: Tensor
    kept: Tensor
    rank: Tensor
    order: Tensor
    starts: Tensor
    counts: Tensor
    number: Tensor

    @property
    def size(self) -> Any:
        """Number of rows."""
        return ops.shape(self.ids)[0]

    def total(self, values: Tensor) -> Tensor:
        """Sum of `(n, ...)` over the group of each row: `(n, ...)`."""
        sums = ops.segment_sum(values, self.ids, num_segments=self.size)
        return ops.take(sums, self.ids, axis=0)

    def largest(self) -> Tensor:
        """Rows of the largest group that takes part."""
        takes_part = ops.arange(self.size) < self.number
        return ops.max(ops.where(takes_part, self.counts, 0), initial=0)

    def first_kept(self, limit: int) -> Tensor:
        """The first `limit` rows that take part, then others."""
        return ops.argsort(ops.where(self.kept, 0, 1))[:limit]

    def first_rows(self, limit: int) -> Tensor:
        """At most `limit` rows, as many of each group as an even share."""
        share = ops.maximum(limit // ops.maximum(self.number, 1), 1)
        taken = ops.logical_and(self.kept, self.rank < share)
        return ops.argsort(ops.where(taken, 0, 1))[:limit]

    def blocks(self, number: int, places: Any) -> Blocks:
        """The first `places` rows of the first `number` groups."""
        last = self.size - 1
        group = ops.arange(number)
        exists = group < self.number
        group = ops.minimum(group, last)
        counts = ops.where(exists, ops.take(self.counts, group), 0)
        place = ops.arange(places)[None, :]
        inside = place < counts[:, None]
        index = ops.take(self.starts, group)[:, None] + place
        index = ops.take(self.order, ops.minimum(index, last))
        slot = ops.minimum(self.ids * places + self.rank, number * places - 1)
        return Blocks(index, inside, counts, slot, self.kept)


def by_label(labels: Tensor, keep: Tensor) -> Groups:
    """Groups of equal integer labels.

    Args:
        labels: `(n,)` integers.
        keep: Boolean `(n,)`: rows that take part.
    """
    kept_labels = ops.where(keep, labels, _SMALLEST)
    behind = ops.max(kept_labels, initial=_SMALLEST) + 1
    labels = ops.where(keep, labels, behind)
    order = ops.argsort(labels)
    ordered = ops.take(labels, order)
    changes = ops.cast(ordered[1:] != ordered[:-1], "int32")
    size = ops.shape(labels)[0]
    ids = ops.cumsum(ops.pad(changes, ((1, 0),)))[:size]
    place = ops.argsort(order)
    ids = ops.take(ids, place)
    counts = ops.segment_sum(ops.ones_like(ids), ids, num_segments=size)
    starts = ops.cumsum(counts) - counts
    number = ops.max(ops.where(keep, ids + 1, 0), initial=0)
    rank = place - ops.take(starts, ids)
    return Groups(ids, keep, rank, order, starts, counts, number)


def all_rows(keep: Tensor) -> Groups:
    """One group of all rows that take part."""
    return by_label(ops.zeros_like(ops.cast(keep, "int32")), keep)


def over_all_rows(values: Tensor) -> Tensor:
    """Sum of `(n, ...)` over all rows, for each row: `(n, ...)`."""
    sums = ops.sum(values, axis=0, keepdims=True)
    return ops.broadcast_to(sums, ops.shape(values))

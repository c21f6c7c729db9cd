"""Groups of rows, such as classes, and where their rows stand."""

import math
from typing import Any, NamedTuple

from keras import ops

from keras_itra.indexing import indices, rows_at
from keras_itra.typing import Tensor

_SMALLEST = -(2**31) + 1


class Blocks(NamedTuple):
    """The rows of groups, arranged as a matrix of blocks by places.

    Attributes:
        index: `(blocks, places)`: the row at each place.
        inside: `(blocks, places)` booleans: whether there is a row.
        counts: `(blocks,)`: rows that have a place in each block.
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
        found = rows_at(flat, self.slot)
        kept = self.kept if len(found.shape) == 1 else self.kept[:, None]
        return ops.where(kept, found, 0.0)


class Groups(NamedTuple):
    """Rows that belong together, numbered in the order of their label.

    Rows that take no part come last, under a number of their own.

    Attributes:
        ids: `(n,)`: group of each row.
        kept: `(n,)` booleans: rows that take part.
        rank: `(n,)`: number of the row inside its group.
        order: `(n,)`: the rows, group after group.
        starts: `(g,)`: where group k starts in `order`; g is more than any id.
        counts: `(g,)`: rows of group k that take part.
        number: Groups that take part: a scalar; or the number of classes,
            some of which may have no row.
    """

    ids: Tensor
    kept: Tensor
    rank: Tensor
    order: Tensor
    starts: Tensor
    counts: Tensor
    number: Any

    @property
    def size(self) -> Any:
        """Number of rows."""
        return ops.shape(self.ids)[0]

    @property
    def bound(self) -> Any:
        """More than any id."""
        return ops.shape(self.counts)[0]

    def total(self, values: Tensor) -> Tensor:
        """Sum of `(n, ...)` over the group of each row: `(n, ...)`."""
        sums = ops.segment_sum(values, self.ids, num_segments=self.bound)
        return rows_at(sums, self.ids)

    def members(self) -> Tensor:
        """`(n,)`: rows of the group of each row; 1 where it takes no part."""
        return rows_at(ops.maximum(self.counts, 1), self.ids)

    def fit(self, number: int, places: Any) -> Tensor:
        """Whether there is room for all rows in blocks."""
        largest = ops.max(self.counts, initial=0)
        return ops.logical_and(self.number <= number, largest <= places)

    def first_rows(self, limit: int) -> Tensor:
        """`limit` rows: of each group an even share, then others."""
        number = ops.sum(ops.cast(self.counts > 0, "int32"))
        share = ops.maximum(limit // ops.maximum(number, 1), 2)
        return first_of(ops.logical_and(self.kept, self.rank < share), limit)

    def blocks(self, number: int, places: Any) -> Blocks:
        """The first `places` rows of the first `number` groups.

        No more blocks than rows are made where the rows are known.
        """
        number = at_most(number, self.size)
        counts = ops.minimum(self.counts[:number], places)
        place = indices(places)[None, :]
        inside = place < counts[:, None]
        index = self.starts[:number][:, None] + place
        index = rows_at(self.order, ops.minimum(index, self.size - 1))
        slot = ops.minimum(self.ids * places + self.rank, number * places - 1)
        return Blocks(index, inside, counts, slot, self.kept)


def at_most(number: int, size: Any) -> int:
    """Groups that `size` rows can form, of `number`."""
    return min(number, max(size, 1)) if isinstance(size, int) else number


def places_of(size: Any, num_classes: int, most: int | None = None) -> Any:
    """Room in a block, for shares of classes that are about even.

    Half as much again as an even share; of small ones, four standard
    deviations more than the mean of rows that are drawn at random.

    Args:
        size: Rows, a number or a tensor.
        num_classes: Number of blocks.
        most: Places that are not exceeded, if any.
    """
    if isinstance(size, int):
        share = size / num_classes
        room = math.ceil(max(1.5 * share, share + 4.0 * math.sqrt(share)))
    else:
        share = ops.cast(size, "float32") / num_classes
        room = ops.maximum(1.5 * share, share + 4.0 * ops.sqrt(share))
        room = ops.cast(ops.ceil(room), "int32")
    room = (room + 7) // 8 * 8
    return room if most is None else no_more(room, most)


def no_more(size: Any, most: int) -> Any:
    """The smaller one of a number, known beforehand or not, and another."""
    return min(size, most) if isinstance(size, int) else ops.minimum(size, most)


def first_of(taken: Tensor, limit: int) -> Tensor:
    """The first `limit` rows that are taken, then others."""
    return ops.argsort(ops.where(taken, 0, 1))[:limit]


def by_label(
    labels: Tensor, keep: Tensor, num_classes: int | None = None
) -> Groups:
    """Groups of equal integer labels.

    Args:
        labels: `(n,)` integers.
        keep: Boolean `(n,)`: rows that take part.
        num_classes: K, if known: those rows then have labels from 0 to K - 1.
    """
    size = ops.shape(labels)[0]
    # NumPy's integers would turn the labels into int64.
    number = None if num_classes is None else int(num_classes)
    few = number is not None and at_most(number, size) == number
    behind: Any = number if few else _next_label(labels, keep)
    ids = ops.where(keep, labels, behind)
    order = ops.argsort(ids)
    # The inverse of a permutation, without sorting once more.
    place = ops.segment_sum(indices(size), order, num_segments=size)
    bound = behind + 1 if few else size
    if not few:
        ids = _renumbered(ids, order, place)
        number = ops.max(ops.where(keep, ids + 1, 0), initial=0)
    counts = ops.cast(keep, "int32")
    counts = ops.segment_sum(counts, ids, num_segments=bound)
    starts = ops.cumsum(counts) - counts
    rank = place - rows_at(starts, ids)
    return Groups(ids, keep, rank, order, starts, counts, number)


def _next_label(labels: Tensor, keep: Tensor) -> Tensor:
    """More than the labels of the rows that take part."""
    labels = ops.where(keep, labels, _SMALLEST)
    return ops.max(labels, initial=_SMALLEST) + 1


def _renumbered(labels: Tensor, order: Tensor, place: Tensor) -> Tensor:
    """The labels as 0, 1, 2, ... in their order, without gaps."""
    ordered = rows_at(labels, order)
    changes = ops.cast(ordered[1:] != ordered[:-1], "int32")
    ids = ops.cumsum(ops.pad(changes, ((1, 0),)))
    return rows_at(ids[: ops.shape(labels)[0]], place)


class Layout(NamedTuple):
    """Which pairs of rows count, and what is added up.

    Attributes:
        keep: `(n,)` booleans: rows that take part.
        groups: Pairs count inside a group; None: all pairs count.
        by_group: Whether each group has a total of its own, or all together.
        per_class: Whether each group has a bandwidth of its own.
        num_classes: Number of groups, if known.
    """

    keep: Tensor
    groups: Groups | None = None
    by_group: bool = False
    per_class: bool = False
    num_classes: int | None = None

    def total(self, values: Tensor) -> Tensor:
        """Sum of `(n, ...)` over what each row adds to: `(n, ...)`."""
        if self.by_group and self.groups is not None:
            return self.groups.total(values)
        sums = ops.sum(values, axis=0, keepdims=True)
        return ops.broadcast_to(sums, ops.shape(values))

    def members(self) -> Tensor:
        """`(n,)` integers: rows that add to the same total; at least 1."""
        if self.by_group and self.groups is not None:
            return self.groups.members()
        count = ops.maximum(ops.sum(ops.cast(self.keep, "int32")), 1)
        return ops.broadcast_to(count, ops.shape(self.keep))

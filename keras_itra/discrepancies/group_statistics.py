"""Statistics of groups of rows that are scattered over replicas."""

import math
from typing import NamedTuple

from keras import ops

from keras_itra.discrepancies.labels import is_dense, is_one_hot, one_hot
from keras_itra.discrepancies.samples import Samples
from keras_itra.distribution import sum_over_replicas
from keras_itra.typing import Tensor

# Means in float32 are exact to this share of the size of what they average.
RESOLUTION = 16 * 1.1920929e-07


class BandwidthGroups(NamedTuple):
    """Rows that share a bandwidth.

    Attributes:
        members: `(n, G)` of 0 and 1: at most one group a row.
        merged: scalar; > 0 on any replica: all groups count as one.
    """

    members: Tensor
    merged: Tensor

    @classmethod
    def of_all(cls, samples: Samples) -> "BandwidthGroups":
        """A single group: the rows that take part."""
        kept = ops.cast(samples.keep, samples.weights.dtype)
        return cls(kept[:, None], ops.zeros((), kept.dtype))

    @classmethod
    def of_classes(
        cls, labels: Tensor, shares: Tensor, samples: Samples
    ) -> "BandwidthGroups":
        """A group for each class; merged if a row is in several classes.

        Args:
            labels: From `as_labels`.
            shares: `(n, K)`: the labels as shares of classes.
            samples: The rows.
        """
        kept, merged = cls.of_all(samples)
        if not is_dense(labels):
            return cls(kept * shares, merged)
        classes = one_hot(
            ops.argmax(shares, axis=1), shares.shape[1], shares.dtype
        )
        soft = ops.logical_not(is_one_hot(labels, samples.keep))
        return cls(kept * classes, ops.cast(soft, shares.dtype))


class Statistics(NamedTuple):
    """Statistics of the rows of all replicas, group by group, detached.

    Attributes:
        unit: scalar: at least the largest absolute feature.
        count: `(G,)` rows.
        center: `(G, d)` mean.
        spread: `(G,)` sum of the squared distances to the mean, in units of
            `unit**2`; 0 where it is rounding error.
        masses: `(2, K)`: weights of each class in S1 and S2.
    """

    unit: Tensor
    count: Tensor
    center: Tensor
    spread: Tensor
    masses: Tensor

    def mean_squared_distances(self, pairs: str) -> Tensor:
        """Mean squared distance inside each group, in units of `unit**2`.

        Args:
            pairs: `"all"` or `"off_diagonal"`, as for `Bandwidth`.

        Returns:
            `(G,)`; 0 for a group without a pair.
        """
        own = 1.0 if pairs == "off_diagonal" else 0.0
        # Twice the variance.
        return ops.divide_no_nan(2.0 * self.spread, self.count - own)


def group_statistics(
    features: Tensor, groups: BandwidthGroups, masses: Tensor
) -> Statistics:
    """Statistics of the rows of all replicas.

    The spread is taken around the exact means, which costs a second exchange
    of G numbers: sums of squares, exchanged with the sums, would lose all
    their digits where the means are large against the spread.

    Args:
        features: `(n, d)` rows of this replica.
        groups: The rows of each group.
        masses: `(2, K)` of this replica, to be summed as well.
    """
    features = ops.stop_gradient(features)
    to_groups = ops.transpose(groups.members)
    count, center, unit, merged, masses = _sum_together(
        ops.sum(groups.members, axis=0),
        ops.matmul(to_groups, features),
        ops.max(ops.abs(features)),
        groups.merged,
        masses,
    )
    unit = ops.where(unit > 0, unit, 1.0)
    center = center / ops.maximum(count, 1.0)[:, None]
    distance = (features - ops.matmul(groups.members, center)) / unit
    norms = ops.sum(ops.square(distance), axis=1, keepdims=True)
    spread = sum_over_replicas(ops.matmul(to_groups, norms)[:, 0])

    rows = ops.maximum(ops.sum(count), 1.0)
    middle = ops.matmul((count / rows)[None, :], center)
    between = ops.sum(ops.square((center - middle) / unit), axis=1)
    merged = merged > 0
    spread = ops.where(merged, ops.sum(spread + count * between), spread)
    center = ops.where(merged, middle, center)
    count = ops.where(merged, rows, count)

    size = count * ops.sum(ops.square(center / unit), axis=1)
    spread = ops.where(spread > RESOLUTION**2 * size, spread, 0.0)
    return Statistics(unit, count, center, spread, masses)


def _sum_together(*tensors: Tensor) -> list[Tensor]:
    """Sums over the replicas, in a single exchange."""
    flat = ops.concatenate([ops.reshape(t, (-1,)) for t in tensors])
    total = sum_over_replicas(flat)
    sums, start = [], 0
    for tensor in tensors:
        stop = start + math.prod(tensor.shape)
        sums.append(ops.reshape(total[start:stop], tensor.shape))
        start = stop
    return sums

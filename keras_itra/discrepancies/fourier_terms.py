"""MMDs from class means in a feature space, summed over the replicas.

With a feature map `phi` of the kernel, the quadratic form of every MMD is a
squared distance of weighted means,

```
MMD_k^2 = || sum_i w_ik phi(x_i) ||^2,    w_ik = +1/n_k on S1, -1/m_k on S2
```

and means, unlike kernel matrices, can be added up over replicas.
"""

from collections.abc import Callable

from keras import ops

from keras_itra.discrepancies.group_statistics import (
    RESOLUTION,
    BandwidthGroups,
    Statistics,
    group_statistics,
)
from keras_itra.discrepancies.samples import Samples
from keras_itra.discrepancies.terms import Terms
from keras_itra.distribution import sum_over_replicas
from keras_itra.kernels.distances import safe_sqrt
from keras_itra.typing import Tensor


def fourier_terms(
    samples: Samples,
    shares: Tensor,
    groups: BandwidthGroups,
    feature_map: Callable[[Tensor, Tensor], Tensor],
    bandwidth: Callable[[Statistics], Tensor],
    *,
    by_class: bool,
    rooted: bool,
    divisor: int | None,
) -> Terms:
    """MMD of the rows of all replicas from means in a feature space.

    Args:
        samples: S1 and S2 of this replica.
        shares: `(n, K)`: share of each row in each class, >= 0.
        groups: The rows that share a bandwidth.
        feature_map: Maps rows `(n, d)` and their bandwidths `(n, 1)` to
            `(n, D)`.
        bandwidth: Bandwidth of each group, `(G,)`, in units of `unit**2`;
            0 where its rows coincide.
        by_class: Average one MMD for each class (conditional); or one MMD
            whose square sums over the classes (joint; marginal for K = 1).
        rooted: Take the root of each squared MMD.
        divisor: What the average divides by; None: the number of classes
            that take part.

    Returns:
        On every replica, rows that sum to the value of all replicas.
    """
    features = ops.where(samples.keep[:, None], samples.features, 0.0)
    shares = shares * samples.weights
    halves = ops.concatenate([samples.first, 1.0 - samples.first], axis=1)
    masses = ops.matmul(
        ops.transpose(halves), shares if by_class else samples.weights
    )
    found = group_statistics(features, groups, masses)
    sigma = bandwidth(found)
    members = groups.members
    row_sigma = ops.matmul(members, sigma[:, None])
    # Distances inside a group do not depend on its centre; phases do.
    rows = (features - ops.matmul(members, found.center)) / found.unit
    # 0: the row is in no group, or equal to all others of its group.
    embedded = feature_map(rows, ops.where(row_sigma > 0, row_sigma, 1.0))

    present = ops.cast(ops.all(found.masses > 0, axis=0), shares.dtype)
    signs = ops.divide_no_nan(halves[:, :1], found.masses[0])
    signs = signs - ops.divide_no_nan(halves[:, 1:], found.masses[1])
    weights = ops.stop_gradient(ops.transpose(present * shares * signs))
    difference = sum_over_replicas(ops.matmul(weights, embedded))
    squared = ops.sum(ops.square(difference), axis=1)
    values = squared if by_class else ops.sum(squared, keepdims=True)
    if rooted:
        # Its derivative at 0 is infinite: what is no more than rounding
        # error counts as 0, with gradient 0.
        resolved = values > RESOLUTION**2
        values = safe_sqrt(ops.where(resolved, values, 0.0))
    count = ops.sum(present)
    value = ops.sum(values) / (divisor or ops.maximum(count, 1.0))
    mean_sigma = ops.divide_no_nan(ops.sum(present * sigma), count)
    size = ops.cast(ops.shape(features)[0], value.dtype)
    return Terms(
        value / size * ops.ones_like(features[:, 0]),
        ops.stop_gradient(mean_sigma * ops.square(found.unit)),
    )

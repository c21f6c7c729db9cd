"""What the alignment does to a feature: adaptive weights and pulls."""

from typing import Any, NamedTuple

from keras import ops

from keras_itra.diagnostics.stacked_pulls import stacked_pulls
from keras_itra.typing import Tensor


class FeaturePulls(NamedTuple):
    """Pulls on the n rows of S1, in the direction that descent moves them.

    Attributes:
        weights: `(n, m)`: adaptive weights; a row sums to 1, or to 0 where
            nothing pulls.
        cross: `(n, d)`: pull of S2, towards `target`.
        own: `(n, d)`: push of S1.
        net: `(n, d)`: `cross + own`, minus the gradient.
        target: `(n, d)`: the mean of S2 by the weights; the row itself where
            nothing pulls.
    """

    weights: Tensor
    cross: Tensor
    own: Tensor
    net: Tensor
    target: Tensor


def adaptive_weights(
    h1: Tensor,
    h2: Tensor,
    labels_1: Tensor | None = None,
    labels_2: Tensor | None = None,
    *,
    kernel: Any = "gaussian",
) -> Tensor:
    """Weights of the rows of S2 in the pull on each row of S1.

    ```
    w_ij = exp(-||h_i - h_j||^2 / sigma) / sum_l exp(-||h_i - h_l||^2 / sigma)
    ```

    for a single Gaussian kernel; in general the derivative of the kernel
    stands in place of the exponential, as in the gradient. The weights of
    outliers and of other modes are near 0.

    Args:
        h1: `(n, ...)` features of S1, flattened to `(n, d)`.
        h2: `(m, ...)` features of S2.
        labels_1: Integers `(n,)` or `(n, 1)`; rows of another class have
            weight 0. Defaults to None: one class.
        labels_2: Labels of S2.
        kernel: Name or `keras_itra.kernels.RadialKernel`. Defaults to the
            paper's five Gaussians around the median.

    Returns:
        `(n, m)`; a row sums to 1, or to 0 where its class is missing from S2
        or every derivative is 0 in floating point.

    Raises:
        ValueError: For features or labels that do not fit, or a kernel that
            is not radial.

    Example:

    ```python
    import numpy as np
    import keras_itra

    h1, h2 = np.array([[0.0], [9.0]]), np.array([[1.0], [8.0]])
    weights = keras_itra.diagnostics.adaptive_weights(h1, h2)
    assert weights[0, 0] > weights[0, 1]
    ```

    Reference:
        Li et al., AAAI 2023, Eq. 9.
    """
    return feature_pulls(h1, h2, labels_1, labels_2, kernel=kernel).weights


def feature_pulls(
    h1: Tensor,
    h2: Tensor,
    labels_1: Tensor | None = None,
    labels_2: Tensor | None = None,
    *,
    kernel: Any = "gaussian",
    rooted: bool = True,
    num_classes: int | None = None,
) -> FeaturePulls:
    """Where the alignment moves the features of S1: minus its gradient.

    ```
    cross_i ~ sum_j w_ij h_j - h_i       a mean-shift step into S2
    own_i   ~ the same within S1, with the opposite sign
    net_i   = cross_i + own_i
    ```

    The paper's Eq. 9 is the cross pull alone. Both mini-batches come from one
    distribution, so that most of it is undone by the push of the own
    mini-batch: the net pull is only about 1/n of it, for n rows of the class
    in each.

    For the pulls on S2 swap the two samples.

    Args:
        h1: `(n, ...)` features of S1, flattened to `(n, d)`.
        h2: `(m, ...)` features of S2.
        labels_1: Integers `(n,)` or `(n, 1)` for the class-conditional MMD
            (ITRA-c). Defaults to None: the marginal one (ITRA).
        labels_2: Labels of S2.
        kernel: Name or `keras_itra.kernels.RadialKernel`. Defaults to the
            paper's five Gaussians around the median.
        rooted: Pulls of the MMD; else of its square. Defaults to True.
        num_classes: K of the mean over the classes. Defaults to the number of
            classes in both samples.

    Returns:
        Weights, pulls and targets. A class that is missing from one sample
        feels no pull.

    Raises:
        ValueError: For features or labels that do not fit, or a kernel that
            is not radial.

    Example:

    ```python
    import numpy as np
    import keras_itra

    rng = np.random.default_rng(0)
    h1, h2 = rng.normal(size=(15, 2)), rng.normal(size=(15, 2))
    pulls = keras_itra.diagnostics.feature_pulls(h1, h2)
    norm = np.linalg.norm
    assert norm(pulls.net) < norm(pulls.cross)
    ```

    Reference:
        Li et al., AAAI 2023, Eq. 7-9.
    """
    found = stacked_pulls(
        h1,
        h2,
        labels_1,
        labels_2,
        kernel=kernel,
        rooted=rooted,
        num_classes=num_classes,
    )
    rows = found.samples.features
    n = ops.shape(ops.convert_to_tensor(h1))[0]
    weights = found.weights[:n, n:]
    cross, own, features = found.cross[:n], found.own[:n], rows[:n]
    pulled = ops.sum(weights, axis=1, keepdims=True) > 0
    target = ops.where(pulled, ops.matmul(weights, rows[n:]), features)
    return FeaturePulls(weights, cross, own, cross + own, target)

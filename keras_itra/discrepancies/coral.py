"""Deep CORAL: distance between covariances."""

from keras import ops

from keras_itra.discrepancies.samples import Samples, stacked
from keras_itra.kernels.distances import center
from keras_itra.typing import Tensor


def coral(
    x: Tensor,
    y: Tensor,
    *,
    x_weights: Tensor | None = None,
    y_weights: Tensor | None = None,
) -> Tensor:
    """Squared distance between the covariances of two samples.

    ```
    || Cov(x) - Cov(y) ||_F^2 / (4 d^2)
    ```

    with the unbiased covariances (n - 1; for weights `a`,
    `sum a - sum a^2 / sum a`).

    Args:
        x: `(n, ...)` features of S1, flattened to `(n, d)`.
        y: `(m, ...)` features of S2.
        x_weights: `(n,)`, >= 0; defaults to ones.
        y_weights: `(m,)`, >= 0; defaults to ones.

    Returns:
        Scalar; the covariance of fewer than two rows is 0.

    Raises:
        ValueError: If the shapes do not fit.

    Example:

    ```python
    import numpy as np
    from keras_itra.discrepancies import coral

    x = np.random.default_rng(0).normal(size=(50, 3))
    assert float(coral(x, x + 10)) < 1e-6  # blind to a shift of the mean
    ```

    Reference:
        Sun & Saenko, Deep CORAL, ECCV Workshops 2016.
    """
    samples = stacked(x, y, x_weights, y_weights)
    features = center(samples.features, samples.keep)
    width = features.shape[1]
    difference = _covariance(features, samples, samples.first) - _covariance(
        features, samples, 1.0 - samples.first
    )
    return ops.sum(ops.square(difference / (2.0 * width)))


def _covariance(features: Tensor, samples: Samples, member: Tensor) -> Tensor:
    weights = samples.weights * member
    mass = ops.sum(weights)
    mean = ops.divide_no_nan(ops.sum(weights * features, axis=0), mass)
    deviation = features - mean
    freedom = mass - ops.divide_no_nan(ops.sum(ops.square(weights)), mass)
    product = ops.matmul(ops.transpose(weights * deviation), deviation)
    # One row has no covariance; its degrees of freedom are rounding error.
    defined = freedom > 1e-6 * mass
    return ops.where(defined, product / ops.where(defined, freedom, 1.0), 0.0)

"""Maximum mean discrepancies between two samples."""

from typing import Any

from keras import ops

from keras_itra import kernels
from keras_itra.discrepancies import terms
from keras_itra.discrepancies.labels import as_labels, is_dense
from keras_itra.discrepancies.samples import Samples, stacked
from keras_itra.typing import Tensor
from keras_itra.validation import require


def mmd(
    x: Tensor,
    y: Tensor,
    *,
    kernel: Any = "gaussian",
    rooted: bool = True,
    estimator: str = "biased",
    x_weights: Tensor | None = None,
    y_weights: Tensor | None = None,
) -> Tensor:
    """Maximum mean discrepancy between two samples.

    ```
    MMD^2 = 1/n^2 sum_ij k(x_i, x_j) + 1/m^2 sum_ij k(y_i, y_j)
            - 2/(n m) sum_ij k(x_i, y_j)
    ```

    The defaults are the paper's: Gaussian kernels with five bandwidths
    around the median squared distance (detached), the biased V-statistic
    (i = j kept), and its square root.

    Args:
        x: `(n, ...)` features of S1, flattened to `(n, d)`.
        y: `(m, ...)` features of S2.
        kernel: Name or `keras_itra.kernels.Kernel`.
        rooted: Return the MMD; else its square.
        estimator: `"biased"`, or `"unbiased"` (i = j dropped; for use as a
            statistic: as a training loss on two mini-batches of one
            distribution its expected gradient is zero).
        x_weights: `(n,)`, >= 0; weights of the rows of `x`. Weight 0 takes
            the row out. Defaults to ones.
        y_weights: `(m,)`, likewise.

    Returns:
        Scalar; 0 when one of the samples is empty.

    Raises:
        ValueError: For options out of their domain, shapes that do not fit,
            or `rooted` together with `"unbiased"`.

    Example:

    ```python
    import numpy as np
    from keras_itra.discrepancies import mmd

    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(100, 5)), rng.normal(size=(100, 5))
    assert float(mmd(x, y)) < float(mmd(x, y + 1))
    ```

    Reference:
        Gretton et al., A Kernel Two-Sample Test, JMLR 2012; Li et al.,
        Learning Compact Features via In-Training Representation Alignment,
        AAAI 2023, Eq. 5.
    """
    kernel = kernels.get(kernel)
    terms.check_options(kernel, rooted, estimator)
    samples = stacked(x, y, x_weights, y_weights)
    result = terms.marginal_terms(
        samples, kernel, rooted=rooted, estimator=estimator
    )
    return ops.sum(result.rows)


def conditional_mmd(
    x: Tensor,
    x_labels: Tensor,
    y: Tensor,
    y_labels: Tensor,
    *,
    num_classes: int | None = None,
    class_average: str = "all",
    kernel: Any = "gaussian",
    rooted: bool = True,
    estimator: str = "biased",
    x_weights: Tensor | None = None,
    y_weights: Tensor | None = None,
) -> Tensor:
    """Class-conditional MMD, the discrepancy of ITRA-c.

    ```
    1/K sum_k MMD(x^k, y^k)
    ```

    where `x^k` are the rows of class k. A class that is missing from one of
    the samples contributes 0.

    Args:
        x: `(n, ...)` features of S1, flattened to `(n, d)`.
        x_labels: Integers `(n,)` or `(n, 1)`, or one-hot or soft `(n, K)`.
            Soft labels spread a row over the classes, which then share one
            bandwidth, the pooled one.
        y: `(m, ...)` features of S2.
        y_labels: Labels of S2.
        num_classes: K; needed with integer labels and `"all"`.
        class_average: `"all"` divides by K (the paper's 1/K), `"present"`
            by the number of classes that occur in both samples.
        kernel: Name or `keras_itra.kernels.Kernel`. The bandwidth is
            estimated per class unless its `scope` is `"pooled"`.
        rooted: Take the root of each class's squared MMD.
        estimator: `"biased"` or `"unbiased"`.
        x_weights: `(n,)`, >= 0; defaults to ones.
        y_weights: `(m,)`, >= 0; defaults to ones.

    Returns:
        Scalar; 0 when no class occurs in both samples.

    Raises:
        ValueError: For options out of their domain or shapes that do not
            fit, or `rooted` together with `"unbiased"`.

    Example:

    ```python
    import numpy as np
    from keras_itra.discrepancies import conditional_mmd

    rng = np.random.default_rng(0)
    labels = np.arange(60) % 3
    x, y = rng.normal(size=(60, 5)), rng.normal(size=(60, 5))
    value = conditional_mmd(x, labels, y, labels, num_classes=3)
    ```

    Reference:
        Li et al., AAAI 2023, Eq. 6.
    """
    kernel = kernels.get(kernel)
    terms.check_options(kernel, rooted, estimator)
    samples = stacked(x, y, x_weights, y_weights)
    result = terms.conditional_terms(
        samples,
        _stacked_labels(samples, x, x_labels, y, y_labels),
        kernel,
        rooted=rooted,
        estimator=estimator,
        class_average=class_average,
        num_classes=num_classes,
    )
    return ops.sum(result.rows)


def joint_mmd(
    x: Tensor,
    x_labels: Tensor,
    y: Tensor,
    y_labels: Tensor,
    *,
    kernel: Any = "gaussian",
    label_kernel: Any = None,
    rooted: bool = True,
    estimator: str = "biased",
    x_weights: Tensor | None = None,
    y_weights: Tensor | None = None,
) -> Tensor:
    """MMD between joint distributions of features and labels.

    ```
    k((x, a), (y, b)) = k(x, y) l(a, b)
    ```

    Args:
        x: `(n, ...)` features of S1, flattened to `(n, d)`.
        x_labels: Integers `(n,)` or `(n, 1)`, one-hot or soft `(n, K)`; or
            any targets `(n, ...)` when `label_kernel` is given.
        y: `(m, ...)` features of S2.
        y_labels: Labels of S2.
        kernel: Name or positive definite `keras_itra.kernels.Kernel`.
        label_kernel: `None`: 1 for equal classes and 0 otherwise (the inner
            product for soft labels); or a kernel name or `Kernel` on the
            targets, for regression.
        rooted: Take the root of the squared MMD.
        estimator: `"biased"` or `"unbiased"`.
        x_weights: `(n,)`, >= 0; defaults to ones.
        y_weights: `(m,)`, >= 0; defaults to ones.

    Returns:
        Scalar.

    Raises:
        ValueError: For options out of their domain or shapes that do not
            fit, or a kernel that is not positive definite.

    Example:

    ```python
    import numpy as np
    from keras_itra.discrepancies import joint_mmd

    rng = np.random.default_rng(0)
    labels = np.arange(40) % 2
    x = labels[:, None] + rng.normal(size=(40, 5))
    y = labels[:, None] + rng.normal(size=(40, 5))
    swapped = joint_mmd(x, labels, y, 1 - labels)
    assert float(swapped) > float(joint_mmd(x, labels, y, labels))
    ```
    """
    kernel = kernels.get(kernel)
    terms.check_options(kernel, rooted, estimator)
    samples = stacked(x, y, x_weights, y_weights)
    if label_kernel is None:
        labels = _stacked_labels(samples, x, x_labels, y, y_labels)
    else:
        labels = ops.concatenate(
            [kernels.as_features(x_labels), kernels.as_features(y_labels)]
        )
    result = terms.joint_terms(
        samples,
        labels,
        kernel,
        label_kernel=label_kernel,
        rooted=rooted,
        estimator=estimator,
    )
    return ops.sum(result.rows)


def _stacked_labels(
    samples: Samples, x: Tensor, x_labels: Tensor, y: Tensor, y_labels: Tensor
) -> Tensor:
    x_labels = as_labels(x_labels, ops.shape(x)[0], "x_labels")
    y_labels = as_labels(y_labels, ops.shape(y)[0], "y_labels")
    require(
        is_dense(x_labels) == is_dense(y_labels)
        and x_labels.shape[1:] == y_labels.shape[1:],
        "`x_labels` and `y_labels` of the same kind",
        x_labels_shape=tuple(x_labels.shape),
        y_labels_shape=tuple(y_labels.shape),
    )
    return ops.concatenate([x_labels, y_labels])

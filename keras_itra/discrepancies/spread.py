"""Within-class kernel spread: what ITRA minimises, from one mini-batch."""

from typing import Any

from keras import ops

from keras_itra import kernels
from keras_itra.discrepancies import terms
from keras_itra.discrepancies.labels import as_labels
from keras_itra.discrepancies.samples import Samples
from keras_itra.typing import Tensor


def within_class_spread(
    x: Tensor,
    labels: Tensor,
    *,
    num_classes: int | None = None,
    class_average: str = "all",
    kernel: Any = "gaussian",
    rooted: bool = True,
    weights: Tensor | None = None,
) -> Tensor:
    """Kernel spread of the classes of one sample.

    Two samples of n rows from one distribution have an expected biased
    squared MMD of `2/n (1 - E k(h, h'))`. This is its estimate from a
    single sample, averaged over the classes:

    ```
    1/K sum_k sqrt( 2/n_k * (1 - mean_{i != j} k(h_i, h_j)) )
    ```

    Args:
        x: `(n, ...)` features, flattened to `(n, d)`.
        labels: Integers `(n,)` or `(n, 1)`, or one-hot or soft `(n, K)`.
        num_classes: K; needed with integer labels and `"all"`.
        class_average: `"all"` divides by K, `"present"` by the number of
            classes with at least two rows.
        kernel: Name or `keras_itra.kernels.Kernel`.
        rooted: Take the root of each class's value.
        weights: `(n,)`, >= 0; defaults to ones. Then n is the effective
            number of rows `(sum a)^2 / sum a^2`.

    Returns:
        Scalar; classes with fewer than two rows contribute 0.

    Raises:
        ValueError: For options out of their domain or shapes that do not
            fit.

    Example:

    ```python
    import numpy as np
    from keras_itra.discrepancies import within_class_spread

    x = np.random.default_rng(0).normal(size=(30, 4))
    value = within_class_spread(x, np.arange(30) % 3, num_classes=3)
    ```
    """
    kernel = kernels.get(kernel)
    rows = kernels.as_features(x, "x")
    result = terms.spread_terms(
        Samples.of_one(rows, weights),
        as_labels(labels, rows.shape[0]),
        kernel,
        rooted=rooted,
        class_average=class_average,
        num_classes=num_classes,
    )
    return ops.sum(result.rows)

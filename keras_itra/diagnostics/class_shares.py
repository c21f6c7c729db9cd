"""Which classes dominate the alignment."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from keras import ops
from numpy.typing import NDArray

from keras_itra.diagnostics.stacked_pulls import stacked_pulls
from keras_itra.typing import Tensor

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class ClassShares:
    """The part of each class in the alignment; arrays in one order.

    Attributes:
        classes: The labels: 0 to K - 1, or those that occur if K is not
            known.
        rows_1: Rows of S1.
        rows_2: Rows of S2.
        terms: What the class adds to the alignment: its MMD over K.
        value_shares: `terms` over their sum.
        gradient_shares: Squared norm of the gradient by the features of the
            class, over that of all.
    """

    classes: NDArray[np.int64]
    rows_1: NDArray[np.int64]
    rows_2: NDArray[np.int64]
    terms: Numbers
    value_shares: Numbers
    gradient_shares: Numbers


def class_shares(
    h1: Tensor,
    labels_1: Tensor,
    h2: Tensor,
    labels_2: Tensor,
    *,
    kernel: Any = "gaussian",
    rooted: bool = True,
    num_classes: int | None = None,
) -> ClassShares:
    """Part of each class in the class-conditional MMD and its gradient.

    With few rows of a class the biased MMD is large, as `1/sqrt(n)` (its
    square as `1/n`), so that rare classes have more than their share.

    Args:
        h1: `(n, ...)` features of S1, flattened to `(n, d)`.
        labels_1: Integers `(n,)` or `(n, 1)`.
        h2: `(m, ...)` features of S2.
        labels_2: Labels of S2.
        kernel: Name or `keras_itra.kernels.RadialKernel`. Defaults to the
            paper's five Gaussians around the median.
        rooted: Of the MMD; else of its square. Defaults to True.
        num_classes: K. Defaults to the number of classes in both samples.

    Returns:
        Terms and shares as NumPy arrays. A class that is missing from one
        sample has none; where the whole is 0, so are all shares.

    Raises:
        ValueError: For features or labels that do not fit, or a kernel that
            is not radial.

    Example:

    ```python
    import numpy as np
    import keras_itra

    rng = np.random.default_rng(0)
    labels = np.array([0] * 30 + [1] * 3)  # class 1 is rare
    h1, h2 = rng.normal(size=(2, 33, 4))
    shares = keras_itra.diagnostics.class_shares(h1, labels, h2, labels)
    assert shares.value_shares[1] > 0.5
    ```
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
    terms = _numbers(found.terms)
    squares = np.square(_numbers(found.cross + found.own)).sum(axis=1)
    first, second = (
        np.round(_numbers(labels)).astype(np.int64).reshape(-1)
        for labels in (labels_1, labels_2)
    )
    labels = np.concatenate([first, second])
    classes = (
        np.unique(labels) if num_classes is None else np.arange(num_classes)
    )
    of_class = [labels == k for k in classes]
    own_terms = np.array([terms[m].max(initial=0.0) for m in of_class])
    own_squares = np.array([squares[m].sum() for m in of_class])
    return ClassShares(
        classes=classes,
        rows_1=np.array([np.sum(first == k) for k in classes]),
        rows_2=np.array([np.sum(second == k) for k in classes]),
        terms=own_terms,
        value_shares=_shares(own_terms),
        gradient_shares=_shares(own_squares),
    )


def _shares(parts: Numbers) -> Numbers:
    whole = parts.sum()
    return parts / whole if whole > 0 else np.zeros_like(parts)


def _numbers(tensor: Any) -> Numbers:
    return np.asarray(
        ops.convert_to_numpy(ops.convert_to_tensor(tensor)), dtype=np.float64
    )

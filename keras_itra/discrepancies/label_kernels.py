"""Kernels on labels, for the joint form."""

from typing import Any

from keras import backend, ops

from keras_itra import kernels
from keras_itra.discrepancies.labels import is_dense, together
from keras_itra.typing import Tensor
from keras_itra.validation import require


def label_kernel_matrix(
    labels: Tensor, keep: Tensor, label_kernel: Any = None
) -> Tensor:
    """Kernel matrix of labels or targets.

    Args:
        labels: From `as_labels`; or targets `(n, q)` with a `label_kernel`.
        keep: boolean `(n,)`: rows that take part.
        label_kernel: `None`: 1 for equal integers, the inner product for
            dense labels; else a kernel name or `Kernel`.

    Returns:
        `(n, n)`, zero where a row takes no part.
    """
    if label_kernel is not None:
        dtype = backend.standardize_dtype(labels.dtype)
        group = together(keep, dtype)
        kernel = get_label_kernel(label_kernel)
        values = kernel.matrix(labels, keep, group).values
    elif is_dense(labels):
        values = ops.matmul(labels, ops.transpose(labels))
    else:
        values = ops.cast(labels[:, None] == labels[None, :], "float32")
    return ops.where(together(keep, "float32") > 0, values, 0.0)


def get_label_kernel(label_kernel: Any) -> kernels.Kernel:
    """Turn a name or a `Kernel` into a kernel on targets.

    Raises:
        ValueError: If it is no positive definite kernel: the product of two
            kernels needs both to be.
    """
    kernel = kernels.get(label_kernel)
    require(
        kernel.positive_definite,
        "a positive definite `label_kernel`",
        label_kernel=type(kernel).__name__,
    )
    return kernel

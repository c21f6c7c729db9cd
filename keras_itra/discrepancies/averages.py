"""Averages of discrepancies over groups of rows, spread over the rows."""

from collections.abc import Callable
from typing import Any, NamedTuple

from keras import ops

from keras_itra.discrepancies import forms
from keras_itra.discrepancies.branches import cond
from keras_itra.discrepancies.groups import Layout
from keras_itra.discrepancies.labels import is_dense, is_one_hot, together
from keras_itra.discrepancies.samples import Samples
from keras_itra.discrepancies.totals import Totals
from keras_itra.kernels import Kernel
from keras_itra.typing import Tensor


class Terms(NamedTuple):
    """A discrepancy, spread over the rows of a mini-batch.

    Attributes:
        rows: `(n,)`; their sum is the discrepancy.
        bandwidth: scalar: mean `sigma` of the classes that take part; 0 for
            kernels without bandwidth.
    """

    rows: Tensor
    bandwidth: Tensor


class Discrepancy(NamedTuple):
    """A discrepancy in its two forms.

    Attributes:
        of_matrix: From a kernel matrix, shares and a `forms.Total`.
        of_pairs: From a layout, for kernels with `has_slope`.
    """

    of_matrix: Callable[[Tensor, Tensor, forms.Total], forms.Form]
    of_pairs: Callable[[Layout], Totals]


def hard_or_soft(
    labels: Tensor,
    samples: Samples,
    hard: Callable[..., Terms],
    soft: Callable[[], Terms],
) -> Terms:
    """One-hot labels are hard ones."""
    if not is_dense(labels):
        return hard(labels)
    return Terms(
        *cond(
            is_one_hot(labels, samples.keep),
            lambda: tuple(hard(ops.argmax(labels, axis=1), labels.shape[1])),
            lambda: tuple(soft()),
        )
    )


def of_matrix(
    discrepancy: Discrepancy,
    samples: Samples,
    features: Tensor,
    mask: Any,
    kernel: Kernel,
) -> Terms:
    """The discrepancy of all of S1 and all of S2 under `kernel * mask`."""
    group = together(samples.keep, samples.weights.dtype)
    matrix = kernel.matrix(features, samples.keep, group)
    form = discrepancy.of_matrix(
        matrix.values * mask, samples.weights, forms.over_all
    )
    return of_form(form, matrix.bandwidth, samples, forms.over_all, 1)


def of_form(
    form: forms.Form,
    sigma: Tensor | None,
    samples: Samples,
    total: forms.Total,
    divisor: int | None,
) -> Terms:
    """Terms of a discrepancy that was spread over the rows.

    Args:
        form: The discrepancy.
        sigma: `(n,)` bandwidths, or None.
        samples: The rows.
        total: Sums over a group.
        divisor: Number of groups; None: of those that take part.
    """
    kept = ops.cast(samples.keep, form.rows.dtype)[:, None]
    share = form.present * kept / ops.maximum(total(kept), 1.0)
    sigma = None if sigma is None else sigma[:, None]
    return _average(ops.sum(form.rows, axis=1), share, sigma, divisor)


def of_pairs(
    discrepancy: Discrepancy,
    layout: Layout,
    kernel: Kernel,
    divisor: int | None,
) -> Terms:
    """Terms of a discrepancy from sums over pairs."""
    found = discrepancy.of_pairs(layout)
    members = ops.cast(layout.members(), found.values.dtype)
    present = ops.logical_and(found.present, layout.keep)
    share = ops.where(present, 1.0 / members, 0.0)
    sigma = found.sigma if kernel.has_bandwidth else None
    return _average(share * found.values, share, sigma, divisor)


def _average(
    rows: Tensor, share: Tensor, sigma: Tensor | None, divisor: int | None
) -> Terms:
    """Average over groups.

    Args:
        rows: `(n,)`; those of a group sum to its discrepancy.
        share: Each row's share of "one group that takes part".
        sigma: Bandwidths that can be broadcast to the shares.
        divisor: Number of groups; None: of those that take part.
    """
    count = ops.sum(share)
    rows = rows / (ops.maximum(count, 1.0) if divisor is None else divisor)
    if sigma is None:
        return Terms(rows, ops.zeros_like(count))
    bandwidth = ops.divide_no_nan(ops.sum(share * sigma), count)
    return Terms(rows, ops.stop_gradient(bandwidth))

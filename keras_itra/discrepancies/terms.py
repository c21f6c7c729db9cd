"""Discrepancies of stacked samples, spread over the rows.

The public functions sum these rows; losses hand them to Keras one by one, so
that the mean over a mini-batch is the discrepancy.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from keras import ops

from keras_itra.discrepancies import forms
from keras_itra.discrepancies.branches import cond
from keras_itra.discrepancies.groups import (
    all_rows,
    by_label,
    over_all_rows,
)
from keras_itra.discrepancies.label_kernels import label_kernel_matrix
from keras_itra.discrepancies.labels import (
    is_dense,
    is_one_hot,
    same_class,
    together,
)
from keras_itra.discrepancies.pairwise import Layout
from keras_itra.discrepancies.samples import Samples
from keras_itra.discrepancies.totals import (
    Totals,
    mmd_totals,
    spread_totals,
)
from keras_itra.kernels import Kernel, KernelMatrix
from keras_itra.kernels.distances import center
from keras_itra.typing import Tensor
from keras_itra.validation import require, require_integer, require_one_of


class Terms(NamedTuple):
    """A discrepancy, spread over the rows of a mini-batch.

    Attributes:
        rows: `(n,)`; their sum is the discrepancy.
        bandwidth: scalar: mean `sigma` of the classes that take part; 0 for
            kernels without bandwidth.
    """

    rows: Tensor
    bandwidth: Tensor


def check_options(kernel: Kernel, rooted: bool, estimator: str) -> None:
    """Refuse options that have no meaning together.

    Raises:
        ValueError: For an unknown estimator, and for `rooted` together with
            `"unbiased"`, whose estimate may be negative.
    """
    require(
        isinstance(kernel, Kernel),
        "a `keras_itra.kernels.Kernel`",
        kernel=kernel,
    )
    require_one_of("estimator", estimator, ("biased", "unbiased"))
    require(
        not (rooted and estimator == "unbiased"),
        "`rooted=False` with `estimator='unbiased'`, whose estimate of the "
        "squared MMD may be negative",
        rooted=rooted,
        estimator=estimator,
    )


def check_class_average(class_average: str, num_classes: int | None) -> None:
    """Refuse an unknown average and a number of classes that is none.

    Raises:
        ValueError: If an argument is outside its domain.
    """
    require_one_of("class_average", class_average, ("all", "present"))
    if num_classes is not None:
        require_integer("num_classes", num_classes, minimum=1)


def marginal_terms(
    samples: Samples, kernel: Kernel, *, rooted: bool, estimator: str
) -> Terms:
    """MMD between S1 and S2, whatever their labels (ITRA)."""
    if kernel.has_slope:
        layout = Layout(
            all_rows(samples.keep), over_all_rows, False, True, None
        )
        result = mmd_totals(
            samples, layout, kernel, rooted=rooted, estimator=estimator
        )
        return _averaged(result, layout, samples, kernel, 1)
    features = center(samples.features, samples.keep)
    return _pooled(
        samples, features, 1.0, kernel, rooted=rooted, estimator=estimator
    )


def conditional_terms(
    samples: Samples,
    labels: Tensor,
    kernel: Kernel,
    *,
    rooted: bool,
    estimator: str,
    class_average: str,
    num_classes: int | None,
) -> Terms:
    """Average over the classes of the MMD between their slices (ITRA-c).

    Args:
        samples: S1 and S2.
        labels: From `as_labels`.
        kernel: The kernel; its bandwidth says whether it is per class.
        rooted: Take the root of each class's squared MMD.
        estimator: `"biased"` or `"unbiased"`.
        class_average: `"all"`: divide by the number of classes;
            `"present"`: by the number of classes in both samples.
        num_classes: Needed by `"all"` with integer labels.
    """

    def form(
        kernel_values: Tensor, shares: Tensor, total: forms.Total
    ) -> forms.Form:
        return forms.mmd_form(
            kernel_values,
            shares,
            samples,
            total,
            rooted=rooted,
            estimator=estimator,
        )

    def totals(layout: Layout) -> Totals:
        return mmd_totals(
            samples, layout, kernel, rooted=rooted, estimator=estimator
        )

    return _by_class(
        samples, labels, kernel, form, totals, class_average, num_classes
    )


def spread_terms(
    samples: Samples,
    labels: Tensor,
    kernel: Kernel,
    *,
    rooted: bool,
    class_average: str,
    num_classes: int | None,
) -> Terms:
    """Average over the classes of the spread of one sample."""

    def form(
        kernel_values: Tensor, shares: Tensor, total: forms.Total
    ) -> forms.Form:
        return forms.spread_form(kernel_values, shares, total, rooted=rooted)

    def totals(layout: Layout) -> Totals:
        return spread_totals(samples, layout, kernel, rooted=rooted)

    return _by_class(
        samples, labels, kernel, form, totals, class_average, num_classes
    )


def joint_terms(
    samples: Samples,
    labels: Tensor,
    kernel: Kernel,
    *,
    label_kernel: Any = None,
    rooted: bool,
    estimator: str,
    num_classes: int | None = None,
) -> Terms:
    """MMD between the joint distributions of features and labels.

    Args:
        samples: S1 and S2.
        labels: From `as_labels`; or targets `(n, q)` with a `label_kernel`.
        kernel: A positive definite kernel on the features.
        label_kernel: None: equal classes; or a kernel on the targets.
        rooted: Take the root of the squared MMD.
        estimator: `"biased"` or `"unbiased"`.
        num_classes: Number of classes, if known.

    Raises:
        ValueError: If the kernel is only conditionally positive definite.
    """
    require(
        kernel.positive_definite,
        "a positive definite kernel for the joint form",
        kernel=type(kernel).__name__,
    )

    def of_equal_classes(labels: Tensor) -> Terms:
        layout = Layout(
            by_label(labels, samples.keep),
            over_all_rows,
            False,
            False,
            num_classes,
        )
        result = mmd_totals(
            samples, layout, kernel, rooted=rooted, estimator=estimator
        )
        return _averaged(result, layout, samples, kernel, 1)

    def of_pairs() -> Terms:
        values = label_kernel_matrix(labels, samples.keep, label_kernel)
        # No centring: against a label kernel a linear one is not invariant.
        return _pooled(
            samples,
            samples.features,
            ops.cast(values, samples.features.dtype),
            kernel,
            rooted=rooted,
            estimator=estimator,
        )

    if label_kernel is not None or not kernel.has_slope:
        return of_pairs()
    if not is_dense(labels):
        return of_equal_classes(labels)
    num_classes = labels.shape[1]
    return cond(
        is_one_hot(labels, samples.keep),
        lambda: of_equal_classes(ops.argmax(labels, axis=1)),
        of_pairs,
    )


def _pooled(
    samples: Samples,
    features: Tensor,
    mask: Any,
    kernel: Kernel,
    *,
    rooted: bool,
    estimator: str,
) -> Terms:
    """MMD between all of S1 and all of S2 under `kernel * mask`."""
    group = together(samples.keep, samples.weights.dtype)
    matrix = kernel.matrix(features, samples.keep, group)
    form = forms.mmd_form(
        matrix.values * mask,
        samples.weights,
        samples,
        forms.over_all,
        rooted=rooted,
        estimator=estimator,
    )
    return _terms(form, matrix, samples, forms.over_all, 1)


def _by_class(
    samples: Samples,
    labels: Tensor,
    kernel: Kernel,
    form: Callable[[Tensor, Tensor, forms.Total], forms.Form],
    totals: Callable[[Layout], Totals],
    class_average: str,
    num_classes: int | None,
) -> Terms:
    check_class_average(class_average, num_classes)
    if is_dense(labels):
        num_classes = labels.shape[1]
    divisor = None
    if class_average == "all":
        require(
            num_classes is not None,
            "`num_classes` with integer labels and `class_average='all'`",
            num_classes=num_classes,
        )
        divisor = num_classes
    keep, dtype = samples.keep, samples.weights.dtype
    features = center(samples.features, keep)

    def hard(labels: Tensor) -> Terms:
        if kernel.has_slope:
            groups = by_label(labels, keep)
            layout = Layout(
                groups, groups.total, kernel.per_class, False, num_classes
            )
            result = totals(layout)
            return _averaged(result, layout, samples, kernel, divisor)
        group = same_class(labels, keep, dtype)
        scale = group if kernel.per_class else together(keep, dtype)
        matrix = kernel.matrix(features, keep, scale)
        total = forms.over_group(group)
        values = form(matrix.values * group, samples.weights, total)
        return _terms(values, matrix, samples, total, divisor)

    def soft() -> Terms:
        # A row belongs to every class: one bandwidth for all of them.
        group = together(keep, dtype)
        matrix = kernel.matrix(features, keep, group)
        shares = samples.weights * ops.cast(labels, dtype)
        values = form(matrix.values * group, shares, forms.over_all)
        return _terms(values, matrix, samples, forms.over_all, divisor)

    if not is_dense(labels):
        return hard(labels)
    return cond(
        is_one_hot(labels, keep), lambda: hard(ops.argmax(labels, axis=1)), soft
    )


def _averaged(
    totals: Totals,
    layout: Layout,
    samples: Samples,
    kernel: Kernel,
    divisor: int | None,
) -> Terms:
    """Average a discrepancy over its groups."""
    kept = ops.cast(samples.keep, totals.values.dtype)
    members = ops.maximum(layout.total(kept), 1.0)
    # Each row's share of "one group that takes part".
    share = ops.where(totals.present, kept / members, 0.0)
    count = ops.sum(share)
    rows = share * totals.values
    rows = rows / (ops.maximum(count, 1.0) if divisor is None else divisor)
    if not kernel.has_bandwidth:
        return Terms(rows, ops.zeros_like(count))
    bandwidth = ops.divide_no_nan(ops.sum(share * totals.sigma), count)
    return Terms(rows, ops.stop_gradient(bandwidth))


def _terms(
    form: forms.Form,
    matrix: KernelMatrix,
    samples: Samples,
    total: forms.Total,
    divisor: int | None,
) -> Terms:
    """Average a form over its groups."""
    kept = ops.cast(samples.keep, form.rows.dtype)[:, None]
    members = ops.maximum(total(kept), 1.0)
    # Each row's share of "one group that takes part".
    share = form.present * kept / members
    count = ops.sum(share)
    if divisor is None:
        divisor = ops.maximum(count, 1.0)
    rows = ops.sum(form.rows, axis=1) / divisor
    if matrix.bandwidth is None:
        return Terms(rows, ops.zeros_like(count))
    weighted = ops.sum(share * matrix.bandwidth[:, None])
    bandwidth = ops.stop_gradient(ops.divide_no_nan(weighted, count))
    return Terms(rows, bandwidth)

"""Discrepancies of stacked samples, spread over the rows.

The public functions sum these rows; losses hand them to Keras one by one, so
that the mean over a mini-batch is the discrepancy.
"""

from functools import partial
from typing import Any

from keras import ops

from keras_itra.discrepancies import forms
from keras_itra.discrepancies.averages import (
    Discrepancy,
    Terms,
    hard_or_soft,
    of_form,
    of_matrix,
    of_pairs,
)
from keras_itra.discrepancies.groups import Layout, by_label
from keras_itra.discrepancies.label_kernels import label_kernel_matrix
from keras_itra.discrepancies.labels import (
    is_dense,
    of_classes,
    same_class,
    together,
)
from keras_itra.discrepancies.samples import Samples
from keras_itra.discrepancies.totals import mmd_totals, spread_totals
from keras_itra.kernels import Kernel
from keras_itra.kernels.distances import center
from keras_itra.typing import Tensor
from keras_itra.validation import require, require_integer, require_one_of

__all__ = [
    "Terms",
    "check_class_average",
    "check_options",
    "conditional_terms",
    "joint_terms",
    "marginal_terms",
    "spread_terms",
]


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


def _mmd(
    samples: Samples, kernel: Kernel, rooted: bool, estimator: str
) -> Discrepancy:
    options: dict[str, Any] = {"rooted": rooted, "estimator": estimator}
    return Discrepancy(
        lambda values, shares, total: forms.mmd_form(
            values, shares, samples, total, **options
        ),
        partial(mmd_totals, samples, kernel=kernel, **options),
    )


def marginal_terms(
    samples: Samples, kernel: Kernel, *, rooted: bool, estimator: str
) -> Terms:
    """MMD between S1 and S2, whatever their labels (ITRA)."""
    mmd = _mmd(samples, kernel, rooted, estimator)
    if kernel.has_slope:
        return of_pairs(mmd, Layout(samples.keep), kernel, 1)
    features = center(samples.features, samples.keep)
    return of_matrix(mmd, samples, features, 1.0, kernel)


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
    check_class_average(class_average, num_classes)
    samples = of_classes(samples, labels, num_classes)
    mmd = _mmd(samples, kernel, rooted, estimator)
    return _by_class(mmd, samples, labels, kernel, class_average, num_classes)


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
    check_class_average(class_average, num_classes)
    samples = of_classes(samples, labels, num_classes)
    spread = Discrepancy(
        partial(forms.spread_form, rooted=rooted),
        partial(spread_totals, samples, kernel=kernel, rooted=rooted),
    )
    return _by_class(
        spread, samples, labels, kernel, class_average, num_classes
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
    if label_kernel is None:
        samples = of_classes(samples, labels, num_classes)
    mmd = _mmd(samples, kernel, rooted, estimator)

    def hard(labels: Tensor, num_classes: int | None = num_classes) -> Terms:
        groups = by_label(labels, samples.keep, num_classes)
        layout = Layout(samples.keep, groups, num_classes=num_classes)
        return of_pairs(mmd, layout, kernel, 1)

    def soft() -> Terms:
        mask = label_kernel_matrix(labels, samples.keep, label_kernel)
        mask = ops.cast(mask, samples.features.dtype)
        # No centring: against a label kernel a linear one is not invariant.
        return of_matrix(mmd, samples, samples.features, mask, kernel)

    if label_kernel is not None or not kernel.has_slope:
        return soft()
    return hard_or_soft(labels, samples, hard, soft)


def _by_class(
    discrepancy: Discrepancy,
    samples: Samples,
    labels: Tensor,
    kernel: Kernel,
    class_average: str,
    num_classes: int | None,
) -> Terms:
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

    def hard(labels: Tensor, *_: Any) -> Terms:
        if kernel.has_slope:
            layout = Layout(
                keep,
                by_label(labels, keep, num_classes),
                by_group=True,
                per_class=kernel.per_class,
                num_classes=num_classes,
            )
            return of_pairs(discrepancy, layout, kernel, divisor)
        group = same_class(labels, keep, dtype)
        scale = group if kernel.per_class else together(keep, dtype)
        return matrix_terms(
            group, scale, samples.weights, forms.over_group(group)
        )

    def soft() -> Terms:
        # A row belongs to every class: one bandwidth for all of them.
        group = together(keep, dtype)
        shares = samples.weights * ops.cast(labels, dtype)
        return matrix_terms(group, group, shares, forms.over_all)

    def matrix_terms(
        group: Tensor, scale: Tensor, shares: Tensor, total: forms.Total
    ) -> Terms:
        features = center(samples.features, keep)
        matrix = kernel.matrix(features, keep, scale)
        form = discrepancy.of_matrix(matrix.values * group, shares, total)
        return of_form(form, matrix.bandwidth, samples, total, divisor)

    return hard_or_soft(labels, samples, hard, soft)

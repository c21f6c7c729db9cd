"""A constant reference for a mini-batch: values and gradients of two sides.

**MMD.** S1 and S2 come from one distribution, so the expected gradient is that
of the bias of the estimator (see `ITRAAlignment`). With S2 constant, for any
number M of its rows,

```
grad through S1 alone:        -1/n grad E k(h, h')
through both, of n rows each: -2/n grad E k(h, h')
```

A factor of 2 makes up for it, exactly in expectation for a given bandwidth.
The root divides by `2 MMD`, and `MMD^2` is proportional to `1/n + 1/M`
instead of `2/n`: the factor becomes `sqrt(2 (1 + n/M))`. That is exact for
the linear kernel and normally distributed features, for others as long as
the MMD scatters little around its mean.

All of that holds for a reference from the distribution of S1. Features that
a network had some steps ago are not quite: the parts of the MMD that should
cancel, S1 away from S1 and towards S2, leave a pull back to where they were.

**Spread.** `(1/n + 1/n) (1 - E k(h, h'))` has no parts that cancel. E k is
estimated by all pairs of S1 and the reference, n is that of S1. With weights
a, S1 has the share

```
(A_1 A - Q_1) / (A^2 - Q),   A = sum a, Q = sum a^2, of S1 with the index 1
```

of the expected gradient, and its inverse makes up for the rest.
"""

from typing import Any

from keras import ops

from keras_itra.discrepancies.labels import is_dense, one_hot
from keras_itra.discrepancies.samples import Samples, stacked
from keras_itra.kernels import as_features
from keras_itra.typing import Tensor
from keras_itra.validation import require

#: Labels, features and weights.
Reference = tuple[Tensor, Tensor, Tensor]


def stacked_on(
    reference: Reference,
    labels: Tensor,
    features: Tensor,
    sample_weight: Tensor | None,
) -> tuple[Samples, Tensor]:
    """S1 stacked on a constant S2, and the labels of both.

    Args:
        reference: S2.
        labels: Of S1, in the form of those of the reference.
        features: Of S1.
        sample_weight: Of S1.

    Raises:
        ValueError: If the labels differ in their form.
    """
    s2_labels, s2_features, s2_weights = reference
    require(
        is_dense(labels) == is_dense(s2_labels),
        "labels of the same form in the mini-batch and the reference",
        labels_shape=tuple(labels.shape),
        reference_labels_shape=tuple(s2_labels.shape),
    )
    s2_features = ops.stop_gradient(as_features(s2_features))
    samples = stacked(features, s2_features, sample_weight, s2_weights)
    return samples, ops.concatenate([labels, s2_labels])


def class_shares(labels: Tensor, num_classes: int | None, dtype: Any) -> Tensor:
    """`(rows, num_classes)`: share of each row in each class.

    Raises:
        ValueError: If the number of classes is not known.
    """
    if is_dense(labels):
        return ops.cast(labels, dtype)
    require(
        num_classes is not None,
        "`num_classes` for a reference with integer labels",
        num_classes=num_classes,
    )
    return one_hot(labels, num_classes, dtype)


def scale_gradient(tensor: Tensor, factor: Tensor | float) -> Tensor:
    """The tensor itself, with `factor` times its gradient."""
    constant = ops.stop_gradient(tensor)
    return constant + factor * (tensor - constant)


def two_sided_factor(samples: Samples, classes: Tensor | None = None) -> Tensor:
    """`sqrt(2 (1 + n/M))` for the rows of S1 and a constant S2.

    n and M are effective numbers of rows, `(sum w)^2 / sum w^2`.

    Args:
        samples: S1 and S2.
        classes: `(rows, num_classes)`: share of each row in each class, for
            a discrepancy that goes by class.

    Returns:
        `(rows, 1)`, or `(1, 1)` for one factor for all rows.
    """
    shares = samples.weights if classes is None else samples.weights * classes
    n = _effective_rows(shares * samples.first)
    m = _effective_rows(shares * (1.0 - samples.first))
    factor = ops.sqrt(2.0 * (1.0 + ops.divide_no_nan(n, m)))
    if classes is None:
        return factor
    return _of_rows(classes, factor)


def spread_factors(samples: Samples, classes: Tensor) -> tuple[Tensor, Tensor]:
    """What turns the spread of S1 and S2 into that of S1 alone.

    Args:
        samples: S1 and S2.
        classes: As for `two_sided_factor`.

    Returns:
        Factors `(rows, 1)` of the gradient, and of the squared value; the
        latter is 0 for classes that S1 has no row of.
    """
    shares = samples.weights * classes
    of_s1 = shares * samples.first
    mass, mass_1 = _sum(shares), _sum(of_s1)
    squares, squares_1 = _sum(ops.square(shares)), _sum(ops.square(of_s1))
    gradient = ops.divide_no_nan(
        ops.square(mass) - squares, mass_1 * mass - squares_1
    )
    value = ops.divide_no_nan(_effective_rows(shares), _effective_rows(of_s1))
    return _of_rows(classes, gradient), _of_rows(classes, value)


def _of_rows(classes: Tensor, values: Tensor) -> Tensor:
    return ops.sum(classes * values, axis=1, keepdims=True)


def _sum(shares: Tensor) -> Tensor:
    return ops.sum(shares, axis=0, keepdims=True)


def _effective_rows(shares: Tensor) -> Tensor:
    return ops.divide_no_nan(ops.square(_sum(shares)), _sum(ops.square(shares)))

"""The gradient of a two-sided alignment from one of its sides.

S1 and S2 come from one distribution, so the expected gradient is that of the
bias of the estimator (see `ITRAAlignment`). With S2 constant, for any number
M of its rows,

```
grad through S1 alone:        -1/n grad E k(h, h')
through both, of n rows each: -2/n grad E k(h, h')
```

A factor of 2 makes up for it, exactly in expectation for a given bandwidth.
The root divides by `2 MMD`, and `MMD^2` is proportional to `1/n + 1/M`
instead of `2/n`: the factor becomes `sqrt(2 (1 + n/M))`. That is exact for
the linear kernel and normally distributed features, for others as long as
the MMD scatters little around its mean.
"""

from keras import ops

from keras_itra.discrepancies.samples import Samples
from keras_itra.typing import Tensor


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
    return ops.sum(classes * factor, axis=1, keepdims=True)


def _effective_rows(shares: Tensor) -> Tensor:
    squares = ops.sum(ops.square(shares), axis=0, keepdims=True)
    mass = ops.sum(shares, axis=0, keepdims=True)
    return ops.divide_no_nan(ops.square(mass), squares)

"""The weighted quadratic form underneath every MMD.

With stacked features z, kernel matrix Kz and signed weights w (`+1/n` on S1,
`-1/m` on S2):

```
MMD^2 = w^T Kz w = sum_i row_i,        row = w * (Kz @ w)
```

Classes are handled without a loop. With hard labels the kernel matrix is
masked to pairs of one class, `total` sums over a row's own class, and one
Gram matrix serves any number of classes. With soft labels the weights have
one column per class and `total` sums over all rows.
"""

from collections.abc import Callable
from typing import NamedTuple

from keras import ops

from keras_itra.discrepancies.samples import Samples
from keras_itra.kernels.distances import RESOLUTION, safe_sqrt
from keras_itra.typing import Tensor

#: Sums a column vector over the group of each row: `(n, c)` -> `(n or 1, c)`.
Total = Callable[[Tensor], Tensor]


class Form(NamedTuple):
    """A discrepancy spread over the rows.

    Attributes:
        rows: `(n, c)`; the sum over the rows of a group is the discrepancy
            of that group.
        present: `(n, c)` or `(1, c)` of 0 and 1: the group takes part.
    """

    rows: Tensor
    present: Tensor


def over_all(values: Tensor) -> Tensor:
    """`Total` for a single group of rows."""
    return ops.sum(values, axis=0, keepdims=True)


def over_group(group: Tensor) -> Total:
    """`Total` for groups given by an `(n, n)` matrix of 0 and 1."""
    return lambda values: ops.matmul(group, values)


def mmd_form(
    kernel: Tensor,
    shares: Tensor,
    samples: Samples,
    total: Total,
    *,
    rooted: bool,
    estimator: str,
) -> Form:
    """MMD between S1 and S2, per group and spread over the rows.

    A group without a row in one of the two samples gets weight 0: its lone
    self-term would push its rows apart.

    Args:
        kernel: `(n, n)`, zero between rows of different groups.
        shares: `(n, c)`: weight of row i in group c, >= 0.
        samples: Says which rows belong to S1.
        total: Sums over the rows of a group.
        rooted: Take the square root of each group's squared MMD.
        estimator: `"biased"` keeps i = j; `"unbiased"` drops it.
    """
    first, second = samples.first, 1.0 - samples.first
    mass_1, mass_2 = total(shares * first), total(shares * second)
    mass = first * mass_1 + second * mass_2
    present = ops.logical_and(mass_1 > 0, mass_2 > 0)
    if estimator == "unbiased":
        square = ops.square(shares)
        distinct_1 = ops.square(mass_1) - total(square * first)
        distinct_2 = ops.square(mass_2) - total(square * second)
        present = ops.logical_and(
            present,
            ops.logical_and(
                distinct_1 > RESOLUTION * ops.square(mass_1),
                distinct_2 > RESOLUTION * ops.square(mass_2),
            ),
        )
        distinct = first * distinct_1 + second * distinct_2
        scale = ratio(ops.square(mass), distinct, present)
    present = ops.cast(present, kernel.dtype)
    weights = present * (first - second) * ratio(shares, mass, mass > 0)
    if estimator == "biased":
        rows = weights * ops.matmul(kernel, weights)
    else:
        own = ops.matmul(first, ops.transpose(first)) + ops.matmul(
            second, ops.transpose(second)
        )
        off_diagonal = 1.0 - ops.eye(ops.shape(kernel)[0], dtype=kernel.dtype)
        inside = ops.matmul(kernel * own * off_diagonal, weights)
        across = ops.matmul(kernel * (1.0 - own), weights)
        rows = weights * (scale * inside + across)
    return Form(_root(rows, kernel, total) if rooted else rows, present)


def spread_form(
    kernel: Tensor, shares: Tensor, total: Total, *, rooted: bool
) -> Form:
    """Expected biased MMD between two samples of a group like the given one.

    ```
    (1/n + 1/n) * mean_{i != j} [ (k_ii + k_jj) / 2 - k_ij ]
    ```

    Args:
        kernel: `(n, n)`, zero between rows of different groups.
        shares: `(n, c)`: weight of row i in group c, >= 0.
        total: Sums over the rows of a group.
        rooted: Take the square root of each group's value.
    """
    mass, squares = total(shares), total(ops.square(shares))
    distinct = ops.square(mass) - squares
    present = distinct > RESOLUTION * ops.square(mass)
    self_kernel = ops.diagonal(kernel)[:, None]
    # sum_j shares_j * ((k_ii + k_jj) / 2 - k_ij) over the row's own group
    contrast = 0.5 * (self_kernel * mass + total(self_kernel * shares))
    contrast = contrast - ops.matmul(kernel, shares)
    two_over_n = 2.0 * ratio(squares, ops.square(mass), present)
    rows = two_over_n * ratio(shares * contrast, distinct, present)
    rows = _root(rows, kernel, total) if rooted else rows
    return Form(rows, ops.cast(present, kernel.dtype))


def _root(rows: Tensor, kernel: Tensor, total: Total) -> Tensor:
    """Divide each row by the root of its group's total.

    The denominator is not detached: the sum of a group's rows is the root of
    the group's total, and so is its gradient. Totals below the resolution of
    float32 count as 0, with gradient 0 instead of the infinite derivative of
    the root.
    """
    totals = total(rows)
    largest = ops.stop_gradient(ops.max(ops.abs(kernel)))
    # What is not a number must not pass for 0.
    resolved = ops.where(totals <= RESOLUTION * largest, 0.0, totals)
    defined = ops.logical_not(resolved <= 0)
    return ratio(rows, safe_sqrt(resolved), defined)


def ratio(numerator: Tensor, denominator: Tensor, defined: Tensor) -> Tensor:
    """Quotient with value and gradient 0 where it is not defined."""
    denominator = ops.where(defined, denominator, 1.0)
    return ops.where(defined, numerator / denominator, 0.0)

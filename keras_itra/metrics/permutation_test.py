"""Whether two samples are from one distribution, by permutations."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from keras import ops
from numpy.typing import ArrayLike

from keras_itra.metrics._arrays import checked_rows, require_same_width
from keras_itra.validation import require, require_integer

# Permuted values this close are equal but for the rounding of float32.
_TIE = 1e-6


class PermutationTest(NamedTuple):
    """Result of a permutation test.

    Attributes:
        statistic: MMD^2, the biased estimate.
        p_value: How often a random split is at least as far apart.
    """

    statistic: float
    p_value: float


def mmd_permutation_test(
    x: ArrayLike,
    y: ArrayLike,
    kernel: Callable[[Any], Any],
    *,
    permutations: int = 999,
    seed: int = 0,
) -> PermutationTest:
    """Tests whether two samples are from one distribution.

    ```
    MMD^2 = mean k(x, x') + mean k(y, y') - 2 mean k(x, y)
    p = (1 + #{random splits with MMD^2 at least as large}) / (1 + N)
    ```

    The splits are of the rows of both into groups of the same sizes. If the
    distributions are equal and the rows independent, p is below any level
    with at most that probability.

    Args:
        x: Shape `(n, d)`.
        y: Shape `(m, d)`.
        kernel: Function from the rows of both, `(n + m, d)`, to their kernel
            matrix: a `keras_itra.kernels.Kernel` or any other. A bandwidth
            that it estimates is therefore that of all rows.
        permutations: Number N of random splits. Defaults to 999; p cannot be
            below 1 / (N + 1).
        seed: Of the random splits. Defaults to 0.

    Returns:
        The biased MMD^2 and the p-value, which is 1 if all rows coincide.

    Raises:
        ValueError: If shapes disagree, a number is not finite, or an argument
            is outside its domain.

    Example:

    ```python
    import numpy as np
    from keras_itra.kernels import Gaussian
    from keras_itra.metrics import mmd_permutation_test

    x, y = np.random.default_rng(0).normal(size=(2, 30, 4))
    assert mmd_permutation_test(x, y + 2, Gaussian()).p_value < 0.01
    ```

    Reference:
        Gretton et al., "A Kernel Two-Sample Test", JMLR 2012.
    """
    x, y = checked_rows("x", x), checked_rows("y", y)
    require_same_width("x", x, "y", y)
    require(callable(kernel), "`kernel` to be callable", kernel=kernel)
    require_integer("permutations", permutations, minimum=1)
    require_integer("seed", seed, minimum=0)
    rows = np.concatenate([x, y])
    matrix = checked_rows(
        "kernel(rows)",
        ops.convert_to_numpy(kernel(rows)),
    )
    require(
        matrix.shape == (len(rows), len(rows)),
        f"`kernel(rows)` of shape ({len(rows)}, {len(rows)})",
        shape=matrix.shape,
    )
    observed = np.repeat([1 / len(x), -1 / len(y)], [len(x), len(y)])
    generator = np.random.default_rng(seed)
    # Weights sum to 0: a constant of the kernel is rounding and nothing else.
    matrix = matrix - matrix.mean()
    statistic = float(observed @ matrix @ observed)
    splits = generator.permuted(np.tile(observed, (permutations, 1)), axis=1)
    values = np.einsum("pi,pi->p", splits @ matrix, splits)
    tie = _TIE * np.abs(matrix).max() * np.square(observed).sum()
    beyond = int(np.count_nonzero(values >= statistic - tie))
    return PermutationTest(statistic, (1 + beyond) / (1 + permutations))

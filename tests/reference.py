"""The discrepancies in float64 NumPy, for comparison with the package.

Written from the formulas and not from the package, class by class and as
plainly as possible. `x` and `y` are the batches, `s` and `t` their labels as
matrices of memberships `(n, K)` (one-hot for integer labels), `a` and `b`
their weights (default: one). A kernel with a number for its bandwidth is
fixed; `Kernel.fit` fixes the others to given rows. `form` is `rooted` and
`estimator`.
"""

import dataclasses

import numpy as np


@dataclasses.dataclass(frozen=True)
class Kernel:
    """A kernel: its name, its bandwidth (a number or a rule), its mixture."""

    name: str = "gaussian"
    bandwidth: str | float = "median"
    multipliers: tuple = (1, 2, 4, 8, 16)
    pairs: str = "all"
    scope: str = "class"
    alpha: float = 1.0

    def __call__(self, x, y):
        """Return the kernel matrix of the rows of `x` and `y`."""
        if self.name == "linear":
            return x @ y.T
        squared = squared_distances(x, y)
        if self.name == "energy":
            return -np.sqrt(squared)
        total = 0.0
        for multiplier in self.multipliers:
            s = squared / (multiplier * self.bandwidth)
            if self.name == "gaussian":
                total = total + np.exp(-s)
            elif self.name == "laplacian":
                total = total + np.exp(-np.sqrt(s))
            elif self.name == "rational_quadratic":
                total = total + (1 + s / self.alpha) ** -self.alpha
            elif self.name == "inverse_multiquadric":
                total = total + 1 / np.sqrt(1 + s)
            else:
                raise ValueError(self.name)
        return total / len(self.multipliers)

    def fit(self, *batches):
        """Return the kernel with its bandwidth fixed to the pooled rows."""
        if not isinstance(self.bandwidth, str):
            return self
        rows = np.concatenate(batches)
        squared = squared_distances(rows, rows)
        if self.pairs == "off_diagonal":
            squared = squared[~np.eye(len(rows), dtype=bool)]
        if squared.any():
            rule = {"median": np.median, "mean": np.mean}[self.bandwidth]
            return dataclasses.replace(self, bandwidth=rule(squared))
        return dataclasses.replace(self, bandwidth=1.0)  # does not matter


def squared_distances(x, y):
    """Return the matrix of squared Euclidean distances."""
    return ((x[:, None, :] - y[None, :, :]) ** 2).sum(-1)


def one_hot(labels, num_classes):
    """Return integer labels as a matrix of memberships."""
    return np.eye(num_classes)[np.asarray(labels).ravel()]


def _weights(x, weights):
    return np.ones(len(x)) if weights is None else np.asarray(weights, float)


def _within(matrix, weights, estimator):
    """Mean of the kernel over the pairs of one batch."""
    if estimator == "biased":
        return weights @ matrix @ weights / weights.sum() ** 2
    matrix = matrix - np.diag(np.diag(matrix))
    pairs = weights.sum() ** 2 - (weights**2).sum()
    return weights @ matrix @ weights / pairs


def _discrepancy(xx, yy, xy, a, b, rooted=True, estimator="biased"):
    """The MMD from its three kernel matrices."""
    squared = _within(xx, a, estimator) + _within(yy, b, estimator)
    squared = squared - 2 * a @ xy @ b / (a.sum() * b.sum())
    return np.sqrt(max(squared, 0.0)) if rooted else squared


def _class_mean(terms, num_classes, class_average):
    """Mean over all classes, or over those that have a term."""
    if class_average == "all":
        return sum(terms) / num_classes
    return sum(terms) / len(terms) if terms else 0.0


def mmd(x, y, kernel, a=None, b=None, **form):
    """MMD; the bandwidth comes from the rows that carry any weight."""
    a, b = _weights(x, a), _weights(y, b)
    kernel = kernel.fit(x[a > 0], y[b > 0])
    return _discrepancy(kernel(x, x), kernel(y, y), kernel(x, y), a, b, **form)


def class_kernels(x, s, y, t, kernel, a=None, b=None):
    """One fixed kernel a class: of its slice, or the pooled one for all."""
    a, b = _weights(x, a), _weights(y, b)
    soft = set(np.unique(np.concatenate([s[a > 0], t[b > 0]]))) - {0.0, 1.0}
    if kernel.scope == "pooled" or soft:
        return [kernel.fit(x[a > 0], y[b > 0])] * s.shape[1]
    slices = [(a * s[:, k] > 0, b * t[:, k] > 0) for k in range(s.shape[1])]
    return [kernel.fit(x[of_x], y[of_y]) for of_x, of_y in slices]


def conditional_mmd(
    x, s, y, t, kernel, a=None, b=None, class_average="all", **form
):
    """Mean of the MMD over classes; `kernel`: one, or a fixed one a class."""
    a, b = _weights(x, a), _weights(y, b)
    if isinstance(kernel, Kernel):
        kernel = class_kernels(x, s, y, t, kernel, a, b)
    terms = []
    for k, kernel_k in enumerate(kernel):
        a_k, b_k = a * s[:, k], b * t[:, k]
        if a_k.any() and b_k.any():  # else there is nothing to align
            terms.append(mmd(x, y, kernel_k, a_k, b_k, **form))
    return _class_mean(terms, s.shape[1], class_average)


def joint_mmd(x, s, y, t, kernel, a=None, b=None, label_kernel=None, **form):
    """MMD with the product of the kernel and a kernel on the labels.

    The default label kernel is 1 where two classes are equal, else 0.
    """
    a, b = _weights(x, a), _weights(y, b)
    label_kernel = label_kernel or Kernel("linear")
    kernel = kernel.fit(x[a > 0], y[b > 0])
    label_kernel = label_kernel.fit(s[a > 0], t[b > 0])
    return _discrepancy(
        kernel(x, x) * label_kernel(s, s),
        kernel(y, y) * label_kernel(t, t),
        kernel(x, y) * label_kernel(s, t),
        a,
        b,
        **form,
    )


def coral(x, y, a=None, b=None):
    """Squared distance of the covariances (n - 1 below), over 4 d^2."""
    difference = np.cov(x.T, aweights=_weights(x, a))
    difference = difference - np.cov(y.T, aweights=_weights(y, b))
    return (difference**2).sum() / (4 * x.shape[1] ** 2)


def within_class_spread(x, s, kernel, a=None, class_average="all", rooted=True):
    """What the biased MMD of two such batches is expected to be.

    Per class `2 / n * mean_{i != j} ((k_ii + k_jj) / 2 - k_ij)`.
    """
    a = _weights(x, a)
    if isinstance(kernel, Kernel):
        kernel = class_kernels(x, s, x[:0], s[:0], kernel, a)
    terms = []
    for k, kernel_k in enumerate(kernel):
        a_k = a * s[:, k]
        if np.count_nonzero(a_k) < 2:
            continue  # no pair of rows
        matrix = kernel_k(x, x)
        own = np.diag(matrix)
        contrast = (own[:, None] + own[None, :]) / 2 - matrix
        share = (a_k**2).sum() / a_k.sum() ** 2  # 1 / n for equal weights
        squared = 2 * share * _within(contrast, a_k, "unbiased")
        terms.append(np.sqrt(squared) if rooted else squared)
    return _class_mean(terms, s.shape[1], class_average)

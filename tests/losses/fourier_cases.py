"""The Fourier form of the MMD in float64, with given frequencies.

Written class by class from the formulas; S1 stands in the even rows.
"""

import numpy as np

from tests import reference

#: Loss arguments of each mode, and whether it averages over classes.
MODES = ("conditional", "marginal", "joint")


def embedding(x, frequencies, multipliers, sigma):
    """`(n, D)`, one frequency after the other."""
    count, kinds = frequencies.shape[1], len(multipliers)
    columns = []
    for j in range(count):
        share = 1 / (kinds * len(range(j % kinds, count, kinds)))
        phase = x @ frequencies[:, j] / np.sqrt(sigma)
        columns += [np.sqrt(share) * np.cos(phase)]
        columns += [np.sqrt(share) * np.sin(phase)]
    return np.stack(columns, axis=1)


def bandwidths(x, memberships, weights, kernel):
    """`sigma` of each class; `kernel` is a `reference.Kernel`."""
    s, t = memberships[::2], memberships[1::2]
    fitted = reference.class_kernels(
        x[::2], s, x[1::2], t, kernel, weights[::2], weights[1::2]
    )
    return [float(each.bandwidth) for each in fitted]


def discrepancy(
    mode, memberships, x, loss, sigmas, weights, rooted, class_average="all"
):
    """The loss; `sigmas` one a class, `weights` one a row."""
    frequencies = np.array(loss.random_features.frequencies, "float64")
    multipliers = loss.random_features.multipliers
    first = np.arange(len(x)) % 2 == 0
    squares = []
    for k, sigma in enumerate(sigmas):
        phi = embedding(x, frequencies, multipliers, sigma)
        shares = weights * (memberships[:, k] if mode != "marginal" else 1)
        masses = shares if mode == "conditional" else weights
        a, b = masses[first].sum(), masses[~first].sum()
        if a > 0 and b > 0:
            mean = shares[first] @ phi[first] / a
            difference = mean - shares[~first] @ phi[~first] / b
            squares.append(difference @ difference)
    if mode == "marginal":
        squares = squares[:1]
    if mode == "joint":
        squares = [sum(squares)]
    values = np.sqrt(squares) if rooted else np.array(squares)
    if mode == "conditional" and class_average == "all":
        return values.sum() / memberships.shape[1]
    return values.mean() if len(values) else 0.0

"""The paper's step on a linear network, by hand in float64 NumPy."""

import numpy as np

from tests.reference import squared_distances

MULTIPLIERS = (1, 2, 4, 8, 16)


def mmd_and_gradients(x, y):
    """Rooted MMD under the paper's kernel; its gradients by x and y.

    ```
    grad_i MMD = -2 / MMD * [ 1/n^2   sum_j k(x_i, x_j) (x_i - x_j) / s
                            - 1/(n m) sum_j k(x_i, y_j) (x_i - y_j) / s ]
    ```

    averaged over s = multiplier * median; the median is a constant.
    """
    rows = np.concatenate([x, y])
    median = np.median(squared_distances(rows, rows))
    n, m = len(x), len(y)
    squared, of_x, of_y = 0.0, np.zeros_like(x), np.zeros_like(y)
    for multiplier in MULTIPLIERS:
        s = multiplier * median
        xx, yy, xy = (
            np.exp(-squared_distances(*pair) / s)
            for pair in ((x, x), (y, y), (x, y))
        )
        squared += xx.mean() + yy.mean() - 2 * xy.mean()
        of_x += _pull(x, x, xx) / (s * n * n) - _pull(x, y, xy) / (s * n * m)
        of_y += _pull(y, y, yy) / (s * m * m) - _pull(y, x, xy.T) / (s * n * m)
    mmd = np.sqrt(squared / len(MULTIPLIERS))
    factor = -2 / mmd / len(MULTIPLIERS)
    return mmd, factor * of_x, factor * of_y


def _pull(x, y, kernel):
    return kernel.sum(1)[:, None] * x - kernel @ y


def losses_and_gradients(weights, x, labels, strength, supervised):
    """Cross-entropy, alignment, and the gradients by W and V.

    Args:
        weights: `(W, V)`: features `x W`, logits `h V`.
        x: Rows, S1 in even and S2 in odd ones.
        labels: Their classes.
        strength: Weight of the alignment.
        supervised: Slice of the rows that the cross-entropy sees.
    """
    w, v = (np.asarray(weight, "float64") for weight in weights)
    x = np.asarray(x, "float64")
    h = x @ w
    of_h = np.zeros_like(h)

    logits = h[supervised] @ v
    one_hot = np.eye(v.shape[1])[labels[supervised]]
    shifted = np.exp(logits - logits.max(1, keepdims=True))
    p = shifted / shifted.sum(1, keepdims=True)
    cross_entropy = -np.log((p * one_hot).sum(1)).mean()
    of_logits = (p - one_hot) / len(p)
    of_v = h[supervised].T @ of_logits
    of_h[supervised] = of_logits @ v.T

    alignment = 0.0
    row = np.arange(len(x))
    for k in range(v.shape[1]):
        s1 = row[(row % 2 == 0) & (labels == k)]
        s2 = row[(row % 2 == 1) & (labels == k)]
        if len(s1) == 0 or len(s2) == 0:
            continue  # nothing to align
        mmd, of_s1, of_s2 = mmd_and_gradients(h[s1], h[s2])
        alignment += mmd / v.shape[1]
        of_h[s1] += strength * of_s1 / v.shape[1]
        of_h[s2] += strength * of_s2 / v.shape[1]
    return cross_entropy, alignment, (x.T @ of_h, of_v)


def descend(weights, batches, rate, strength, supervised):
    """Weights after one step of plain gradient descent per mini-batch."""
    for x, labels in batches:
        *_, gradients = losses_and_gradients(
            weights, x, labels, strength, supervised
        )
        weights = [
            w - rate * g for w, g in zip(weights, gradients, strict=True)
        ]
    return weights

"""Mean, standard deviation and paired differences over seeds."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from keras_itra import validation
from keras_itra._optional import require_module


@dataclass(frozen=True)
class Summary:
    """Mean and sample standard deviation (nan for a single value)."""

    mean: float
    std: float


@dataclass(frozen=True)
class Interval:
    """A mean difference with its confidence limits (nan for a single pair)."""

    mean: float
    low: float
    high: float


def summarise(values: Sequence[float]) -> Summary:
    """Mean and standard deviation of one measure over the seeds.

    Args:
        values: One value per seed.

    Returns:
        The mean, and the standard deviation with n - 1 in the denominator.

    Raises:
        ValueError: If there are no values.
    """
    array = np.asarray(values, dtype="float64")
    validation.require(
        array.ndim == 1 and array.size > 0, "one value per seed", values=values
    )
    std = float(array.std(ddof=1)) if array.size > 1 else float("nan")
    return Summary(float(array.mean()), std)


def paired_difference(
    values: Sequence[float],
    baseline: Sequence[float],
    confidence: float = 0.95,
) -> Interval:
    """Mean difference of two methods run with the same seeds.

    Pairing by seed removes what the seeds have in common (initial weights and
    sample order). The limits are those of Student's t:

    ```
    d_i = values_i - baseline_i
    mean(d) -+ t(n - 1, (1 + confidence) / 2) * std(d) / sqrt(n)
    ```

    Args:
        values: One value per seed.
        baseline: The values of the other method, same seeds, same order.
        confidence: Coverage of the interval, between 0 and 1.

    Returns:
        The mean difference and its limits.

    Raises:
        ValueError: If the two do not pair or `confidence` is out of range.
    """
    validation.require(
        len(values) == len(baseline),
        "one baseline value per value",
        values=values,
        baseline=baseline,
    )
    validation.require(
        0 < confidence < 1,
        "a confidence between 0 and 1",
        confidence=confidence,
    )
    differences = [a - b for a, b in zip(values, baseline, strict=True)]
    summary = summarise(differences)
    if len(differences) == 1:
        return Interval(summary.mean, float("nan"), float("nan"))
    half = _quantile(len(differences), confidence)
    half *= summary.std / len(differences) ** 0.5
    return Interval(summary.mean, summary.mean - half, summary.mean + half)


def paired_p_value(values: Sequence[float], baseline: Sequence[float]) -> float:
    """Two-sided p-value of the mean paired difference, by Student's t.

    Args:
        values: One value per seed.
        baseline: The values of the other method, same seeds, same order.

    Returns:
        Between 0 and 1; nan for a single pair. Where all differences are the
        same, 1 if they are 0 and 0 otherwise.

    Raises:
        ValueError: If the two do not pair.
    """
    difference = paired_difference(values, baseline)
    count = len(values)
    half = difference.high - difference.mean
    if count == 1 or math.isnan(difference.mean):
        return math.nan
    if half == 0:
        return 1.0 if difference.mean == 0 else 0.0
    stats = require_module("scipy.stats", "experiments")
    t = abs(difference.mean) / half * _quantile(count, 0.95)
    return float(2 * stats.t.sf(t, count - 1))


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm's correction of p-values for the number of comparisons.

    With p_(1) <= ... <= p_(n) in order,

    ```
    adjusted_(i) = max over j <= i of min(1, (n - j + 1) p_(j))
    ```

    Args:
        p_values: Of n comparisons; nan ones do not count.

    Returns:
        Adjusted p-values, in the same order.

    Reference:
        Holm, A Simple Sequentially Rejective Multiple Test Procedure,
        Scandinavian Journal of Statistics 1979.
    """
    adjusted = [math.nan] * len(p_values)
    known = [i for i, p in enumerate(p_values) if not math.isnan(p)]
    largest = 0.0
    for rank, i in enumerate(sorted(known, key=lambda i: p_values[i])):
        largest = max(largest, min(1.0, (len(known) - rank) * p_values[i]))
        adjusted[i] = largest
    return adjusted


def ratio_of_means(
    numerators: Sequence[float],
    denominators: Sequence[float],
    confidence: float = 0.95,
) -> Interval:
    """Ratio of the means of two measures of the same seeds.

    The limits are Fieller's: the ratios `r` at which the paired difference
    `numerators - r * denominators` is not significant.

    Args:
        numerators: One value per seed.
        denominators: The other measure, same seeds, same order.
        confidence: Coverage of the interval, between 0 and 1.

    Returns:
        The ratio and its limits: nan where the mean of the denominators
        cannot be told from zero, or of a single seed.

    Raises:
        ValueError: If the two do not pair or `confidence` is out of range.

    Reference:
        Fieller, Some Problems in Interval Estimation, JRSS B 1954.
    """
    validation.require(
        len(numerators) == len(denominators),
        "one denominator per numerator",
        numerators=numerators,
        denominators=denominators,
    )
    above = paired_difference(numerators, [0.0] * len(numerators), confidence)
    below = paired_difference(
        denominators, [0.0] * len(denominators), confidence
    )
    undefined = float("nan")
    if not (below.low > 0 or below.high < 0):
        ratio = above.mean / below.mean if below.mean else undefined
        return Interval(ratio, undefined, undefined)
    count = len(numerators)
    scale = _quantile(count, confidence) ** 2 / count
    covariance = scale * np.cov(numerators, denominators)
    # (above - r * below)^2 = scale * variance(numerators - r * denominators)
    roots = np.roots(
        [
            below.mean**2 - covariance[1, 1],
            -2 * (above.mean * below.mean - covariance[0, 1]),
            above.mean**2 - covariance[0, 0],
        ]
    )
    low, high = sorted(float(root.real) for root in roots)
    return Interval(above.mean / below.mean, low, high)


def _quantile(count: int, confidence: float) -> float:
    """Of Student's t, two-sided, for the mean of so many values."""
    stats = require_module("scipy.stats", "experiments")
    return float(stats.t.ppf((1 + confidence) / 2, count - 1))

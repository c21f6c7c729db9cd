"""Mean, standard deviation and paired differences over seeds."""

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
    stats = require_module("scipy.stats", "experiments")
    quantile = stats.t.ppf((1 + confidence) / 2, len(differences) - 1)
    half = float(quantile) * summary.std / len(differences) ** 0.5
    return Interval(summary.mean, summary.mean - half, summary.mean + half)

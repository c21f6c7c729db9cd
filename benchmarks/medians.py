"""Medians over interleaved repeats, and how sure they are."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

#: What short calls are repeated for before their median is taken.
LEAST_SECONDS = 0.02


@dataclass(frozen=True)
class Median:
    """A median with its 95 % bootstrap interval.

    Attributes:
        value: The median.
        low: Lower limit.
        high: Upper limit.
    """

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.2f} ({self.low:.2f} to {self.high:.2f})"


def median_with_interval(
    values: Sequence[float] | np.ndarray, resamples: int = 5000
) -> Median:
    """Median, and the quantiles of the medians of resampled values.

    Args:
        values: One value for each repeat.
        resamples: Bootstrap samples.
    """
    values = np.asarray(values)
    size = (resamples, len(values))
    drawn = np.random.default_rng(0).integers(len(values), size=size)
    medians = np.median(values[drawn], axis=1)
    low, high = np.quantile(medians, [0.025, 0.975])
    return Median(float(np.median(values)), float(low), float(high))


def interleave(
    runs: Sequence[Callable[[], float]],
    repeats: int,
    advance: Callable[[], None] = lambda: None,
) -> np.ndarray:
    """Let runs take turns, in a new order at each repeat.

    Whatever else the machine does then meets all of them, and a ratio inside
    a repeat compares what was measured within seconds.

    Args:
        runs: Each returns seconds.
        repeats: How often, after one round that compiles and is dropped.
        advance: Called after every run.

    Returns:
        `(repeats, len(runs))` seconds.
    """
    rng = np.random.default_rng(0)
    seconds = np.empty((repeats + 1, len(runs)))
    for repeat in seconds:
        for index in rng.permutation(len(runs)):
            repeat[index] = runs[index]()
            advance()
    return seconds[1:]


def seconds_per_call(call: Callable[[], None]) -> float:
    """Median over as many calls as fill `LEAST_SECONDS`.

    Args:
        call: Returns when its work is done.
    """
    seconds: list[float] = []
    while sum(seconds) < LEAST_SECONDS:
        start = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - start)
    return float(np.median(seconds))

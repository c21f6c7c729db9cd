"""Which alignment weight is safe, by the losses of the validation rows."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import NormalDist
from typing import Any

import keras
import numpy as np

from keras_itra.validation import require

MINIMUM_ROWS = 100
"""Validation rows from which on a mean of losses is taken for normal."""


@dataclass(frozen=True)
class Candidate:
    """One alignment weight, and how it did on the validation rows.

    Attributes:
        weight: The alignment weight.
        loss: Mean of the compiled loss over the validation rows.
        difference: `loss` minus that of weight 0, the mean over the rows of
            their differences; nan if a loss is not finite.
        standard_error: Of `difference`, over the rows.
        p_value: Of the one-sided test of "no better than weight 0", times the
            number of weights tried (Bonferroni), at most 1.
    """

    weight: float
    loss: float
    difference: float
    standard_error: float
    p_value: float


@dataclass(frozen=True)
class WeightSearch:
    """What a search for the alignment weight found.

    Attributes:
        candidates: Weight 0, then the weights tried, rising.
        confidence: Probability that the choice is not worse than weight 0.
        rows: Number of validation rows.
        history: What `fit` logged for the chosen weight, by epoch.
    """

    candidates: Sequence[Candidate]
    confidence: float
    rows: int
    history: Mapping[str, Sequence[float]]

    @property
    def best(self) -> float:
        """The chosen weight."""
        return choose(self.candidates, self.confidence).weight

    def to_markdown(self) -> str:
        """The candidates as a table, the chosen one in bold."""
        lines = [
            "| weight | validation loss | difference to 0 | p |",
            "| ---: | ---: | ---: | ---: |",
        ]
        for candidate in self.candidates:
            weight = f"{candidate.weight:g}"
            if candidate.weight == self.best:
                weight = f"**{weight}**"
            cells = f"{weight} | {candidate.loss:.4f}"
            if candidate.weight == 0:
                cells += " |  | "
            elif math.isnan(candidate.difference):
                cells += " | diverged | "
            else:
                cells += (
                    f" | {candidate.difference:+.4f} ± "
                    f"{candidate.standard_error:.4f} | {candidate.p_value:.2g}"
                )
            lines.append(f"| {cells} |")
        return "\n".join(lines) + (
            f"\n\nCompiled loss, mean over {self.rows} validation rows; "
            "difference ± its standard error over the rows. Chosen: "
            f"**{self.best:g}**, the lowest loss among the weights whose p, "
            "corrected for their number, is at most "
            f"{1 - self.confidence:.2g}; 0 if there is none.\n"
        )

    def to_dict(self) -> dict[str, Any]:
        """What JSON can hold; None stands for what is not finite."""
        return keras.tree.map_structure(
            lambda value: value if math.isfinite(value) else None,
            {"best": self.best, **asdict(self)},
        )


def compare(
    weight: float, losses: np.ndarray, plain: np.ndarray, tests: int
) -> Candidate:
    """Compare a weight with weight 0, row by row.

    ```
    d_i = losses_i - plain_i
    p = tests * Phi(mean(d) / (std(d) / sqrt(n)))
    ```

    Args:
        weight: The weight.
        losses: `(n,)`: the losses of the validation rows.
        plain: `(n,)`: the losses of the same rows at weight 0.
        tests: How many weights are tried.

    Returns:
        The candidate; its p is 1 if a loss is not finite.
    """
    loss = float(losses.mean())
    if not np.isfinite(losses).all():
        return Candidate(weight, loss, math.nan, math.nan, 1.0)
    differences = losses - plain
    mean = float(differences.mean())
    error = float(differences.std(ddof=1)) / math.sqrt(len(differences))
    p = NormalDist().cdf(mean / error) if error > 0 else float(mean >= 0)
    return Candidate(weight, loss, mean, error, min(1.0, tests * p))


def choose(candidates: Sequence[Candidate], confidence: float) -> Candidate:
    """The safe candidate.

    Args:
        candidates: Weight 0 first.
        confidence: Between 0 and 1.

    Returns:
        The one with the lowest loss among those whose test rejects "no
        better than weight 0"; weight 0 if there is none.
    """
    plain, *others = candidates
    better = [c for c in others if c.p_value <= 1 - confidence]
    return min(better, key=lambda c: c.loss, default=plain)


def require_rows(losses: np.ndarray) -> None:
    """Refuse validation rows that are too few for the test.

    Raises:
        ValueError: For fewer than `MINIMUM_ROWS`.
    """
    require(
        len(losses) >= MINIMUM_ROWS,
        f"at least {MINIMUM_ROWS} validation rows, to tell a better weight "
        "from noise",
        rows=len(losses),
    )

"""Which alignment weight is safe, by the losses of the validation rows."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from statistics import NormalDist
from typing import Any

import keras
import numpy as np

from keras_itra.models.row_losses import RowMeasures
from keras_itra.validation import require

MINIMUM_ROWS = 100
"""Validation rows from which on a mean of losses is taken for normal."""


@dataclass(frozen=True)
class Difference:
    """How a measure of the validation rows differs from that at weight 0.

    Attributes:
        mean: Of the differences, row by row; more is worse.
        standard_error: Of the mean, over the rows.
        p_value: Of the one-sided test of "no worse than weight 0"; 0 if a
            value is not finite.
    """

    mean: float
    standard_error: float
    p_value: float


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
        others: Of a classifier, how its mistakes and its cross-entropy after
            temperature scaling differ from those at weight 0.
    """

    weight: float
    loss: float
    difference: float
    standard_error: float
    p_value: float
    others: Mapping[str, Difference] = field(default_factory=dict)

    def is_worse(self, confidence: float) -> bool:
        """Whether one of the other measures is worse than at weight 0."""
        return any(
            other.p_value <= 1 - confidence for other in self.others.values()
        )


@dataclass(frozen=True)
class WeightSearch:
    """What a search for the alignment weight found.

    Attributes:
        candidates: Weight 0, then the weights tried, rising.
        confidence: Probability that the loss of the choice is not worse than
            that of weight 0.
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
        measures = list(self.candidates[0].others)
        head = ["weight", "loss", "difference to 0", "p", *measures]
        lines = [head, ["---:"] * len(head)]
        for candidate in self.candidates:
            weight = f"{candidate.weight:g}"
            if candidate.weight == self.best:
                weight = f"**{weight}**"
            line = [weight, f"{candidate.loss:.4f}"]
            if candidate.weight > 0:
                line += self._differences(candidate)
            lines.append(line + [""] * (len(head) - len(line)))
        table = "\n".join(f"| {' | '.join(line)} |" for line in lines)
        level = f"{1 - self.confidence:.2g}"
        unharmed = (
            f" and that no other measure shows to be worse (*, p <= {level})"
        )
        return table + (
            f"\n\nCompiled loss, mean over {self.rows} validation rows; "
            "differences to weight 0 ± their standard error over the rows. "
            f"Chosen: **{self.best:g}**, the lowest loss among the weights "
            f"whose p, corrected for their number, is at most {level}"
            f"{unharmed if measures else ''}; 0 if there is none.\n"
        )

    def _differences(self, candidate: Candidate) -> list[str]:
        if math.isnan(candidate.difference):
            return ["diverged"]
        return [
            _show(candidate.difference, candidate.standard_error),
            f"{candidate.p_value:.2g}",
            *(
                _show(other.mean, other.standard_error)
                + " *" * (other.p_value <= 1 - self.confidence)
                for other in candidate.others.values()
            ),
        ]

    def to_dict(self) -> dict[str, Any]:
        """What JSON can hold; None stands for what is not finite."""
        return keras.tree.map_structure(
            lambda value: value if math.isfinite(value) else None,
            {"best": self.best, **asdict(self)},
        )


def _show(mean: float, standard_error: float) -> str:
    return f"{mean:+.4f} ± {standard_error:.4f}"


def compare(
    weight: float, rows: RowMeasures, plain: RowMeasures, tests: int
) -> Candidate:
    """Compare a weight with weight 0, row by row.

    ```
    d_i = losses_i - plain_i
    p = tests * Phi(mean(d) / (std(d) / sqrt(n)))
    ```

    Args:
        weight: The weight.
        rows: The measures of the validation rows.
        plain: Those of the same rows at weight 0.
        tests: How many weights are tried.

    Returns:
        The candidate; its p is 1 if a loss is not finite.
    """
    loss = float(rows.losses.mean())
    if not np.isfinite(rows.losses).all():
        return Candidate(weight, loss, math.nan, math.nan, 1.0)
    mean, error = _mean_difference(rows.losses, plain.losses)
    p = NormalDist().cdf(mean / error) if error > 0 else float(mean >= 0)
    others = {
        name: _worsening(values, plain.others[name])
        for name, values in rows.others.items()
    }
    return Candidate(weight, loss, mean, error, min(1.0, tests * p), others)


def _worsening(values: np.ndarray, plain: np.ndarray) -> Difference:
    mean, error = _mean_difference(values, plain)
    if math.isnan(mean):
        return Difference(mean, error, 0.0)
    p = NormalDist().cdf(-mean / error) if error > 0 else float(mean <= 0)
    return Difference(mean, error, p)


def _mean_difference(
    values: np.ndarray, plain: np.ndarray
) -> tuple[float, float]:
    """The mean difference and its standard error."""
    differences = values - plain
    error = float(differences.std(ddof=1)) / math.sqrt(len(differences))
    return float(differences.mean()), error


def choose(candidates: Sequence[Candidate], confidence: float) -> Candidate:
    """The safe candidate.

    Args:
        candidates: Weight 0 first.
        confidence: Between 0 and 1.

    Returns:
        The one with the lowest loss among those whose test rejects "no
        better than weight 0", while no other measure rejects "no worse";
        weight 0 if there is none.
    """
    plain, *others = candidates
    better = [
        c
        for c in others
        if c.p_value <= 1 - confidence and not c.is_worse(confidence)
    ]
    return min(better, key=lambda c: c.loss, default=plain)


def require_rows(rows: int) -> None:
    """Refuse validation rows that are too few for the test.

    Raises:
        ValueError: For fewer than `MINIMUM_ROWS`.
    """
    require(
        rows >= MINIMUM_ROWS,
        f"at least {MINIMUM_ROWS} validation rows, to tell a better weight "
        "from noise",
        rows=rows,
    )

"""What must hold, and whether it does."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from keras_itra.experiments import Table


@dataclass(frozen=True)
class Bound:
    """An upper limit of a measured number.

    Attributes:
        what: What was measured.
        measured: The number.
        limit: What it must not exceed.
    """

    what: str
    measured: float
    limit: float

    @property
    def holds(self) -> bool:
        """Whether the number is within its limit."""
        return self.measured <= self.limit

    def to_json(self) -> dict[str, Any]:
        """The bound and its verdict as JSON values."""
        return asdict(self) | {"holds": self.holds}


def bound_table(bounds: Sequence[Bound]) -> Table:
    """Measured numbers, limits and verdicts."""
    body = [
        [
            "pass" if bound.holds else "FAIL",
            f"{bound.measured:.4g}",
            f"{bound.limit:g}",
            bound.what,
        ]
        for bound in bounds
    ]
    return Table(
        "What must hold; of ratios, the upper limit of the 95 % interval."
        if body
        else "No size with a limit was measured.",
        ["", "measured", "at most", "what must hold"],
        body,
    )

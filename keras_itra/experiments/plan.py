"""Which methods, strengths and seeds a comparison runs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from keras_itra.experiments.methods import BASELINE, get
from keras_itra.experiments.recipes import Method, Recipe
from keras_itra.validation import (
    require,
    require_integer,
    require_number,
    require_one_of,
)

CHOSEN_BY = ("cross_entropy", "calibrated_cross_entropy")
"""Validation cross-entropy as it is, and after temperature scaling."""


@dataclass(frozen=True)
class Plan:
    """Which methods, strengths and seeds to compare.

    Attributes:
        methods: The methods, the baseline `sgd` among them.
        seeds: Number of seeds of the final runs: 0, 1, ...
        tuning_seeds: How many of these decide the strengths.
        grids: Strengths by method name, where they are not the method's own.
        chosen_by: Measure of the validation set whose least mean decides:
            one of `CHOSEN_BY`.
    """

    methods: Sequence[Method]
    seeds: int = 5
    tuning_seeds: int = 2
    grids: Mapping[str, Sequence[float]] = field(default_factory=dict)
    chosen_by: str = "cross_entropy"

    def __post_init__(self) -> None:
        names = [method.name for method in self.methods]
        require(
            len(set(names)) == len(names), "each method once", methods=names
        )
        require(
            BASELINE in names,
            f"the baseline '{BASELINE}' among the methods",
            methods=names,
        )
        for method in self.methods:
            get(method.run_name)  # A run finds its recipe by this name.
            require(
                method.base in (None, *names),
                f"'{method.base}' among the methods, for '{method.name}' "
                "builds on it",
                methods=names,
            )
        require_one_of("chosen_by", self.chosen_by, CHOSEN_BY)
        require_integer("seeds", self.seeds, minimum=1)
        require_integer("tuning_seeds", self.tuning_seeds, minimum=1)
        tunable = [method.name for method in self.methods if method.grid]
        for name, grid in self.grids.items():
            require(
                name in tunable,
                "strengths of a compared method that has one: "
                + (", ".join(tunable) or "none of these has"),
                method=name,
            )
            require(len(grid) > 0, f"strengths of '{name}'", strengths=grid)
            for strength in grid:
                require_number("strength", strength, strict=True)

    @property
    def tuned_with(self) -> range:
        """The seeds that decide the strengths."""
        return range(min(self.tuning_seeds, self.seeds))

    def recipes(self) -> list[Recipe]:
        """The recipes of all runs, on no weight decay of another method."""
        return [
            method.recipe(strength)
            for method in self.methods
            for strength in self.grid(method) or [0.0]
        ]

    @property
    def num_runs(self) -> int:
        """Number of different runs."""
        return sum(map(self._runs_of, self.methods))

    @property
    def num_passes(self) -> int:
        """Trainings of the protocol's length, one or more for each run."""
        return sum(
            self._runs_of(method) * method.recipe(0.0).num_passes
            for method in self.methods
        )

    def grid(self, method: Method) -> list[float]:
        """The different strengths to choose from; empty if it has none."""
        return sorted(set(self.grids.get(method.name, method.grid)))

    def _runs_of(self, method: Method) -> int:
        rejected = max(len(self.grid(method)) - 1, 0)
        return rejected * len(self.tuned_with) + self.seeds

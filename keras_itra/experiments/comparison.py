"""The comparison: choose every strength on validation, then run all seeds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from keras_itra.experiments.plan import Plan
from keras_itra.experiments.progress import Progress
from keras_itra.experiments.protocol import Protocol, Splits
from keras_itra.experiments.recipes import Method
from keras_itra.experiments.runs import Run
from keras_itra.experiments.storage import RunStore
from keras_itra.experiments.training import check, train
from keras_itra.validation import require

PICTURE_SEED = 0
"""The seed whose test features are kept for the picture."""


@dataclass(frozen=True)
class Outcome:
    """What a comparison found out about one method.

    Attributes:
        method: The method.
        strength: The chosen strength, `None` if it has none.
        weight_decay: Weight decay that it ran on top of, or `None`.
        tuning: Validation cross-entropies of each strength tried, as the
            plan asks for them.
        runs: The runs at the chosen strength, in the order of the seeds.
        records: What each of them recorded (see `RunStore.save`).
    """

    method: Method
    strength: float | None
    weight_decay: float | None
    tuning: Mapping[float, Sequence[float]]
    runs: Sequence[Run]
    records: Sequence[Mapping[str, Any]]


def choose(tuning: Mapping[float, Sequence[float]]) -> float:
    """Choose the strength with the least mean validation cross-entropy.

    Args:
        tuning: Validation cross-entropies by strength, nan where training
            diverged; the test set has no say.

    Returns:
        The strength; of equally good ones the first.

    Raises:
        ValueError: If training diverged at every strength.
    """
    means = {strength: float(np.mean(tuning[strength])) for strength in tuning}
    finite = {s: mean for s, mean in means.items() if np.isfinite(mean)}
    require(
        bool(finite),
        "a strength at which training does not diverge",
        strengths=list(means),
    )
    return min(finite, key=finite.__getitem__)


def compare(
    plan: Plan,
    protocol: Protocol,
    splits: Splits,
    store: RunStore,
    progress: Progress,
) -> list[Outcome]:
    """Run a comparison, or what is left of it.

    Each strength is chosen by the mean of `plan.chosen_by` over
    the seeds `plan.tuned_with`; the chosen one then runs with all seeds. A
    method on top of another comes after it.

    Args:
        plan: Methods, strengths and seeds.
        protocol: Network and schedule.
        splits: The data.
        store: Where finished runs are, and go.
        progress: Told of each run and epoch.

    Returns:
        One outcome per method, in the order of `plan.methods`.

    Raises:
        ValueError: If a method diverged at every strength, or cannot be
            trained on these data by this protocol.
    """
    for recipe in plan.recipes():
        check(recipe, protocol, splits)

    def finished(run: Run) -> Mapping[str, Any]:
        pictured = run.seed == PICTURE_SEED
        record = store.load(run, features=pictured)
        if record is not None:
            progress.skip(run.name, run.recipe.num_passes * protocol.epochs)
            return record
        progress.start(run.name)
        trained = train(run, protocol, splits, progress.advance)
        progress.finish(run.name, trained.validation)
        return store.save(run, trained, features=pictured)

    def outcome(method: Method, weight_decay: float | None) -> Outcome:
        tuning = {
            strength: [
                finished(Run(method.run_name, seed, strength, weight_decay))[
                    "validation"
                ][plan.chosen_by]
                for seed in plan.tuned_with
            ]
            for strength in plan.grid(method)
        }
        strength = choose(tuning) if tuning else None
        runs = [
            Run(method.run_name, seed, strength, weight_decay)
            for seed in range(plan.seeds)
        ]
        records = [finished(run) for run in runs]
        return Outcome(method, strength, weight_decay, tuning, runs, records)

    outcomes: dict[str, Outcome] = {}
    for method in sorted(plan.methods, key=lambda method: bool(method.base)):
        base = outcomes[method.base].strength if method.base else None
        outcomes[method.name] = outcome(method, base)
    return [outcomes[method.name] for method in plan.methods]

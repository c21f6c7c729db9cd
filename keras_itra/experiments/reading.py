"""The results of a comparison, read back from its `results.json`."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from keras_itra.experiments.comparison import Outcome
from keras_itra.experiments.files import read_json, restore_nan
from keras_itra.experiments.measures import MEASURES
from keras_itra.experiments.methods import get
from keras_itra.experiments.runs import Run
from keras_itra.validation import require


class Comparison(NamedTuple):
    """What `results.json` holds.

    Attributes:
        settings: What all runs have in common.
        outcomes: One per method. Their records have the measures of the test
            set alone, and `tuning` the mean over the seeds.
        references: Methods, besides the baseline, that the others were
            compared with.
    """

    settings: Mapping[str, Any]
    outcomes: Sequence[Outcome]
    references: Sequence[str]


def read_results(directory: str | Path) -> Comparison:
    """Read what `write_results` wrote.

    Args:
        directory: Folder of the comparison.

    Returns:
        Settings and outcomes, for `tabulate`.

    Raises:
        ValueError: If the folder has no such file, or the file lacks a measure
            or names an unknown method.
    """
    path = Path(directory, "results.json")
    found = read_json(path)
    require(
        isinstance(found, dict)
        and {"settings", "methods", "differences_to"} <= found.keys(),
        "the results of `keras-itra compare`",
        path=str(path),
    )
    return Comparison(
        found["settings"],
        [_outcome(name, of) for name, of in found["methods"].items()],
        list(found["differences_to"]),
    )


def _outcome(name: str, found: Mapping[str, Any]) -> Outcome:
    method = get(name)
    strength, weight_decay = found["strength"], found["weight_decay"]
    keys = [measure.key for measure in MEASURES]
    absent = sorted(set(keys) - set(found["measures"]))
    require(not absent, f"every measure of {name!r}", absent=absent)
    values = {
        key: restore_nan(found["measures"][key]["values"]) for key in keys
    }
    seeds = range(len(values[keys[0]]))
    return Outcome(
        method=method,
        strength=strength,
        weight_decay=weight_decay,
        tuning={
            float(tried): [mean]
            for tried, mean in restore_nan(
                found["validation_cross_entropy"]
            ).items()
        },
        runs=[
            Run(method.run_name, seed, strength, weight_decay) for seed in seeds
        ],
        records=[
            {"test": {key: of_key[seed] for key, of_key in values.items()}}
            for seed in seeds
        ],
    )

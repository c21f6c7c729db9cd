"""Running an experiment, or what is left of it."""

import contextlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from keras_itra._optional import require_module
from keras_itra.experiments.comparison import Outcome, compare
from keras_itra.experiments.files import read_json, write_json
from keras_itra.experiments.material import Data, load_splits
from keras_itra.experiments.progress import Progress
from keras_itra.experiments.protocol import describe
from keras_itra.experiments.storage import RunStore, fingerprint
from keras_itra.experiments.studies.experiment import Cell, Experiment
from keras_itra.experiments.tracking import TRACKED
from keras_itra.validation import require

MOCKED_ROWS = 150
"""Examples of a data set of random content."""


def run(
    experiment: Experiment,
    scale: str,
    directory: str | Path,
    *,
    seeds: int,
    strengths: tuple[float, ...] | None = None,
    data_dir: str | Path | None = None,
    quiet: bool = False,
) -> dict[str, Any]:
    """Run an experiment and write its results.

    Runs are kept in `DIRECTORY/runs`, one folder for each setting, and shared
    by all experiments: what is finished already is not run again.

    Args:
        experiment: Which experiment.
        scale: One of its scales, or `"smoke"`.
        directory: Folder of results.
        seeds: Seeds of each method.
        strengths: Weights of the alignment to choose from instead.
        data_dir: Folder of the data; see `datasets.load`.
        quiet: Whether to show no progress.

    Returns:
        The results, as written to `DIRECTORY/NAME/SCALE.json`.
    """
    root = Path(directory)
    cells = experiment.at(scale)
    path = root / experiment.name / f"{scale}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    present = read_json(path)
    done = present["seeds"] if isinstance(present, dict) else 0
    require(
        done <= seeds,
        f"at least the {done} seeds of the results in '{path}', "
        "or another folder",
        seeds=seeds,
    )
    record: dict[str, Any] = {
        "experiment": experiment.name,
        "scale": scale,
        "seeds": seeds,
        "strengths": strengths and list(strengths),
        "cells": [],
    }
    with random_content(scale == "smoke"):
        for cell in cells:
            record["cells"].append(
                _run_cell(
                    cell, root / "runs", seeds, strengths, data_dir, quiet
                )
            )
            write_json(path, record)
    return record


def _run_cell(
    cell: Cell,
    runs: Path,
    seeds: int,
    strengths: tuple[float, ...] | None,
    data_dir: str | Path | None,
    quiet: bool,
) -> dict[str, Any]:
    splits = load_splits(cell.data, data_dir)
    settings = describe(cell.protocol, splits) | _unusual(cell.data)
    name = f"{splits.name}-{cell.protocol.network}".replace(":", "-")
    name = f"{re.sub('[ /]', '-', name)}-{fingerprint(settings)}"
    store = RunStore(runs / name, settings)
    plan = cell.plan(seeds, strengths)
    epochs = plan.num_passes * cell.protocol.epochs
    with Progress(plan.num_runs, epochs, quiet=quiet) as progress:
        outcomes = compare(plan, cell.protocol, splits, store, progress)
    return {
        "label": cell.label,
        "x": cell.x,
        "chosen_by": cell.chosen_by,
        "settings": settings,
        "runs": name,
        "methods": {
            outcome.method.name: summary(outcome) for outcome in outcomes
        },
    }


def _unusual(data: Data) -> dict[str, Any]:
    """What was done to the data, for a reader: the digest decides."""
    unusual = {
        "groups": data.groups and [list(group) for group in data.groups],
        "mislabelled": data.mislabelled,
        "foreign": data.foreign,
        "preset": data.preset,
    }
    return {name: value for name, value in unusual.items() if value}


def summary(outcome: Outcome) -> dict[str, Any]:
    """What a method did, one value per seed, as JSON values."""
    records = outcome.records
    tracked = [key for key in TRACKED if key in records[0]["history"]]
    return {
        "description": outcome.method.description,
        "strength": outcome.strength,
        "weight_decay": outcome.weight_decay,
        "tuning": {f"{s:g}": list(v) for s, v in outcome.tuning.items()},
        "validation": _by_key([record["validation"] for record in records]),
        "test": _by_key([record["test"] for record in records]),
        "history": {
            key: [record["history"][key] for record in records]
            for key in (*tracked, "val_cross_entropy")
        },
    }


def _by_key(
    records: Sequence[Mapping[str, float]],
) -> dict[str, list[float]]:
    return {key: [record[key] for record in records] for key in records[0]}


@contextlib.contextmanager
def random_content(wanted: bool) -> Iterator[None]:
    """Within it, data sets of TFDS have their shapes, but random content."""
    if not wanted:
        yield
        return
    tfds: Any = require_module("tensorflow_datasets", "data")
    load_splits.cache_clear()
    mock: Callable[..., Any] = tfds.testing.mock_data
    try:
        with mock(num_examples=MOCKED_ROWS):
            yield
    finally:
        load_splits.cache_clear()

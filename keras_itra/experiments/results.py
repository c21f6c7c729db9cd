"""From the records of a comparison to statistics, `results.json` and CSV."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from keras_itra.experiments.comparison import Outcome
from keras_itra.experiments.files import write_atomically, write_json
from keras_itra.experiments.measures import MEASURES
from keras_itra.experiments.methods import BASELINE
from keras_itra.experiments.statistics import (
    Interval,
    Summary,
    paired_difference,
    summarise,
)
from keras_itra.validation import require


@dataclass(frozen=True)
class Row:
    """One method of a comparison, summarised over the seeds.

    Attributes:
        outcome: The method, its strength and its runs.
        summaries: Mean and standard deviation by the keys of `MEASURES`.
        differences: Paired differences to the reference by the same keys.
    """

    outcome: Outcome
    summaries: Mapping[str, Summary]
    differences: Mapping[str, Interval]


def tabulate(
    outcomes: Sequence[Outcome], reference: str = BASELINE
) -> list[Row]:
    """Summarise every method and its difference to one of them.

    Args:
        outcomes: What `compare` returned.
        reference: Name of the method to compare with.

    Returns:
        One row per method, in the same order.
    """
    values = {
        outcome.method.name: {
            measure.key: [
                record["test"][measure.key] for record in outcome.records
            ]
            for measure in MEASURES
        }
        for outcome in outcomes
    }
    require(
        reference in values,
        "a reference among the compared methods " + ", ".join(values),
        reference=reference,
    )
    return [
        Row(
            outcome=outcome,
            summaries={key: summarise(own) for key, own in mine.items()},
            differences={
                key: paired_difference(own, values[reference][key])
                for key, own in mine.items()
            },
        )
        for outcome, mine in zip(outcomes, values.values(), strict=True)
    ]


def write_results(
    directory: Path,
    settings: Mapping[str, Any],
    rows: Sequence[Row],
    references: Mapping[str, Sequence[Row]],
) -> None:
    """Write `results.json` (statistics) and `results.csv` (a line per run).

    Args:
        directory: Folder of the comparison.
        settings: What all runs have in common.
        rows: What `tabulate` returned.
        references: The same with other methods as reference.
    """
    methods = {
        row.outcome.method.name: {
            "description": row.outcome.method.description,
            "strength": row.outcome.strength,
            "weight_decay": row.outcome.weight_decay,
            "validation_cross_entropy": {
                f"{strength:g}": float(np.mean(values))
                for strength, values in row.outcome.tuning.items()
            },
            "measures": {
                measure.key: {
                    **asdict(row.summaries[measure.key]),
                    "difference": asdict(row.differences[measure.key]),
                    "values": [
                        record["test"][measure.key]
                        for record in row.outcome.records
                    ],
                }
                for measure in MEASURES
            },
        }
        for row in rows
    }
    differences = {
        reference: {
            row.outcome.method.name: {
                key: asdict(interval)
                for key, interval in row.differences.items()
            }
            for row in compared
        }
        for reference, compared in references.items()
    }
    write_json(
        directory / "results.json",
        {
            "settings": settings,
            "methods": methods,
            "differences_to": differences,
        },
    )
    text = io.StringIO()
    keys = [measure.key for measure in MEASURES]
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["method", "strength", "weight_decay", "seed", *keys])
    for row in rows:
        for run, record in zip(
            row.outcome.runs, row.outcome.records, strict=True
        ):
            writer.writerow(
                [
                    row.outcome.method.name,
                    run.strength,
                    run.weight_decay,
                    run.seed,
                ]
                + [record["test"][key] for key in keys]
            )
    write_atomically(directory / "results.csv", text.getvalue().encode())

"""The tables of a comparison, for the terminal and in Markdown."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from keras_itra._optional import require_module
from keras_itra.experiments.measures import HEADLINES, LEGEND, Measure
from keras_itra.experiments.methods import BASELINE
from keras_itra.experiments.results import Row

_LABELS = [measure.label for measure in HEADLINES]


@dataclass(frozen=True)
class Table:
    """Text in rows and columns.

    Attributes:
        caption: What the table shows.
        head: Names of the columns.
        body: Rows of cells.
    """

    caption: str
    head: Sequence[str]
    body: Sequence[Sequence[str]]

    def to_markdown(self) -> str:
        """The table in Markdown."""
        rule = ["---"] + ["---:"] * (len(self.head) - 1)
        lines = [self.head, rule, *self.body]
        text = "\n".join(f"| {' | '.join(line)} |" for line in lines)
        return f"{text}\n\n{self.caption}\n"

    def to_rich(self) -> Any:
        """The table as `rich.table.Table`."""
        table = require_module("rich.table", "experiments").Table(
            caption=self.caption, caption_justify="left"
        )
        table.add_column(self.head[0], no_wrap=True)
        for name in self.head[1:]:
            table.add_column(name, justify="right", overflow="fold")
        for line in self.body:
            table.add_row(*line)
        return table


def make_tables(rows: Sequence[Row]) -> list[Table]:
    """The headline measures, and their differences to the baseline.

    Args:
        rows: What `tabulate` returned.

    Returns:
        A table of means and standard deviations, and one of paired
        differences with 95 % intervals if there is more than the baseline.
    """
    seeds = len(rows[0].outcome.runs)
    mean = (
        f", mean ± standard deviation over {seeds} seeds"
        if seeds > 1
        else ", one seed"
    )
    measures = Table(
        f"Test set{mean}. {LEGEND}",
        ["method", "strength", *_LABELS],
        [
            [
                row.outcome.method.name,
                _strength(row),
                *(_summary(row, measure) for measure in HEADLINES),
            ]
            for row in rows
        ],
    )
    differences = make_difference_table(rows, BASELINE)
    return [measures, differences] if differences.body else [measures]


def make_difference_table(rows: Sequence[Row], reference: str) -> Table:
    """Paired differences of every other method to one of them.

    Args:
        rows: What `tabulate` returned for the reference.
        reference: Name of the method that the rows are compared with.

    Returns:
        Mean differences, with 95 % intervals if there are several seeds.
    """
    seeds = len(rows[0].outcome.runs)
    interval = (
        f" over {seeds} seeds, with its 95 % interval"
        if seeds > 1
        else ", one seed"
    )
    return Table(
        f"Paired difference to {reference}{interval}.",
        ["method", *_LABELS],
        [
            [
                row.outcome.method.name,
                *(_difference(row, measure) for measure in HEADLINES),
            ]
            for row in rows
            if row.outcome.method.name != reference
        ],
    )


def _strength(row: Row) -> str:
    strength, base = row.outcome.strength, row.outcome.weight_decay
    parts = [] if strength is None else [f"{strength:g}"]
    if base is not None:
        parts.append(f"wd {base:g}")
    return ", ".join(parts)


def _summary(row: Row, measure: Measure) -> str:
    summary = row.summaries[measure.key]
    if math.isnan(summary.mean):
        return "diverged"
    text = f"{summary.mean:.{measure.digits}f}"
    if math.isnan(summary.std):
        return text
    return f"{text} ± {summary.std:.{measure.digits}f}"


def _difference(row: Row, measure: Measure) -> str:
    interval = row.differences[measure.key]
    if math.isnan(interval.mean):
        return "diverged"
    text = f"{interval.mean:+.{measure.digits}f}"
    if math.isnan(interval.low):
        return text
    limits = (interval.low, interval.high)
    low, high = (f"{limit:+.{measure.digits}f}" for limit in limits)
    return f"{text} [{low}, {high}]"

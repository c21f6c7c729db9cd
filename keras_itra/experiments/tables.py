"""The tables of a comparison, for the terminal and in Markdown."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from keras_itra._optional import require_module
from keras_itra.experiments.measures import (
    CHOSEN_WEIGHT,
    HEADLINES,
    LEGEND,
    Measure,
)
from keras_itra.experiments.methods import BASELINE
from keras_itra.experiments.results import Row
from keras_itra.experiments.statistics import Interval, Summary

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
                show_strength(
                    row.outcome.strength,
                    row.outcome.weight_decay,
                    [
                        record["test"][CHOSEN_WEIGHT]
                        for record in row.outcome.records
                        if CHOSEN_WEIGHT in record["test"]
                    ],
                ),
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


def _summary(row: Row, measure: Measure) -> str:
    return show_summary(row.summaries[measure.key], measure.digits)


def _difference(row: Row, measure: Measure) -> str:
    return show_interval(row.differences[measure.key], measure.digits)


def show_strength(
    strength: float | None,
    weight_decay: float | None,
    chosen: Sequence[float] = (),
    mark: str = "",
) -> str:
    """What a method was run with.

    Args:
        strength: `None` if it has none.
        weight_decay: That it ran on top of, or `None`.
        chosen: Alignment weights that its runs chose themselves.
        mark: Appended to the strength.

    Returns:
        For example `"0.3, wd 0.1"`.
    """
    parts = [] if strength is None else [f"{strength:g}{mark}"]
    parts += [" / ".join(f"{weight:g}" for weight in chosen)] * bool(chosen)
    parts += [] if weight_decay is None else [f"wd {weight_decay:g}"]
    return ", ".join(parts)


def show_summary(summary: Summary, digits: int) -> str:
    """A mean and, of several seeds, its standard deviation.

    Args:
        summary: Of one measure; nan if a run diverged or has no such value,
            as the scatter of features that have collapsed.
        digits: Decimals to show.

    Returns:
        For example `"0.40 ± 0.01"`.
    """
    if math.isnan(summary.mean):
        return "undefined"
    text = f"{summary.mean:.{digits}f}"
    if math.isnan(summary.std):
        return text
    return f"{text} ± {summary.std:.{digits}f}"


def show_interval(interval: Interval, digits: int) -> str:
    """A mean difference and, of several seeds, its limits.

    Args:
        interval: Of one measure; nan if a run diverged or has no such value,
            as the scatter of features that have collapsed.
        digits: Decimals to show.

    Returns:
        For example `"-0.02 [-0.03, -0.01]"`.
    """
    if math.isnan(interval.mean):
        return "undefined"
    text = f"{interval.mean:+.{digits}f}"
    if math.isnan(interval.low):
        return text
    low, high = (f"{x:+.{digits}f}" for x in (interval.low, interval.high))
    return f"{text} [{low}, {high}]"

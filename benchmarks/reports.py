"""Writes a benchmark's numbers, tables and picture."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure
from rich.console import Console

from benchmarks.bounds import Bound, bound_table
from benchmarks.machine import describe, machine_facts
from keras_itra.experiments import Table
from keras_itra.experiments.files import write_json


def write_report(
    folder: Path,
    name: str,
    title: str,
    legend: str,
    result: Mapping[str, Any],
    tables: Sequence[Table],
    bounds: Sequence[Bound],
    figure: Figure,
) -> None:
    """Print the tables; write `name.json`, `name.md` and `name.png`.

    Args:
        folder: Where; it is created.
        name: Of the three files.
        title: Heading of the page.
        legend: How to read the tables.
        result: JSON values, to which machine and bounds are added.
        tables: What was measured.
        bounds: What must hold.
        figure: The picture.
    """
    facts = machine_facts()
    tables = [*(t for t in tables if t.body), bound_table(bounds)]
    console = Console()
    for table in tables:
        console.print(table.to_rich())
    folder.mkdir(parents=True, exist_ok=True)
    write_json(
        folder / f"{name}.json",
        {
            "machine": facts,
            **result,
            "bounds": [bound.to_json() for bound in bounds],
        },
    )
    parts = [
        f"# {title}",
        f"Made by `make bench`. {describe(facts)}",
        legend,
        *(table.to_markdown().rstrip() for table in tables),
        f"![{title}]({name}.png)",
    ]
    (folder / f"{name}.md").write_text("\n\n".join(parts) + "\n")
    figure.savefig(folder / f"{name}.png")

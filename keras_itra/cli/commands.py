"""What the commands do; each takes the parsed options."""

import argparse
from pathlib import Path

from keras_itra.cli.options import protocol_and_splits, require_experiments

WIDTH = 160
"""Columns of a table that does not go to a terminal."""


def compare(options: argparse.Namespace) -> None:
    """Run a comparison, print its tables and write its files."""
    from keras_itra import experiments
    from keras_itra._optional import require_module
    from keras_itra.validation import require

    require_experiments()
    named = [name for name, _ in options.strengths]
    require(
        len(set(named)) == len(named),
        "`--strengths` once for each method",
        strengths=named,
    )
    plan = experiments.Plan(
        methods=[experiments.get(name) for name in options.methods],
        seeds=options.seeds,
        tuning_seeds=options.tuning_seeds,
        grids=dict(options.strengths),
    )
    for name in options.references:
        require(
            name in options.methods,
            "`--references` among the compared methods",
            references=name,
            methods=options.methods,
        )
    protocol, splits = protocol_and_splits(options)
    store = experiments.RunStore(
        options.out, experiments.describe(protocol, splits)
    )
    progress = experiments.Progress(
        plan.num_runs,
        plan.num_passes * protocol.epochs,
        quiet=options.quiet,
    )
    with progress:
        outcomes = experiments.compare(plan, protocol, splits, store, progress)
    tables = experiments.write_report(store, outcomes, options.references)
    console = require_module("rich.console", "experiments").Console()
    if not console.is_terminal:
        console.width = WIDTH
    for table in tables:
        console.print(table.to_rich())
    if not options.quiet:
        print(f"Tables, figures and runs are in {Path(options.out)}.")


def methods(_: argparse.Namespace) -> None:
    """List the methods."""
    from keras_itra import experiments

    for method in experiments.METHODS.values():
        grid = ", ".join(f"{strength:g}" for strength in method.grid)
        strengths = f" Strengths: {grid}." if grid else ""
        print(f"{method.name:18} {method.description}.{strengths}")
    print(
        f"{'NAME' + experiments.ON_WEIGHT_DECAY:18} the method NAME on the "
        "weight decay chosen by the method weight-decay."
    )


def fetch(options: argparse.Namespace) -> None:
    """Download a data set."""
    from keras_itra import datasets

    print(datasets.fetch(options.name, options.data_dir))

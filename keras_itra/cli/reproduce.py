"""The commands `reproduce`, `experiments` and `results`."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from keras_itra.cli.options import numbers, require_experiments

if TYPE_CHECKING:
    from keras_itra.experiments import Splits
    from keras_itra.experiments.studies import Cell, Experiment

DEFAULT_OUT = "results"
SMOKE_OUT = "smoke-results"
AFTER_INTERRUPT = "The same command goes on with the unfinished runs."


def add_parsers(
    subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]",
) -> None:
    """Add the three commands.

    Args:
        subparsers: Of the command line.
    """
    parser = subparsers.add_parser(
        "reproduce",
        help="run an experiment of the paper, or one of our own",
        description="Run one experiment (see `keras-itra experiments`) and "
        "write its results, tables and pictures. Finished runs are kept, and "
        "shared by experiments of the same setting.",
    )
    parser.set_defaults(command=reproduce, after_interrupt=AFTER_INTERRUPT)
    add = parser.add_argument
    add("--experiment", required=True, metavar="NAME")
    add(
        "--scale",
        choices=("smoke", "small", "full"),
        default="small",
        help="smoke: seconds, random content; small: two cores; full: the "
        "published setting (default: %(default)s)",
    )
    add("--seeds", type=int, metavar="N", help="default: 5, at smoke 1")
    add(
        "--lambda",
        dest="weights",
        type=numbers,
        metavar="W,...",
        help="weights of the alignment to choose from",
    )
    add("--data-dir", metavar="DIR", help="folder of the data")
    add(
        "--out",
        metavar="DIR",
        help=f"folder of results (default: {DEFAULT_OUT}, at smoke "
        f"{SMOKE_OUT})",
    )
    add(
        "--dry-run",
        action="store_true",
        help="print the settings, parameters, steps and estimated time",
    )
    add("--quiet", action="store_true", help="print nothing but the tables")
    listing = subparsers.add_parser(
        "experiments", help="list the experiments with the paper's numbers"
    )
    listing.set_defaults(command=experiments)
    listing.add_argument(
        "--names", action="store_true", help="print the names alone"
    )
    page = subparsers.add_parser(
        "results", help="render the page of results from their files"
    )
    page.set_defaults(command=results)
    page.add_argument("--results", default=DEFAULT_OUT, metavar="DIR")
    page.add_argument(
        "--page",
        default="docs/results.md",
        metavar="FILE",
        help="the Markdown file to write (default: %(default)s)",
    )


def reproduce(options: argparse.Namespace) -> None:
    """Run an experiment, or say what it would do."""
    from keras_itra._optional import require_module
    from keras_itra.experiments import studies

    require_experiments()
    experiment = studies.get(options.experiment)
    smoke = options.scale == "smoke"
    seeds = options.seeds
    if seeds is None:
        seeds = 1 if smoke else 5
    out = options.out or (SMOKE_OUT if smoke else DEFAULT_OUT)
    console = require_module("rich.console", "experiments").Console()
    if not console.is_terminal:
        console.width = 160
    weights = options.weights and tuple(options.weights)
    if options.dry_run:
        _dry_run(experiment, options, seeds, weights)
        return
    record = studies.run(
        experiment,
        options.scale,
        out,
        seeds=seeds,
        strengths=weights,
        data_dir=options.data_dir,
        quiet=options.quiet,
    )
    for table in studies.write_report(out, experiment, record):
        console.print(table.to_rich())
    if smoke:
        print("Random content: these numbers mean nothing.")
    print(f"Results are in {Path(out, experiment.name)}.")


def experiments(options: argparse.Namespace) -> None:
    """List the experiments."""
    from keras_itra.experiments import studies

    if options.names:
        print("\n".join(studies.EXPERIMENTS))
        return
    for name, scales, title, published in studies.list_experiments():
        print(f"{name:28} {scales:20} {title}")
        if published:
            print(f"{'':28} paper (accuracy/CE): {published}")


def results(options: argparse.Namespace) -> None:
    """Render the page of results."""
    from keras_itra.experiments import studies

    shown = studies.write_page(options.results, options.page)
    print(f"{options.page}: {', '.join(shown)}.")


def _dry_run(
    experiment: "Experiment",
    options: argparse.Namespace,
    seeds: int,
    weights: tuple[float, ...] | None,
) -> None:
    from keras_itra.experiments import studies

    print(f"{experiment.title}\n{experiment.question}")
    for cell in experiment.at(options.scale):
        print(f"\n{cell.label}")
        for name, value in studies.describe_cell(cell, seeds, weights).items():
            print(f"  {name:18} {value}")
        try:
            splits = _splits(cell, options)
        except OSError as error:
            print(f"  steps, parameters  unknown without the data: {error}")
            continue
        found = studies.estimate(cell, splits, seeds, weights)
        print(f"  {'steps':18} {found['steps']:,}")
        if "hours" not in found:
            print("  parameters, time   unknown without the encoder")
            continue
        print(f"  {'parameters':18} {found['parameters']:,}")
        print(f"  {'estimated time':18} {found['hours']:,.1f} h")


def _splits(cell: "Cell", options: argparse.Namespace) -> "Splits":
    """A stand-in of the data's shape, if known: a plan downloads nothing."""
    from keras_itra.experiments import studies

    if options.scale != "smoke" and cell.data.name in studies.OUTLINES:
        return studies.stand_in(cell.data)
    with studies.random_content(options.scale == "smoke"):
        return studies.load_splits(cell.data, options.data_dir)

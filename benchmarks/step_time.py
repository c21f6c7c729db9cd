"""Time and peak memory of a training step with and without ITRA.

Every variant trains the same network on random inputs, in one process. They
take turns, in a new order at each repeat, so that whatever else the machine
does meets all of them. Steps are timed between batch callbacks; a repeat
counts by the median of its steps, and a ratio compares with plain `fit` in the
same repeat. Peak memory is that of a few steps in a process of its own.
"""

import argparse
import functools
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

import keras
import numpy as np
from rich.progress import Progress

from benchmarks.medians import interleave
from benchmarks.networks import Network, networks
from benchmarks.peak_memory import in_fresh_process
from benchmarks.reports import write_report
from benchmarks.step_cases import DEFAULT, GRID, MEMORY, Case
from benchmarks.step_report import (
    LEGEND,
    Growth,
    Measured,
    bounds_of,
    memory_table,
    plot,
    summarise,
    time_table,
)
from benchmarks.step_variants import OPTIONS, Variant, make_variant
from keras_itra.experiments.timing import StepTimer


def measure(
    variants: Sequence[Variant],
    repeats: int,
    advance: Callable[[], None] = lambda: None,
) -> np.ndarray:
    """Time the variants in turns.

    Args:
        variants: What to time.
        repeats: How often, after one that compiles and is dropped.
        advance: Called after every turn.

    Returns:
        `(repeats, len(variants))`: median seconds per step of each repeat.
    """
    turns = [functools.partial(_seconds, variant) for variant in variants]
    return interleave(turns, repeats, advance)


def _seconds(variant: Variant) -> float:
    timer = StepTimer()
    variant.model.fit(**variant.data, callbacks=[timer], verbose=0)
    return timer.seconds_per_step


def measure_case(case: Case, network: Network, bar: Progress) -> Measured:
    """Time of every variant."""
    variants = [
        make_variant(name, network, case.rows, case.classes, network.steps)
        for name in OPTIONS
    ]
    task = bar.add_task(
        f"{network.label}, m = {case.rows}, K = {case.classes}",
        total=(case.repeats + 1) * len(variants),
    )
    seconds = measure(variants, case.repeats, lambda: bar.advance(task))
    keras.backend.clear_session()
    return Measured(
        case.network,
        network.label,
        case.rows,
        case.classes,
        summarise(variants, seconds),
        seconds.tolist(),
    )


def measure_memory(
    case: Case, sizes: dict[str, int], bar: Progress
) -> list[Growth]:
    """Growth of memory of every variant."""
    label = networks(**sizes)[case.network].label
    title = f"{label}, m = {case.rows}, K = {case.classes}"
    found = []
    for name in bar.track(OPTIONS, description=f"memory: {title}"):
        job = {"name": name, "case": asdict(case), "sizes": sizes}
        growth = in_fresh_process("benchmarks.step_memory", job)
        found.append(Growth(title, name, growth))
    return found


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Time of a training step.")
    parser.add_argument(
        "--cases",
        nargs="*",
        help="network:m:K:repeats, with a network of cnn, two-conv, "
        "five-conv, resnet18, text",
    )
    parser.add_argument(
        "--memory", nargs="*", help="network:m:K of the peak memory"
    )
    parser.add_argument(
        "--full",
        action="store_true",
        help="all networks, m = 32 to 512, K = 10, 100, 1000; hours on a CPU",
    )
    parser.add_argument("--resnet-width", type=int, default=16)
    parser.add_argument("--text-width", type=int, default=128)
    parser.add_argument("--text-depth", type=int, default=2)
    parser.add_argument(
        "--out", type=Path, default=Path("docs/results/benchmarks")
    )
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the options, measure, print and save."""
    options = _options(arguments)
    keras.utils.set_random_seed(0)
    sizes = {
        key: getattr(options, key)
        for key in ("resnet_width", "text_width", "text_depth")
    }
    cases, memory = options.cases, options.memory
    if cases is None:
        cases = GRID if options.full else DEFAULT
    if memory is None:
        memory = GRID if options.full else MEMORY
    available = networks(**sizes)
    with Progress() as bar:
        measured = [
            measure_case(case, available[case.network], bar)
            for case in map(Case.parse, cases)
        ]
        growths = [
            growth
            for case in map(Case.parse, memory)
            for growth in measure_memory(case, sizes, bar)
        ]
    write_report(
        options.out,
        "step_time",
        "Time and memory of a training step",
        LEGEND,
        {
            "cases": list(map(asdict, measured)),
            "memory": list(map(asdict, growths)),
        },
        [*map(time_table, measured), memory_table(growths)],
        bounds_of(measured),
        plot(measured),
    )


if __name__ == "__main__":
    main()

"""Time and peak memory of a training step with and without ITRA.

Every variant trains the same network on random inputs, in one process. They
take turns, in a new order at each repeat, so that whatever else the machine
does meets all of them. Steps are timed between batch callbacks; a repeat
counts by the median of its steps, and a ratio compares with plain `fit` in the
same repeat. Peak memory is that of a few steps in a process of its own.
"""

import argparse
import functools
import itertools
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import keras
import numpy as np
from rich.progress import Progress

from benchmarks.medians import interleave
from benchmarks.networks import networks
from benchmarks.peak_memory import in_fresh_process
from benchmarks.reports import write_report
from benchmarks.step_report import (
    LEGEND,
    Measured,
    bounds_of,
    plot,
    summarise,
    time_table,
)
from benchmarks.step_variants import OPTIONS, Variant, make_variant
from keras_itra.experiments.timing import StepTimer
from keras_itra.validation import require

FULL = [
    f"{network}:{rows}:{classes}:30"
    for network, rows, classes in itertools.product(
        ("cnn", "resnet18", "text"), (32, 64, 128, 256, 512), (10, 100, 1000)
    )
]
DEFAULT = [
    "cnn:128:10:30",
    "cnn:512:100:8",
    "cnn:128:1000:8",
    "resnet18:128:10:30",
    "text:32:10:8",
]


@dataclass(frozen=True)
class Case:
    """What is timed.

    Attributes:
        network: Its name.
        rows: m.
        classes: K.
        repeats: How often, after one repeat that compiles.
    """

    network: str
    rows: int
    classes: int
    repeats: int

    @classmethod
    def parse(cls, text: str) -> "Case":
        """From `network:rows:classes:repeats`."""
        network, *numbers = text.split(":")
        require(
            network in networks()
            and len(numbers) == 3
            and all(number.isdecimal() for number in numbers),
            "a case `network:rows:classes:repeats` with a network of "
            f"{', '.join(networks())}",
            case=text,
        )
        return cls(network, *map(int, numbers))


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


def measure_case(
    case: Case, sizes: dict[str, int], memory: bool, bar: Progress
) -> Measured:
    """Time, and peak memory if wanted, of every variant."""
    network = networks(**sizes)[case.network]
    turns = (case.repeats + 1 + memory) * len(OPTIONS)
    task = bar.add_task(
        f"{network.label}, m = {case.rows}, K = {case.classes}", total=turns
    )
    advance = functools.partial(bar.advance, task)
    variants = [
        make_variant(name, network, case.rows, case.classes, network.steps)
        for name in OPTIONS
    ]
    seconds = measure(variants, case.repeats, advance)
    rows = [variant.rows for variant in variants]
    del variants
    keras.backend.clear_session()
    growth = []
    for name in OPTIONS if memory else ():
        job = {
            "name": name,
            "network": case.network,
            "sizes": sizes,
            "rows": case.rows,
            "classes": case.classes,
        }
        growth.append(in_fresh_process("benchmarks.step_memory", job))
        advance()
    return Measured(
        case.network,
        network.label,
        case.rows,
        case.classes,
        summarise(list(OPTIONS), rows, seconds, growth),
        seconds.tolist(),
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the options, measure, print and save."""
    parser = argparse.ArgumentParser(description="Time of a training step.")
    parser.add_argument(
        "--cases",
        nargs="+",
        type=Case.parse,
        default=list(map(Case.parse, DEFAULT)),
        help="network:m:K:repeats, with the network cnn, resnet18 or text",
    )
    parser.add_argument(
        "--full",
        dest="cases",
        action="store_const",
        const=list(map(Case.parse, FULL)),
        help="all networks, m = 32 to 512, K = 10, 100, 1000; hours on a CPU",
    )
    parser.add_argument(
        "--memory-repeats",
        type=int,
        default=30,
        help="least repeats of a case whose peak memory is measured too",
    )
    parser.add_argument("--resnet-width", type=int, default=16)
    parser.add_argument("--text-width", type=int, default=128)
    parser.add_argument("--text-depth", type=int, default=2)
    parser.add_argument(
        "--out", type=Path, default=Path("docs/results/benchmarks")
    )
    options = parser.parse_args(arguments)
    keras.utils.set_random_seed(0)
    sizes = {
        key: getattr(options, key)
        for key in ("resnet_width", "text_width", "text_depth")
    }
    with Progress() as bar:
        measured = [
            measure_case(
                case, sizes, case.repeats >= options.memory_repeats, bar
            )
            for case in options.cases
        ]
    write_report(
        options.out,
        "step_time",
        "Time and memory of a training step",
        LEGEND,
        {"cases": list(map(asdict, measured))},
        list(map(time_table, measured)),
        bounds_of(measured),
        plot(measured),
    )


if __name__ == "__main__":
    main()

"""Time and peak memory of the discrepancy alone, forward and backward.

At each size the forms take turns in one process, in a new order at each
repeat, and a ratio compares with two matrix products of that size in the same
repeat. Peak memory is that of one call, compilation included, in a process of
its own.
"""

import argparse
import functools
import itertools
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import keras
import numpy as np
from rich.progress import Progress

from benchmarks.discrepancy_bounds import bounds_of
from benchmarks.discrepancy_forms import (
    BALANCED,
    BROADCAST,
    GEMMS,
    MARGINAL,
    UNBALANCED,
    Form,
)
from benchmarks.discrepancy_peers import PEERS, why_missing
from benchmarks.discrepancy_report import (
    LEGEND,
    Growth,
    Measured,
    memory_table,
    plot,
    summarise,
    time_table,
)
from benchmarks.medians import interleave, seconds_per_call
from benchmarks.peak_memory import in_fresh_process
from benchmarks.reports import write_report
from keras_itra.validation import require

#: n:d:repeats
DEFAULT = ["256:64:15", "1024:512:15", "4096:512:10"]
FULL = [
    f"{rows}:{width}:{15 if rows * width < 2**22 else 5}"
    for rows, width in itertools.product(
        (128, 512, 1024, 4096, 16384), (64, 512, 2048)
    )
]
#: n:d
MEMORY = ["16384:512"]
FULL_MEMORY = ["512:512", "4096:512", "16384:512", "16384:2048"]


def forms(classes: Sequence[int], peers: Sequence[str]) -> list[Form]:
    """What is timed, the reference first.

    Args:
        classes: K of the conditional forms.
        peers: Keys of `PEERS`.
    """
    ours = [
        Form(MARGINAL),
        *(Form(UNBALANCED, number) for number in classes),
        *(Form(BALANCED, number) for number in classes if number > 1),
    ]
    compiled = [Form(form.method, form.classes, xla=True) for form in ours]
    references = [Form(GEMMS), Form(GEMMS, xla=True)]
    others = [Form(BROADCAST), *map(Form, peers)]
    return [*references, *ours, *compiled, *others]


def sizes(text: str, numbers: int) -> tuple[int, ...]:
    """Read `n:d:repeats` or `n:d`.

    Args:
        text: Numbers with colons between them.
        numbers: How many.
    """
    parts = text.split(":")
    require(
        len(parts) == numbers and all(part.isdecimal() for part in parts),
        f"{numbers} numbers with ':' between them",
        size=text,
    )
    return tuple(map(int, parts))


def features_of(rows: int, width: int) -> np.ndarray:
    """Standard normal features."""
    shape = (rows, width)
    return np.random.default_rng(0).normal(size=shape).astype("float32")


def measure_size(
    size: tuple[int, ...], candidates: Sequence[Form], bar: Progress
) -> Measured:
    """Time all forms that fit."""
    rows, width, repeats = size
    fitting = [form for form in candidates if form.fits(rows, width)]
    features = features_of(rows, width)
    calls = [
        functools.partial(seconds_per_call, form.prepare(features))
        for form in fitting
    ]
    task = bar.add_task(
        f"n = {rows}, d = {width}", total=(repeats + 1) * len(calls)
    )
    seconds = interleave(calls, repeats, lambda: bar.advance(task))
    times = summarise(fitting, seconds)
    return Measured(rows, width, times, seconds.tolist())


def measure_memory(
    size: tuple[int, ...], candidates: Sequence[Form], bar: Progress
) -> list[Growth]:
    """Growth of memory of all forms that fit."""
    rows, width = size
    fitting = [form for form in candidates if form.fits(rows, width)]
    found = []
    for form in bar.track(
        fitting, description=f"memory at n = {rows}, d = {width}"
    ):
        job = {"form": asdict(form), "rows": rows, "width": width}
        growth = in_fresh_process("benchmarks.discrepancy_memory", job)
        found.append(Growth(form, rows, width, growth))
    return found


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Time of the discrepancy.")
    parser.add_argument("--sizes", nargs="*", help="n:d:repeats of the times")
    parser.add_argument("--memory", nargs="*", help="n:d of the peak memory")
    parser.add_argument("--classes", nargs="+", type=int, help="numbers K")
    parser.add_argument(
        "--full",
        action="store_true",
        help="n = 128 to 16384, d = 64 to 2048, K = 1 to 1000; hours on a CPU",
    )
    parser.add_argument(
        "--out", type=Path, default=Path("docs/results/benchmarks")
    )
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the options, measure, print and save."""
    options = _options(arguments)
    require(
        keras.backend.backend() == "tensorflow",
        "the backend 'tensorflow' for the benchmark of the discrepancy",
        backend=keras.backend.backend(),
    )
    times, memory, classes = options.sizes, options.memory, options.classes
    if times is None:
        times = FULL if options.full else DEFAULT
    if memory is None:
        memory = FULL_MEMORY if options.full else MEMORY
    if classes is None:
        classes = (1, 10, 100, 1000) if options.full else (1, 100, 1000)
    missing = {peer: why_missing(peer) for peer in PEERS}
    peers = [peer for peer, reason in missing.items() if reason is None]
    candidates = forms(classes, peers)
    all_pairs = [
        form
        for form in candidates
        if form.method != BALANCED and form.classes in (0, max(classes))
    ]
    with Progress() as bar:
        measured = [
            measure_size(sizes(text, 3), candidates, bar) for text in times
        ]
        growths = [
            growth
            for text in memory
            for growth in measure_memory(sizes(text, 2), all_pairs, bar)
        ]
    absent = [f"Not measured: {p}. {why}" for p, why in missing.items() if why]
    write_report(
        options.out,
        "discrepancy",
        "Time and memory of the discrepancy",
        "\n\n".join([LEGEND, *absent]),
        {
            "sizes": [asdict(size) for size in measured],
            "memory": [asdict(growth) for growth in growths],
            "missing": missing,
        },
        [*map(time_table, measured), memory_table(growths)],
        bounds_of(measured, growths),
        plot(measured),
    )


if __name__ == "__main__":
    main()

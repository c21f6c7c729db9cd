"""Time of a training step with and without ITRA.

Every variant trains the same small CNN on random images, in one process. They
take turns, in a new order at each repeat, so that whatever else the machine
does meets all of them. Steps are timed between batch callbacks; a ratio
compares with plain training in the same repeat.
"""

import argparse
import json
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
from rich.console import Console
from rich.table import Table

from keras_itra import ITRAModel
from keras_itra.data import PairedBatches
from keras_itra.experiments import cnn
from keras_itra.experiments.timing import StepTimer
from keras_itra.losses import WithinClassSpread

SHAPE, CLASSES = (28, 28, 1), 10
STEPS = 5  # of a repeat; their median counts
PLAIN = "plain, m rows"


@dataclass(frozen=True)
class Variant:
    """A compiled model and the data it trains on.

    Attributes:
        name: Name in the table.
        rows: Rows that pass through the network in a step.
        model: The model.
        data: Arguments of `fit` for an epoch of `STEPS` steps.
    """

    name: str
    rows: int
    model: keras.Model
    data: dict[str, Any]


@dataclass(frozen=True)
class StepTime:
    """What one variant takes.

    Attributes:
        name: Name of the variant.
        rows: Rows of a step.
        step_ms: Median over the repeats, in milliseconds.
        ratio: Median ratio to plain training in the same repeat.
        low: Lower limit of a 95 % bootstrap interval of that median.
        high: Upper limit.
    """

    name: str
    rows: int
    step_ms: float
    ratio: float
    low: float
    high: float


def make_variants(m: int) -> list[Variant]:
    """Plain training, and the forms of ITRA, for mini-batches of m rows.

    Args:
        m: Rows of a mini-batch; even.

    Returns:
        The variants, plain training first.
    """
    spread = {"pairing": "none", "alignment": WithinClassSpread()}
    return [
        _variant(PLAIN, m),
        _variant("plain, 2m rows", 2 * m),
        _variant("ITRA-c, independent", m, pairing="independent"),
        _variant("ITRA-c, split", m, pairing="split"),
        _variant(
            "ITRA-c, split, both supervised",
            m,
            pairing="split",
            supervise="both",
        ),
        _variant("ITRA-c, queue", m, pairing="queue"),
        _variant("spread, one mini-batch", m, **spread),
    ]


def _variant(name: str, m: int, **options: Any) -> Variant:
    count = STEPS * m
    rng = np.random.default_rng(0)
    images = rng.random((count, *SHAPE), dtype="float32")
    labels = np.arange(count) % CLASSES
    model = cnn(SHAPE, CLASSES)
    data: dict[str, Any] = {"x": images, "y": labels, "batch_size": m}
    if options:
        model = ITRAModel.from_model(model, seed=0, **options)
    else:
        # What an ITRAModel makes of the arrays: the same loader for all.
        data = {"x": PairedBatches((images, labels), m, pairing="none")}
    model.compile(
        optimizer=keras.optimizers.SGD(0.01, momentum=0.9),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    rows = 2 * m if options.get("pairing") == "independent" else m
    return Variant(name, rows, model, data)


def measure(variants: Sequence[Variant], repeats: int) -> np.ndarray:
    """Time the variants in turns.

    Args:
        variants: What to time.
        repeats: How often, after one that compiles and is dropped.

    Returns:
        `(repeats, len(variants))`: median seconds per step of each repeat.
    """
    rng = np.random.default_rng(0)
    seconds = np.empty((repeats + 1, len(variants)))
    for repeat in seconds:
        for index in rng.permutation(len(variants)):
            timer, variant = StepTimer(), variants[index]
            variant.model.fit(**variant.data, callbacks=[timer], verbose=0)
            repeat[index] = timer.seconds_per_step
    return seconds[1:]


def summarise(
    variants: Sequence[Variant], seconds: np.ndarray, resamples: int = 5000
) -> list[StepTime]:
    """Medians and ratios to the first variant.

    Args:
        variants: The variants, plain training first.
        seconds: From `measure`.
        resamples: Bootstrap samples of the repeats.
    """
    count = len(seconds)
    ratios = seconds / seconds[:, :1]
    drawn = np.random.default_rng(0).integers(count, size=(resamples, count))
    medians = np.median(ratios[drawn], axis=1)
    low, high = np.quantile(medians, [0.025, 0.975], axis=0)
    return [
        StepTime(
            name=variant.name,
            rows=variant.rows,
            step_ms=1000 * statistics.median(seconds[:, index]),
            ratio=statistics.median(ratios[:, index]),
            low=float(low[index]),
            high=float(high[index]),
        )
        for index, variant in enumerate(variants)
    ]


def tabulate(times: Sequence[StepTime], rows: int, repeats: int) -> Table:
    """The table for the terminal."""
    table = Table(title=f"Training step, m = {rows}, {repeats} repeats")
    table.add_column("variant")
    for head in ("rows", "ms", "ratio to plain", "95 % interval"):
        table.add_column(head, justify="right")
    for time in times:
        table.add_row(
            time.name,
            str(time.rows),
            f"{time.step_ms:.1f}",
            f"{time.ratio:.2f}",
            f"{time.low:.2f} to {time.high:.2f}",
        )
    return table


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the options, measure, print and save."""
    parser = argparse.ArgumentParser(description="Time of a training step.")
    parser.add_argument("--rows", type=int, default=128, help="m")
    parser.add_argument("--repeats", type=int, default=30)
    parser.add_argument("--out", type=Path, help="JSON file to write")
    options = parser.parse_args(arguments)
    keras.utils.set_random_seed(0)
    variants = make_variants(options.rows)
    seconds = measure(variants, options.repeats)
    times = summarise(variants, seconds)
    Console().print(tabulate(times, options.rows, options.repeats))
    if options.out:
        result = {
            "rows": options.rows,
            "repeats": options.repeats,
            "backend": keras.backend.backend(),
            "variants": [asdict(time) for time in times],
            "seconds": seconds.tolist(),
        }
        options.out.write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()

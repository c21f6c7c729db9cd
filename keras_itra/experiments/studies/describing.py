"""What an experiment would do, before it does it."""

import math
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keras
import numpy as np

from keras_itra.experiments.optimization import SmoothedCrossEntropy
from keras_itra.experiments.protocol import Protocol, Splits, steps_per_epoch
from keras_itra.experiments.studies.experiment import Cell
from keras_itra.experiments.studies.registry import EXPERIMENTS
from keras_itra.experiments.training import build_network

# An ITRA step works on twice the rows, and most methods of a table do not.
_MEAN_COST = 1.3
# Of the mini-batch that is timed; the time of the rest follows.
_TIMED_ENTRIES = 2**22


def list_experiments() -> Iterator[list[str]]:
    """A line for each experiment: name, scales, title, the paper's numbers."""
    for name, experiment in EXPERIMENTS.items():
        numbers = "; ".join(
            f"{method} {accuracy:g}"
            + ("" if math.isnan(loss) else f"/{loss:g}")
            for method, (accuracy, loss) in experiment.paper.items()
        )
        scales = ", ".join(("smoke", *experiment.cells))
        yield [name, scales, experiment.title, numbers]


def describe_cell(
    cell: Cell, seeds: int, strengths: tuple[float, ...] | None = None
) -> dict[str, Any]:
    """The settings of a comparison that were chosen, without loading data.

    Args:
        cell: The comparison.
        seeds: Seeds of the final runs.
        strengths: Weights of the alignment to choose from instead.

    Returns:
        Data, network, schedule, methods with their strengths, and the number
        of runs, by name.
    """
    plan = cell.plan(seeds, strengths)
    data, protocol = cell.data, cell.protocol
    chosen = {
        "data": data.name,
        "training rows": data.train_size or "all but validation",
        "validation rows": data.validation_size
        or data.train_size
        or "a fifth of the training data",
        "mislabelled": data.mislabelled or None,
        "merged classes": data.groups or None,
        "network": protocol.network,
        "width": protocol.width,
        "optimizer": _optimizer(protocol),
        "epochs": protocol.epochs,
        "batch size m": protocol.batch_size,
        "sampling": protocol.sampling,
        "augmentation": "crop and flip" if protocol.augmented else None,
        "runs": plan.num_runs,
    }
    for method in plan.methods:
        grid = plan.grid(method)
        chosen[f"method {method.name}"] = ", ".join(f"{s:g}" for s in grid)
    return {name: value for name, value in chosen.items() if value is not None}


def _optimizer(protocol: Protocol) -> str:
    if protocol.optimizer == "adamw":
        text = f"AdamW, rate {protocol.learning_rate:g}"
    else:
        text = (
            f"SGD, momentum {protocol.momentum:g}, "
            f"rate {protocol.learning_rate:g}"
        )
    if protocol.warmup:
        text += f", warm-up over {protocol.warmup:.0%} of the steps"
    if protocol.drops:
        epochs = ", ".join(map(str, protocol.drops))
        text += f", x {protocol.drop:g} at epochs {epochs}"
    else:
        text += ", cosine to 0"
    if protocol.weight_decay:
        text += f", weight decay {protocol.weight_decay:g}"
    return text


def estimate(
    cell: Cell,
    splits: Splits,
    seeds: int,
    strengths: tuple[float, ...] | None = None,
) -> dict[str, Any]:
    """Parameters, steps and time of a comparison, by two steps of training.

    Of mini-batches of large images a part is timed.

    Args:
        cell: The comparison.
        splits: Its data, or a stand-in of their shape.
        seeds: Seeds of the final runs.
        strengths: Weights of the alignment to choose from instead.

    Returns:
        `steps` of all runs together, `parameters`, and `hours` on this
        machine, evaluation left out; of an encoder that is not on this machine
        the steps alone.
    """
    protocol, plan = cell.protocol, cell.plan(seeds, strengths)
    steps = protocol.epochs * steps_per_epoch(protocol, splits)
    steps *= plan.num_passes
    if (
        splits.encoder not in (None, "tiny")
        and not Path(splits.encoder).is_dir()
    ):
        return {"steps": steps}
    network = build_network(protocol, splits)
    size = min(protocol.batch_size, len(splits.x_train))
    entries = math.prod(splits.x_train.shape[1:])
    rows = max(min(size, _TIMED_ENTRIES // entries), 2)
    network.compile("sgd", SmoothedCrossEntropy(0.0))
    x, y = splits.x_train[:rows], splits.y_train[:rows]
    x = x.astype("float32") if x.dtype == np.uint8 else x
    network.train_on_batch(x, y)  # traces
    start = time.perf_counter()
    network.train_on_batch(x, y)
    seconds = (time.perf_counter() - start) * size / rows
    parameters = network.count_params()
    keras.utils.clear_session()
    return {
        "steps": steps,
        "parameters": parameters,
        "hours": _MEAN_COST * steps * seconds / 3600,
    }

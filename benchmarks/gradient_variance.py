"""Does ITRA-c lower the variance of the gradient?

A network is trained by SGD, by ITRA-c and by SGD on 2m rows. At some epochs
of each training, the gradients of all three steps are measured at the same
weights on the same mini-batches.
"""

import argparse
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
from rich.console import Console
from rich.markdown import Markdown
from rich.progress import track

from benchmarks.gradient_variance_report import (
    BASELINE,
    DOUBLE,
    METHODS,
    PAPER,
    Measured,
    plot,
    report,
)
from benchmarks.machine import machine_facts
from keras_itra import ITRAModel
from keras_itra.data import PairedBatches
from keras_itra.diagnostics import compiled_step_gradients, gradient_variance
from keras_itra.experiments import Protocol, Recipe, Splits, methods
from keras_itra.experiments.files import write_json
from keras_itra.experiments.material import load_splits
from keras_itra.experiments.optimization import (
    SmoothedCrossEntropy,
    make_optimizer,
)
from keras_itra.experiments.protocol import steps_per_epoch
from keras_itra.experiments.studies.questions import IMAGES, SHORT
from keras_itra.experiments.training import align, build_network, prepare

WEIGHT = 1.0
#: Mini-batches that are measured are none of those that were trained on.
MEASURING = 1000

Weights = list[np.ndarray]


@dataclass(frozen=True)
class Settings:
    """What decides the outcome.

    Attributes:
        data: Name of the data set.
        train_size: Training rows.
        held_out_size: Rows of validation, of the held-out gradient.
        protocol: Network and schedule.
        alignment_weight: Of ITRA-c.
        stages: Epochs after which the gradients are measured.
        batches: Mini-batches of a measurement.
        seeds: Of initial weights and orders: 0, 1, ...
    """

    data: str
    train_size: int
    held_out_size: int
    protocol: Protocol
    alignment_weight: float
    stages: tuple[int, ...]
    batches: int
    seeds: int


def stages(epochs: int) -> tuple[int, ...]:
    """The beginning, an eighth, half and the end of a training."""
    return tuple(sorted({0, max(1, epochs // 8), epochs // 2, epochs}))


def snapshots(
    method: str, seed: int, settings: Settings, splits: Splits
) -> dict[int, Weights]:
    """Train, and keep the weights at every stage."""
    keras.utils.set_random_seed(seed)
    protocol = settings.protocol
    recipe = _recipe(method)
    classifier = build_network(protocol, splits)
    model = prepare(recipe, protocol, classifier, splits)
    model = align(recipe, protocol, model, splits.num_classes, seed)
    model.compile(
        make_optimizer(recipe, protocol, steps_per_epoch(protocol, splits)),
        SmoothedCrossEntropy(0.0),
    )
    data: dict[str, Any] = {
        "x": splits.x_train,
        "y": splits.y_train,
        "batch_size": protocol.batch_size,
    }
    if not isinstance(model, ITRAModel):
        rows = (splits.x_train, splits.y_train)
        batches = PairedBatches(
            rows,
            protocol.batch_size,
            pairing=recipe.pairing,
            sampling=protocol.sampling,
            seed=seed,
        )
        data = {"x": batches, "shuffle": False}
    found = {0: classifier.get_weights()}

    def keep(epoch: int, logs: Any) -> None:
        if epoch + 1 in settings.stages:
            found[epoch + 1] = classifier.get_weights()

    model.fit(
        **data,
        epochs=protocol.epochs,
        callbacks=[keras.callbacks.LambdaCallback(on_epoch_end=keep)],
        verbose=0,
    )
    return found


class Probe:
    """The steps of all methods at the same weights."""

    def __init__(self, settings: Settings, splits: Splits) -> None:
        self._settings, self._splits = settings, splits
        protocol = settings.protocol
        self._classifier = build_network(protocol, splits)
        plain = prepare(Recipe(), protocol, self._classifier, splits)
        recipe = _recipe(PAPER)
        # Of a joint pass of S1 and S2, both supervised: the step on 2m rows.
        self._steps = {
            supervise: self._step(
                align(
                    replace(recipe, supervise=supervise),
                    protocol,
                    plain,
                    splits.num_classes,
                    seed=0,
                )
            )
            for supervise in ("first", "both")
        }

    @staticmethod
    def _step(model: Any) -> tuple[ITRAModel, Callable[..., Any]]:
        model.compile(loss=SmoothedCrossEntropy(0.0))
        return model, compiled_step_gradients(model)

    def measure(self, weights: Weights, seed: int) -> dict[str, dict[str, Any]]:
        """Variances and cosines of the step of every method."""
        self._classifier.set_weights(weights)
        splits, settings = self._splits, self._settings
        first, both = (
            gradient_variance(
                model,
                splits.x_train,
                splits.y_train,
                batch_size=settings.protocol.batch_size,
                batches=settings.batches,
                seed=seed + MEASURING,
                held_out=(splits.x_validation, splits.y_validation),
                step=step,
            )
            for model, step in self._steps.values()
        )
        return {
            BASELINE: _numbers(first.supervised, first.supervised_by_layer),
            PAPER: _numbers(first.aligned, first.aligned_by_layer),
            DOUBLE: _numbers(both.supervised, both.supervised_by_layer),
        }


def measure_all(settings: Settings, splits: Splits) -> list[Measured]:
    """Train with every method and seed, and measure at every stage."""
    probe = Probe(settings, splits)
    jobs = [(s, m) for s in range(settings.seeds) for m in METHODS]
    measured: list[Measured] = []
    start: dict[int, Any] = {}
    for seed, method in track(jobs, "Trainings"):
        found = snapshots(method, seed, settings, splits)
        # All methods of a seed start from the same weights.
        if seed not in start:
            start[seed] = probe.measure(found[0], seed)
        for epoch, weights in found.items():
            steps = start[seed] if epoch == 0 else probe.measure(weights, seed)
            measured += [
                Measured(seed, method, epoch, step, **numbers)
                for step, numbers in steps.items()
            ]
    return measured


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the options, measure, print and save."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--epochs", type=int, default=SHORT.epochs)
    parser.add_argument("--batches", type=int, default=64)
    parser.add_argument("--data-dir", help="folder of Fashion-MNIST")
    parser.add_argument(
        "--out", type=Path, default=Path("docs/results/gradient-variance")
    )
    options = parser.parse_args(arguments)
    splits = load_splits(replace(IMAGES, foreign=None), options.data_dir)
    settings = Settings(
        data=splits.name,
        train_size=len(splits.x_train),
        held_out_size=len(splits.x_validation),
        protocol=replace(SHORT, epochs=options.epochs),
        alignment_weight=WEIGHT,
        stages=stages(options.epochs),
        batches=options.batches,
        seeds=options.seeds,
    )
    measured = measure_all(settings, splits)
    text = report(asdict(settings), measured)
    Console().print(Markdown(text))
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "table.md").write_text(text)
    write_json(
        options.out / "gradients.json",
        {
            "machine": machine_facts(),
            "settings": asdict(settings),
            "measured": [asdict(one) for one in measured],
        },
    )
    plot(measured).savefig(options.out / "gradients.png")


def _recipe(method: str) -> Recipe:
    return methods.get(method).recipe(WEIGHT)


def _numbers(spread: Any, layers: Any) -> dict[str, Any]:
    return {
        "variance": spread.variance,
        "squared_mean": spread.squared_mean,
        "cosine": spread.cosine,
        "held_out_cosine": spread.held_out_cosine,
        "layers": {
            name: {"variance": s.variance, "squared_mean": s.squared_mean}
            for name, s in layers.items()
        },
    }


if __name__ == "__main__":
    main()

"""A network of the comparison with the alignment weight that is safe."""

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from keras_itra.experiments.evaluation import EVALUATION_ROWS, evaluate
from keras_itra.experiments.methods import get
from keras_itra.experiments.optimization import (
    SmoothedCrossEntropy,
    make_optimizer,
)
from keras_itra.experiments.progress import Progress
from keras_itra.experiments.protocol import Protocol, Splits, steps_per_epoch
from keras_itra.experiments.training import align, build_network, check, prepare
from keras_itra.models import WeightSearch, tune_alignment_weight
from keras_itra.validation import require_integer

METHOD = "itra-c"


def tune(
    protocol: Protocol,
    splits: Splits,
    weights: Sequence[float],
    confidence: float,
    seed: int,
    progress: Progress,
) -> tuple[WeightSearch, dict[str, float]]:
    """Choose the alignment weight of ITRA-c on the validation split.

    Args:
        protocol: Network and schedule.
        splits: The data; the test set has no say.
        weights: See `tune_alignment_weight`; `confidence` likewise.
        confidence: Probability that the choice does no harm.
        seed: Decides initial weights and sample order.
        progress: Told of every training and of its epochs.

    Returns:
        The search, and the measures of the test set (see
        `evaluation.measure_test`) of the model that was kept.
    """
    require_integer("seed", seed, minimum=0)
    keras.utils.clear_session()
    keras.utils.set_random_seed(seed)
    recipe = get(METHOD).recipe(0.0)
    check(recipe, protocol, splits)
    classifier = build_network(protocol, splits)
    model = align(
        recipe,
        protocol,
        prepare(recipe, protocol, classifier, splits),
        splits.num_classes,
        seed,
    )
    model.compile(
        optimizer=make_optimizer(
            recipe, protocol, steps_per_epoch(protocol, splits)
        ),
        loss=SmoothedCrossEntropy(0.0),
    )
    search = tune_alignment_weight(
        model,
        splits.x_train,
        splits.y_train,
        weights=weights,
        confidence=confidence,
        epochs=protocol.epochs,
        batch_size=protocol.batch_size,
        validation_data=(splits.x_validation, splits.y_validation),
        validation_batch_size=EVALUATION_ROWS,
        # The search reads the validation rows itself, after each training.
        validation_freq=protocol.epochs,
        callbacks=_Told(progress),
        verbose=0,
    )
    test = evaluate(classifier, splits).test
    return search, test


class _Told(keras.callbacks.Callback):
    """Tells the progress what is trained."""

    def __init__(self, progress: Progress) -> None:
        super().__init__()
        self._progress = progress

    def on_train_begin(self, logs: Any = None) -> None:
        weight = float(ops.convert_to_numpy(self.model.alignment_weight))
        self._progress.start(f"weight {weight:g}")

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self._progress.advance()

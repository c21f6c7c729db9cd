"""One training run: build, train, measure."""

import math
from collections.abc import Callable
from typing import Any

import keras

from keras_itra.data import PairedBatches
from keras_itra.experiments.evaluation import EVALUATION_ROWS, evaluate
from keras_itra.experiments.methods import Recipe
from keras_itra.experiments.networks import NETWORKS
from keras_itra.experiments.optimization import (
    SmoothedCrossEntropy,
    make_optimizer,
)
from keras_itra.experiments.protocol import Protocol, Splits
from keras_itra.experiments.runs import Run, Trained
from keras_itra.experiments.timing import StepTimer
from keras_itra.models import ITRAModel

PICTURE_ROWS = 1000
"""Test rows whose features are kept for the picture."""


def train(
    run: Run,
    protocol: Protocol,
    splits: Splits,
    on_epoch: Callable[[], None] = lambda: None,
) -> Trained:
    """Train one method with one seed and measure the result.

    Runs of one seed share initial weights, S1 order and schedule whatever
    their method.

    Args:
        run: Which run.
        protocol: Network and schedule.
        splits: The data.
        on_epoch: Called after each epoch.

    Returns:
        Measures, history and a sample of the features. A run that diverged
        has the value nan for every measure.
    """
    keras.utils.clear_session()
    keras.utils.set_random_seed(run.seed)
    shape, classes = splits.x_train.shape[1:], splits.num_classes
    classifier = NETWORKS[protocol.network](shape, classes)
    recipe = run.recipe
    model = _apply(recipe, classifier, classes, run.seed)
    steps_per_epoch = math.ceil(len(splits.x_train) / protocol.batch_size)
    model.compile(
        optimizer=make_optimizer(recipe, protocol, steps_per_epoch),
        loss=SmoothedCrossEntropy(recipe.label_smoothing),
        metrics=[
            keras.metrics.SparseCategoricalCrossentropy(
                from_logits=True, name="cross_entropy"
            ),
            keras.metrics.SparseCategoricalAccuracy(name="accuracy"),
        ],
    )
    timer = StepTimer()
    history = model.fit(
        **_training_data(model, run, protocol, splits),
        epochs=protocol.epochs,
        validation_data=(splits.x_validation, splits.y_validation),
        validation_batch_size=EVALUATION_ROWS,
        callbacks=[
            timer,
            keras.callbacks.LambdaCallback(
                on_epoch_end=lambda epoch, logs: on_epoch()
            ),
        ],
        verbose=0,
    )
    validation, test, features = evaluate(classifier, splits)
    return Trained(
        validation=validation,
        test={**test, "step_ms": 1000 * timer.seconds_per_step},
        history={
            name: [float(value) for value in values]
            for name, values in history.history.items()
        },
        features=features[:PICTURE_ROWS],
        labels=splits.y_test[:PICTURE_ROWS],
    )


def _training_data(
    model: keras.Model, run: Run, protocol: Protocol, splits: Splits
) -> dict[str, Any]:
    if isinstance(model, ITRAModel):
        return {
            "x": splits.x_train,
            "y": splits.y_train,
            "batch_size": protocol.batch_size,
        }
    batches = PairedBatches(
        (splits.x_train, splits.y_train),
        protocol.batch_size,
        pairing=run.recipe.pairing,
        seed=run.seed,
    )
    # Keras would shuffle the mini-batches among themselves.
    return {"x": batches, "shuffle": False}


def _apply(
    recipe: Recipe, classifier: keras.Model, classes: int, seed: int
) -> keras.Model:
    if recipe.alignment is None:
        return classifier
    width = classifier.get_layer("features").output.shape[-1]
    return ITRAModel.from_model(
        classifier,
        feature_layer="features",
        alignment=recipe.alignment(classes, width),
        alignment_weight=recipe.alignment_weight,
        pairing=recipe.pairing,
        supervise=recipe.supervise,
        seed=seed,
    )

"""One training run: build, train, measure."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from keras_itra import networks
from keras_itra.data import PairedBatches
from keras_itra.data.paired_batches import check_batch_size
from keras_itra.experiments.evaluation import (
    EVALUATION_ROWS,
    evaluate,
    sample_rows,
)
from keras_itra.experiments.measures import CHOSEN_WEIGHT
from keras_itra.experiments.optimization import (
    SmoothedCrossEntropy,
    make_metrics,
    make_optimizer,
)
from keras_itra.experiments.protocol import Protocol, Splits, steps_per_epoch
from keras_itra.experiments.recipes import Recipe
from keras_itra.experiments.rivals import Mixup, linear_on_frozen
from keras_itra.experiments.runs import Run, Trained
from keras_itra.experiments.text import text_classifier
from keras_itra.experiments.timing import StepTimer
from keras_itra.experiments.tracking import DistanceTracker
from keras_itra.models import ITRAModel
from keras_itra.models.weight_choice import require_rows
from keras_itra.validation import require

PICTURE_ROWS = 1000
"""Test rows whose features are kept for the picture."""


def train(
    run: Run,
    protocol: Protocol,
    splits: Splits,
    on_epoch: Callable[[], None] = lambda: None,
) -> Trained:
    """Train one method with one seed and measure the result.

    Runs of one seed share initial weights and schedule whatever their method,
    and the order of S1 unless the method changes it (split pairs, another
    sampling).

    Args:
        run: Which run.
        protocol: Network and schedule.
        splits: The data.
        on_epoch: Called after each epoch.

    Returns:
        Measures, history, a sample of the features and the logits. A run that
        diverged has the value nan for every measure.
    """
    keras.utils.clear_session()
    keras.utils.set_random_seed(run.seed)
    recipe = run.recipe
    classifier = build_network(protocol, splits)
    trained = prepare(recipe, protocol, classifier, splits)
    model = align(recipe, protocol, trained, splits.num_classes, run.seed)
    model.compile(
        optimizer=make_optimizer(
            recipe,
            protocol,
            steps_per_epoch(protocol, splits, recipe.sampling),
        ),
        loss=SmoothedCrossEntropy(recipe.label_smoothing),
        metrics=make_metrics(),
    )
    timer = StepTimer()
    history = model.fit(
        **_training_data(model, run, protocol, splits),
        epochs=recipe.passes * protocol.epochs,
        validation_data=(splits.x_validation, splits.y_validation),
        validation_batch_size=EVALUATION_ROWS,
        callbacks=[
            timer,
            DistanceTracker(classifier, splits, protocol.batch_size),
            keras.callbacks.LambdaCallback(
                on_epoch_end=lambda epoch, logs: on_epoch()
            ),
        ],
        verbose=0,
    )
    measured = evaluate(classifier, splits)
    test = {**measured.test, "step_ms": 1000 * timer.seconds_per_step}
    if recipe.alignment_weight == "auto":
        test[CHOSEN_WEIGHT] = float(model.alignment_weight)
    shown = sample_rows(len(splits.y_test), PICTURE_ROWS)
    return Trained(
        validation=measured.validation,
        test=test,
        history={
            name: [float(value) for value in values]
            for name, values in history.history.items()
        },
        features=measured.features[shown],
        labels=splits.y_test[shown],
        test_logits=measured.logits,
        test_labels=splits.y_test,
    )


def check(recipe: Recipe, protocol: Protocol, splits: Splits) -> None:
    """Refuse what would stop a training, before hours of other trainings.

    Args:
        recipe: What is trained.
        protocol: Network and schedule.
        splits: The data.

    Raises:
        ValueError: If the data are texts or have one class, mini-batches
            cannot be split or hold all rows, or a weight is to be chosen on
            too few validation rows.
    """
    splits.require_numbers(splits.x_train)
    classes = splits.num_classes
    require(classes >= 2, "data of two classes or more", num_classes=classes)
    check_batch_size(protocol.batch_size, recipe.pairing)
    balanced = (recipe.sampling or protocol.sampling) == "balanced"
    independent = recipe.pairing == "independent" and not balanced
    if recipe.alignment is not None and independent:
        rows = len(splits.y_train)
        require(
            protocol.batch_size < rows,
            "a `batch_size` below the number of training rows, of which S1 "
            "and S2 would both be all",
            batch_size=protocol.batch_size,
            rows=rows,
        )
    if recipe.alignment_weight == "auto":
        require_rows(len(splits.y_validation))


def build_network(protocol: Protocol, splits: Splits) -> keras.Model:
    """The classifier of a protocol, with layers `features` and `logits`.

    Args:
        protocol: Names the network and its width.
        splits: Their examples say what goes in, and their classes what comes
            out.

    Returns:
        From examples to logits; no augmentation.
    """
    x, classes = splits.x_train, splits.num_classes
    if protocol.preset is not None:
        preset = splits.encoder or protocol.preset
        return text_classifier(preset, x.shape[1], classes)
    build = networks.get(protocol.network)
    options = {} if protocol.width is None else {"width": protocol.width}
    return build(x.shape[1:], classes, **options)


def prepare(
    recipe: Recipe, protocol: Protocol, classifier: keras.Model, splits: Splits
) -> keras.Model:
    """Put what only training sees around the layers of a classifier.

    Args:
        recipe: Says whether there is dropout, and a cut behind the features.
        protocol: Says whether images are augmented.
        classifier: From examples to logits.
        splits: Images of type uint8 are divided by 255 first.

    Returns:
        A model that shares the classifier's weights.
    """
    model = classifier
    if recipe.dropout:
        model = networks.with_dropout(model, recipe.dropout)
    if recipe.frozen:
        model = linear_on_frozen(model)
    if protocol.augmented:
        model = networks.with_augmentation(model, networks.CropAndFlip())
    if splits.x_train.dtype == np.uint8:
        model = networks.with_augmentation(
            model, keras.layers.Rescaling(1 / 255)
        )
    return model


def align(
    recipe: Recipe,
    protocol: Protocol,
    model: keras.Model,
    num_classes: int,
    seed: int,
) -> keras.Model:
    """Wrap a classifier if the recipe has an alignment.

    Args:
        recipe: The alignment, its weight and how mini-batches are paired.
        protocol: Says how S2 is sampled.
        model: What `prepare` returned.
        num_classes: Number of logits.
        seed: Seed of the orders.

    Returns:
        An `ITRAModel`, or the model itself.
    """
    if recipe.alignment is None:
        return model
    width = model.get_layer("features").output.shape[-1]
    return ITRAModel.from_model(
        model,
        feature_layer="features",
        alignment=recipe.alignment(num_classes, width),
        alignment_weight=recipe.alignment_weight,
        pairing=recipe.pairing,
        supervise=recipe.supervise,
        sampling=recipe.sampling or protocol.sampling,
        forward=recipe.forward,
        memory_size=recipe.memory_size,
        seed=seed,
    )


def _training_data(
    model: keras.Model, run: Run, protocol: Protocol, splits: Splits
) -> dict[str, Any]:
    recipe = run.recipe
    if isinstance(model, ITRAModel):
        return {
            "x": splits.x_train,
            "y": splits.y_train,
            "batch_size": protocol.batch_size,
        }
    batches: keras.utils.PyDataset = PairedBatches(
        (splits.x_train, splits.y_train),
        protocol.batch_size,
        pairing=recipe.pairing,
        sampling=recipe.sampling or protocol.sampling,
        seed=run.seed,
    )
    if recipe.mixup:
        batches = Mixup(
            batches, recipe.mixup, seed=run.seed, num_classes=splits.num_classes
        )
    # Keras would shuffle the mini-batches among themselves.
    return {"x": batches, "shuffle": False}

"""The search for a weight: equal starts, and the chosen model is kept."""

import keras
import numpy as np
import pytest

from keras_itra import ITRAModel
from keras_itra.models.row_losses import RowLosses
from keras_itra.models.weight_search import tune_alignment_weight
from tests.cases import BAD_INPUT
from tests.models.cases import (
    EAGER,
    compiled,
    cross_entropy,
    draw,
    fit,
    one_hot,
    perceptron,
    wrapped,
)
from tests.models.subclasses import Wide
from tests.models.test_paired_fit import Slices

WIDTH = 20


def noisy(rows, seed):
    """Two classes that one of twenty features tells apart, badly."""
    rng = np.random.default_rng(seed)
    y = rng.permutation(np.arange(rows) % 2)
    x = rng.normal(size=(rows, WIDTH))
    x[:, 0] += 1.5 * y
    return x.astype("float32"), y.astype("int32")


TRAIN, VALIDATION = noisy(40, 1), noisy(400, 2)


def model_with_dropout(**options):
    """A model under way: its momentum and its dropout are in some state."""
    keras.utils.set_random_seed(0)
    classifier = keras.Sequential(
        [
            keras.Input((WIDTH,)),
            keras.layers.Dense(16, activation="relu"),
            keras.layers.Dropout(0.2, seed=1),
            keras.layers.Dense(2),
        ]
    )
    model = compiled(
        wrapped(classifier, **options),
        optimizer=keras.optimizers.SGD(0.1, momentum=0.9),
        metrics=None,
        run_eagerly=EAGER,
    )
    fit(model, *TRAIN, batch_size=20)
    return model


def overfitting(learning_rate, seed=0):
    """A model that knows all rows by heart after a while."""
    classifier = keras.Sequential(
        [
            keras.Input((WIDTH,)),
            keras.layers.Dense(16, activation="relu"),
            keras.layers.Dense(2),
        ]
    )
    rng = np.random.default_rng(seed)  # the same start on every backend
    classifier.set_weights(
        [
            rng.normal(scale=0.25, size=weight.shape)
            for weight in classifier.get_weights()
        ]
    )
    return compiled(
        wrapped(classifier),
        optimizer=keras.optimizers.SGD(learning_rate, momentum=0.9),
        loss=cross_entropy(),
    )


def values(model):
    """All that a training step reads or writes, but for the metrics."""
    variables = [*model.variables, *model.optimizer.variables]
    return [np.array(variable) for variable in variables]


def assert_same_values(found, expected):
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-6)


def validated(model, data=VALIDATION):
    """Mean loss, by what is traced already."""
    return RowLosses(model, data, batch_size=400).measure().losses.mean()


class EndOfTraining(keras.callbacks.Callback):
    """What every training ends with."""

    def __init__(self):
        super().__init__()
        self.weights, self.seen = [], []

    def on_train_end(self, logs=None):
        self.weights.append(float(np.array(self.model.alignment_weight)))
        self.seen.append([np.array(v) for v in self.model.trainable_weights])


def test_every_weight_trains_as_if_alone_and_harm_is_not_chosen():
    model, ends = model_with_dropout(), EndOfTraining()
    search = tune_alignment_weight(
        model,
        *TRAIN,
        weights=[50],
        epochs=2,
        batch_size=20,
        validation_data=VALIDATION,
        callbacks=ends,
        verbose=0,
    )
    assert ends.weights == [0, 50]
    losses = {}
    for weight, seen in zip(ends.weights, ends.seen, strict=True):
        alone = model_with_dropout()
        alone.alignment_weight.assign(weight)
        history = fit(alone, *TRAIN, epochs=2, batch_size=20)
        assert_same_values(seen, map(np.array, alone.trainable_weights))
        losses[weight] = validated(alone)
        if weight == 0:
            assert search.history["loss"] == pytest.approx(history["loss"])
            assert_same_values(values(model), values(alone))
    found = {c.weight: c.loss for c in search.candidates}
    assert found == pytest.approx(losses, rel=1e-4)
    assert losses[50] > losses[0]
    assert search.best == float(np.array(model.alignment_weight)) == 0
    assert model.get_config()["alignment_weight"] == 0
    assert model.history.history == search.history
    assert search.rows == 400


def test_what_helps_an_overfitting_model_is_chosen(capsys):
    """Also where the rows come from one array and are split here."""
    model = overfitting(0.3)
    together = [
        np.concatenate(parts) for parts in zip(TRAIN, VALIDATION, strict=True)
    ]
    search = tune_alignment_weight(
        model,
        *together,
        weights=[1.0],
        epochs=12,
        batch_size=20,
        validation_split=400 / 440,
        validation_freq=12,
        validation_batch_size=400,
        verbose=2,
    )
    printed = capsys.readouterr().out
    assert "alignment_weight=1 (2 of 2)" in printed
    assert printed.endswith(search.to_markdown() + "\n")
    plain, aligned = search.candidates
    assert search.best == float(np.array(model.alignment_weight)) == 1
    assert model.get_config()["alignment_weight"] == 1
    assert aligned.p_value < 1e-4
    assert aligned.loss < plain.loss
    assert search.rows == 400
    assert search.history["alignment_weight"] == [1.0] * 12
    # The kept model is the aligned one, on these rows and on new ones.
    assert validated(model) == pytest.approx(aligned.loss, rel=1e-4)
    assert validated(model, noisy(400, 3)) < plain.loss


def test_less_loss_by_less_confidence_at_the_price_of_mistakes_is_harm():
    search = tune_alignment_weight(
        overfitting(0.1, seed=3),
        *TRAIN,
        weights=[10.0],
        epochs=10,
        batch_size=20,
        validation_data=noisy(2000, 2),
        validation_freq=10,
        validation_batch_size=2000,
        verbose=0,
    )
    aligned = search.candidates[1]
    assert aligned.p_value < 1e-3
    assert aligned.others["mistakes"].mean > 0.03
    assert all(other.p_value < 0.01 for other in aligned.others.values())
    assert search.best == 0


class Restless(keras.callbacks.Callback):
    def on_epoch_begin(self, epoch, logs=None):
        self.model.alignment_weight.assign(0.7)


class Interrupted(EndOfTraining):
    def on_train_end(self, logs=None):
        super().on_train_end(logs)
        if len(self.weights) == 2:
            raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("callback", "error"),
    [(Restless(), ValueError), (Interrupted(), KeyboardInterrupt)],
)
def test_a_failed_search_leaves_the_model_as_it_was(callback, error):
    model = model_with_dropout(alignment_weight=0.2)
    before = values(model)
    with pytest.raises(error):
        tune_alignment_weight(
            model,
            *TRAIN,
            weights=[1.0],
            batch_size=20,
            validation_data=VALIDATION,
            callbacks=[callback],
            verbose=0,
        )
    for a, b in zip(before, values(model), strict=True):
        np.testing.assert_array_equal(a, b)
    assert model.get_config()["alignment_weight"] == 0.2


def test_a_training_that_diverges_without_alignment_is_refused():
    x, y = VALIDATION
    model = model_with_dropout()
    with pytest.raises(ValueError, match="does not diverge"):
        tune_alignment_weight(
            model,
            1e20 * TRAIN[0],
            TRAIN[1],
            batch_size=20,
            validation_data=(1e20 * x, y),
            verbose=0,
        )


SCHEDULE = keras.optimizers.schedules.PolynomialDecay(1.0, 10)


@pytest.mark.parametrize(
    "options",
    [
        {"validation_data": None},
        {"validation_data": tuple(a[:99] for a in draw(200))},
        {"validation_data": iter([draw(200)])},
        {"validation_split": 1.5, "validation_data": None},
        {"x": Slices(*draw(), 8), "y": None, "validation_data": None}
        | {"validation_split": 0.5},
        {"x": iter([draw(24)]), "y": None},
        {"weights": ()},
        {"weights": (0.0, 1.0)},
        {"weights": (1.0, 1)},
        {"weights": (-1.0,)},
        {"confidence": 1},
        {"confidence": 0.4},
        {"callbacks": keras.callbacks.CallbackList()},
        {"model": compiled(perceptron())},
        {"model": wrapped(alignment_weight=SCHEDULE)},
        {"model": compiled(ITRAModel.from_model(perceptron()), loss=None)},
    ],
)
def test_bad_arguments_are_refused(options):
    x, y = draw()
    arguments = {
        "model": wrapped(),
        "x": x,
        "y": y,
        "validation_data": draw(200),
        "verbose": 0,
        **options,
    }
    model = arguments["model"]
    before = [np.array(v) for v in model.variables]
    with pytest.raises(ValueError, match=BAD_INPUT):
        tune_alignment_weight(**arguments)
    for a, b in zip(before, model.variables, strict=True):
        np.testing.assert_array_equal(a, np.array(b))


def test_one_hot_labels_and_a_subclass_without_variables():
    model = compiled(
        Wide(seed=0),
        loss=keras.losses.CategoricalCrossentropy(from_logits=True),
        run_eagerly=EAGER,
    )
    (x, y), (x_val, y_val) = draw(), draw(150, seed=1)
    search = tune_alignment_weight(
        model,
        x,
        one_hot(y),
        weights=(0.5, 0.1),
        batch_size=24,
        validation_data=(x_val, one_hot(y_val)),
        verbose=0,
    )
    losses = {c.weight: c.loss for c in search.candidates}
    assert list(losses) == [0.0, 0.1, 0.5]
    found = validated(model, (x_val, one_hot(y_val)))
    assert found == pytest.approx(losses[search.best], rel=1e-4)

"""Real trainings: one that is well, one that collapses, one that is idle."""

import warnings

import keras
import numpy as np
import pytest

from keras_itra import ITRAModel, metrics
from keras_itra.callbacks import AlignmentCheck
from keras_itra.callbacks.alignment_health import (
    has_collapsed,
    idle_reason,
    information,
    spread,
)
from tests.models.cases import compiled, draw, fit, wrapped

CLASSES, WIDTH = 4, 16
ROWS = 64


def images(seed=0):
    """Noisy rows around four prototypes."""
    rng = np.random.default_rng(7)
    prototypes = rng.uniform(size=(CLASSES, WIDTH))
    rng = np.random.default_rng(seed)
    y = np.arange(ROWS) % CLASSES
    x = prototypes[y] + rng.normal(scale=0.5, size=(ROWS, WIDTH))
    return x.astype("float32"), y.astype("int32")


def deep(weight, **options):
    """A perceptron of three hidden layers, without batch norm."""
    layers = [keras.layers.Dense(32, activation="relu") for _ in range(3)]
    classifier = keras.Sequential(
        [keras.Input((WIDTH,)), *layers, keras.layers.Dense(CLASSES)]
    )
    model = ITRAModel.from_model(classifier, alignment_weight=weight, seed=0)
    optimizer = keras.optimizers.SGD(0.05, momentum=0.9)
    return compiled(
        model, **{"optimizer": optimizer, "run_eagerly": False, **options}
    )


def said(model, data, check=None, **options):
    """Warnings of a `fit`, and its history."""
    check = AlignmentCheck(images(seed=1)) if check is None else check
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        history = fit(model, *data, callbacks=[check], **options)
    return [str(warning.message) for warning in caught], history


def test_a_training_that_is_well():
    messages, history = said(deep(0.6), images(), batch_size=16, epochs=30)
    assert messages == []
    assert history["accuracy"][-1] > 0.8


def test_a_training_that_collapses():
    messages, history = said(deep(5.0), images(), batch_size=16, epochs=30)
    assert len(messages) == 1
    assert "have come together in epoch" in messages[0]
    assert history["supervised_loss"][-1] > 0.95 * np.log(CLASSES)


def test_it_can_end_the_training():
    check = AlignmentCheck(images(seed=1), stop_training=True)
    messages, history = said(
        deep(5.0), images(), check, batch_size=16, epochs=30
    )
    epoch = len(history["loss"]) - 1
    assert f"in epoch {epoch}:" in messages[0]
    assert epoch < 29


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"alignment_weight": 0.0}, "`alignment_weight` is 0"),
        ({"alignment_weight": 1e-5}, "of the supervised loss"),
        ({"sampling": "random"}, "no class is in both"),
    ],
)
def test_a_training_without_an_effect(options, reason):
    x, y = draw()
    if "sampling" in options:
        y = np.arange(24)  # every class once
        model = wrapped(_many_classes(), pairing="split", **options)
    else:
        model = wrapped(**options)
    messages, _ = said(
        model, (x, y), AlignmentCheck((x, y)), batch_size=8, epochs=5
    )
    assert len(messages) == 1
    assert "nothing for 3 epochs, up to epoch 2" in messages[0]
    assert reason in messages[0]


def _many_classes():
    layers = [keras.Input((5,)), keras.layers.Dense(8), keras.layers.Dense(24)]
    return keras.Sequential(layers)


def test_weight_0_of_a_search_is_meant():
    data = images()
    held_out = zip(images(seed=2), images(seed=3), strict=True)
    model = deep("auto")
    messages, _ = said(
        model,
        data,
        AlignmentCheck(data, patience=1),
        batch_size=16,
        epochs=2,
        validation_data=tuple(map(np.concatenate, held_out)),
    )
    assert not any("is 0: set it" in message for message in messages)
    assert not model.is_searching
    model.alignment_weight = 0.0
    messages, _ = said(model, data, AlignmentCheck(data, patience=1))
    assert any("is 0: set it" in message for message in messages)


def test_a_warm_up_is_waited_for():
    model = wrapped(alignment_weight=0.0)
    rise = keras.callbacks.LambdaCallback(
        on_epoch_begin=lambda epoch, _: model.alignment_weight.assign(
            0.6 * (epoch % 3 == 2)
        )
    )
    check = AlignmentCheck(draw())
    fit(model, *draw(), batch_size=8, epochs=6, callbacks=[rise, check])


def test_a_plain_model():
    classifier = keras.Sequential(
        [keras.Input((5,)), keras.layers.Dense(4), keras.layers.Dense(3)]
    )
    model = compiled(classifier)
    collapse = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda *_: [w.assign(0 * w) for w in model.weights]
    )
    check = AlignmentCheck(draw())
    with pytest.warns(UserWarning, match="come together in epoch 0"):
        fit(model, *draw(), callbacks=[collapse, check])


def test_spread_is_that_of_the_metrics():
    rng = np.random.default_rng(0)
    features, labels = rng.normal(size=(20, 3)) + 5, np.arange(20) % 4
    np.testing.assert_allclose(
        spread(features),
        metrics.within_class_scatter(features, labels)
        + metrics.between_class_scatter(features, labels),
    )
    assert spread(np.full((5, 2), 0.1)) == 0


def test_information():
    labels = np.array([0, 0, 0, 1, 2, 2])
    shares = np.array([3, 1, 2]) / 6
    constant = np.tile(np.log(shares) + 4.0, (6, 1))
    assert information(constant, labels) == pytest.approx(0, abs=1e-12)
    assert information(40 * np.eye(3)[labels], labels) == pytest.approx(1)
    assert information(np.eye(3)[labels], labels) == pytest.approx(1)
    assert information(-40 * np.eye(3)[labels], labels) < 0
    logits = np.random.default_rng(0).normal(size=(6, 3))
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    entropy = -(shares * np.log(shares)).sum()
    expected = 1 - metrics.cross_entropy(logits, labels) / entropy
    for outputs in (logits, probabilities):
        assert information(outputs, labels) == pytest.approx(expected)
    assert information(logits, np.zeros(6, int)) == 0
    outside = np.concatenate([labels, [-1, 3]])
    logits = np.concatenate([40 * np.eye(3)[labels], np.ones((2, 3))])
    assert information(logits, outside) == pytest.approx(1)
    assert information(logits[-2:], outside[-2:]) == 0


def test_information_of_a_sigmoid():
    labels = np.array([0, 1, 1, 0])
    z = np.array([[-1.0], [2.0], [-0.5], [0.3]])
    both = np.concatenate([np.zeros_like(z), z], axis=1)
    expected = information(both, labels)
    assert information(z, labels) == pytest.approx(expected)
    assert information(1 / (1 + np.exp(-z)), labels) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("now", "informed", "collapsed"),
    [
        (0.0, 0.0, True),
        (0.4, 0.01, True),
        (0.4, 0.5, False),  # compact, and it learns
        (6.0, 0.0, False),  # has not learned yet
    ],
)
def test_collapse(now, informed, collapsed):
    assert has_collapsed(now, 10.0, informed) is collapsed


def test_reasons():
    logs = {"supervised_loss": 2.0, "alignment": 0.4, "alignment_weight": 0.6}
    assert idle_reason(logs) is None
    assert "is 0: set" in idle_reason({**logs, "alignment_weight": 0.0})
    assert "in both S1" in idle_reason({**logs, "alignment": 0.0})
    assert "0.0003 of" in idle_reason({**logs, "alignment_weight": 1.5e-3})


@pytest.mark.parametrize("patience", [0, 1.5])
def test_arguments_that_are_refused(patience):
    with pytest.raises(ValueError, match="`patience`"):
        AlignmentCheck(draw(), patience=patience)


def test_a_negative_alignment_does_something():
    logs = {"alignment_weight": 0.6, "supervised_loss": 1.0}
    assert idle_reason({**logs, "alignment": -0.3}) is None
    assert "Raise the weight" in idle_reason({**logs, "alignment": -1e-9})

"""`pairing="queue"`: against NumPy by hand, and what a memory must survive."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import ops

from keras_itra.data import PairedBatches
from keras_itra.losses import CenterLoss, ITRAAlignment, WithinClassSpread
from tests import fresh_process
from tests.cases import BAD_INPUT
from tests.models import hand_step
from tests.models.cases import (
    NUM_CLASSES,
    assert_same_weights,
    compiled,
    copy_of,
    draw,
    fit,
    linear,
    one_hot,
    perceptron,
    skip_under_torch,
    wrapped,
)
from tests.models.subclasses import Wide

RATE, STRENGTH, SIZE = 0.2, 0.7, 12


def queue(classifier=None, **options):
    return wrapped(
        classifier, **{"pairing": "queue", "memory_size": SIZE, **options}
    )


def memory_of(model):
    return [np.array(weight) for weight in model.feature_memory.weights]


def assert_same_memory(model, other, **tolerance):
    for found, expected in zip(memory_of(model), memory_of(other), strict=True):
        np.testing.assert_allclose(found, expected, **tolerance)


def alignment_and_gradient(h, labels, memory):
    """ITRA-c between rows and a memory; the gradient that two sides have."""
    value, of_h = 0.0, np.zeros_like(h)
    s2 = np.array([feature for _, feature in memory])
    s2_labels = np.array([label for label, _ in memory])
    for k in range(NUM_CLASSES):
        s1, kept = labels == k, s2_labels == k
        if not (s1.any() and kept.any()):
            continue
        mmd, of_s1, _ = hand_step.mmd_and_gradients(h[s1], s2[kept])
        value += mmd / NUM_CLASSES
        factor = np.sqrt(2 * (1 + s1.sum() / kept.sum()))
        of_h[s1] += factor * of_s1 / NUM_CLASSES
    return value, of_h


def descend(weights, batches):
    """Weights, alignment of each step and memory of training by hand."""
    memory, alignments = [], []
    for x, labels in batches:
        _, _, (of_w, of_v) = hand_step.losses_and_gradients(
            weights, x, labels, 0.0, slice(None)
        )
        h = np.asarray(x, "float64") @ weights[0]
        alignments.append(0.0)
        if len(memory) == SIZE:
            alignments[-1], of_h = alignment_and_gradient(h, labels, memory)
            of_w = of_w + STRENGTH * x.T @ of_h
        memory = [*memory, *zip(labels, h, strict=True)][-SIZE:]
        weights = [weights[0] - RATE * of_w, weights[1] - RATE * of_v]
    return weights, alignments, memory


@pytest.mark.parametrize("targets", ["integers", "one-hot"])
def test_steps_equal_those_by_hand(targets):
    x, y = draw(37)  # 5 steps, the last of 5 rows; the memory is full after 2
    model = queue(linear(), alignment_weight=STRENGTH)
    loss = keras.losses.SparseCategoricalCrossentropy
    if targets == "one-hot":
        loss = keras.losses.CategoricalCrossentropy
    optimizer = keras.optimizers.SGD(RATE)
    compiled(model, optimizer=optimizer, loss=loss(from_logits=True))
    start = [np.array(w, "float64") for w in model.trainable_weights]
    batches = PairedBatches((x, y), 8, pairing="none", seed=0)
    weights, alignments, memory = descend(start, [batches[i] for i in range(5)])
    assert alignments[:2] == [0, 0]
    assert min(alignments[2:]) > 0.1
    for index, expected in enumerate(alignments):
        rows, labels = batches[index]
        if targets == "one-hot":
            labels = one_hot(labels)
        logs = model.train_on_batch(rows, labels, return_dict=True)
        model.reset_metrics()
        np.testing.assert_allclose(logs["alignment"], expected, rtol=1e-5)
    for found, expected in zip(model.trainable_weights, weights, strict=True):
        np.testing.assert_allclose(np.array(found), expected, atol=1e-5)
    kept = model.feature_memory
    order = (np.arange(SIZE) + int(kept.heads[0])) % SIZE
    np.testing.assert_array_equal(
        np.array(kept.labels)[order], [label for label, _ in memory]
    )
    np.testing.assert_allclose(
        np.array(kept.features)[order], [h for _, h in memory], atol=1e-5
    )


def test_fit_sees_the_rows_of_plain_training():
    x, y = draw(22)
    classifier = perceptron()
    plain = compiled(copy_of(classifier))
    history = fit(
        queue(classifier, alignment_weight=0), x, y, batch_size=6, epochs=2
    )
    s1 = PairedBatches((x, y), 6, pairing="none", seed=0)
    expected = fit(plain, s1, epochs=2, shuffle=False)
    assert_same_weights(classifier, plain)
    np.testing.assert_allclose(history["loss"], expected["loss"], rtol=1e-5)


@pytest.mark.parametrize("mode", ["marginal", "joint"])
def test_other_modes_align_as_well(mode):
    x, y = draw(32)
    model = queue(alignment=ITRAAlignment(mode))
    history = fit(model, x, y, batch_size=8, epochs=2)
    assert history["alignment"][1] > 0.1
    np.testing.assert_allclose(
        history["loss"],
        history["supervised_loss"] + 0.6 * np.array(history["alignment"]),
        rtol=1e-5,
    )


@pytest.mark.parametrize("balanced", [False, True])
def test_the_spread_of_a_step_is_that_with_the_memory_before_it(balanced):
    x, y = draw(40)
    model = queue(alignment=WithinClassSpread(), memory_balanced=balanced)
    loss = WithinClassSpread(num_classes=NUM_CLASSES)
    batches = PairedBatches((x, y), 8, pairing="none", seed=0)
    for index in range(5):
        rows, labels = batches[index]
        features = model.extract_features(rows)
        memory = model.feature_memory.reference()
        terms = loss.terms(labels, features, None, memory)
        expected = ops.convert_to_numpy(ops.sum(terms.rows))
        logs = model.train_on_batch(rows, labels, return_dict=True)
        model.reset_metrics()
        # While the memory fills, that of the mini-batch alone.
        assert np.array(memory[2]).any() == (index >= 2)
        np.testing.assert_allclose(logs["alignment"], expected, rtol=1e-5)


def test_the_marginal_mode_remembers_rows_whatever_their_targets():
    x, y = draw(32)
    several = np.stack([y == 0, y < 2, y > 0], axis=1).astype("float32")
    classifier, histories = perceptron(), []
    for targets in (several, 0.3 * several, one_hot(y)):
        model = queue(classifier, alignment=ITRAAlignment("marginal"))
        still = keras.optimizers.SGD(0.0)
        compiled(model, optimizer=still, loss="mse", metrics=None)
        history = fit(model, x, targets, batch_size=8, epochs=2)
        histories.append(history["alignment"])
    assert histories[0][1] > 0.1
    for history in histories[1:]:
        np.testing.assert_allclose(history, histories[0], rtol=1e-6)


def test_a_balanced_memory_waits_for_every_class():
    x, y = draw(30)
    of_two = y < 2
    model = queue(memory_balanced=True)
    fit(model, x[of_two], y[of_two], batch_size=10, epochs=3)
    assert not np.array(model.feature_memory.reference()[2]).any()
    history = fit(model, x, y, batch_size=10, epochs=2)
    assert history["alignment"][1] > 0.1
    labels = np.array(model.feature_memory.labels)
    np.testing.assert_array_equal(np.bincount(labels), [4, 4, 4])


def test_evaluate_and_predict_leave_the_memory_alone():
    x, y = draw(32)
    model = queue()
    fit(model, x, y, batch_size=8)
    before = memory_of(model)
    model.evaluate(x, y, verbose=0)
    model.predict(x, verbose=0)
    for found, expected in zip(memory_of(model), before, strict=True):
        np.testing.assert_array_equal(found, expected)


def test_sample_weight_zero_takes_rows_out_of_step_and_memory():
    x, y = draw(48)
    weight = np.random.default_rng(1).uniform(0.5, 2, 48).astype("float32")
    weight[::5] = 0
    model, other = queue(linear()), queue(linear())
    other.inference_model().set_weights(model.inference_model().get_weights())
    for changed, trained in ((0, model), (50, other)):
        rows = x.copy()
        rows[::5] += changed
        fit(trained, rows, y, sample_weight=weight, batch_size=8, epochs=2)
    assert_same_weights(model, other)
    assert_same_memory(model, other, rtol=1e-5, atol=1e-6)
    assert np.isin(model.feature_memory.row_weights, weight).all()


COMPILE = {
    "jit": {"jit_compile": True},
    "four steps at once": {"steps_per_execution": 4},
}


@pytest.mark.parametrize(
    "name",
    [pytest.param("jit", marks=pytest.mark.slow), "four steps at once"],
)
def test_modes_of_execution_equal_the_default(name):
    skip_under_torch(name)
    x, y = draw(38)
    classifier = perceptron()
    models = [
        queue(copy_of(classifier), memory_balanced=True) for _ in range(2)
    ]
    compiled(models[1], run_eagerly=False, **COMPILE[name])
    a, b = (fit(model, x, y, batch_size=8, epochs=2) for model in models)
    np.testing.assert_allclose(a["alignment"], b["alignment"], rtol=1e-5)
    assert_same_weights(*models, rtol=1e-5, atol=1e-6)
    assert_same_memory(*models, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    ("policy", "tolerance"), [("mixed_float16", 4e-3), ("mixed_bfloat16", 3e-2)]
)
def test_mixed_precision_remembers_float32(policy, tolerance):
    x, y = draw(38)
    classifier = perceptron()
    expected = fit(queue(copy_of(classifier)), x, y, batch_size=8, epochs=2)
    keras.config.set_dtype_policy(policy)
    half = perceptron()
    half.set_weights(classifier.get_weights())
    # A scale that overflows would skip the first step.
    optimizer = keras.optimizers.LossScaleOptimizer(
        keras.optimizers.SGD(0.1, momentum=0.9), initial_scale=64
    )
    model = compiled(queue(half), optimizer=optimizer)
    found = fit(model, x, y, batch_size=8, epochs=2)
    assert model.feature_memory.features.dtype == "float32"
    for name in ("loss", "alignment"):
        np.testing.assert_allclose(found[name], expected[name], rtol=tolerance)


def test_steps_of_an_accumulated_gradient_are_remembered():
    x, y = draw(16)
    model = queue(memory_size=16)
    compiled(
        model, optimizer=keras.optimizers.SGD(gradient_accumulation_steps=2)
    )
    fit(model, x, y, batch_size=8)
    assert int(model.optimizer.iterations) == 1
    assert np.array(model.feature_memory.reference()[2]).all()


def sources(x, y):
    dataset = tf.data.Dataset.from_tensor_slices((x, y)).batch(8)
    yield dataset
    yield (batch for batch in dataset.repeat().as_numpy_iterator())


@pytest.mark.parametrize("make", [perceptron, None], ids=["wrapped", "sub"])
def test_datasets_and_generators_are_read_as_they_come(make):
    x, y = draw(32)
    for source in sources(x, y):
        model = (
            queue(make())
            if make
            else compiled(Wide(8, pairing="queue", memory_size=SIZE, seed=0))
        )
        history = fit(model, source, steps_per_epoch=4)
        assert history["alignment"][0] > 0.1
        kept = model.feature_memory
        np.testing.assert_array_equal(
            np.roll(kept.labels, -int(kept.heads[0])), y[-SIZE:]
        )


GO_ON = """
import sys
import keras, numpy as np
import tests.models.subclasses
from tests.models.cases import draw, fit
x, y = draw(38)
for path in sys.argv[1:]:
    model = keras.models.load_model(path)
    loaded = [np.array(w) for w in model.feature_memory.weights]
    history = fit(model, x, y, batch_size=8, epochs=2, initial_epoch=1)
    np.savez(
        path + ".npz", *loaded, *model.weights, alignment=history["alignment"]
    )
"""


def test_a_saved_model_goes_on_in_a_fresh_process(tmp_path):
    x, y = draw(38)
    models = {
        "wrapped": queue(),
        "balanced": queue(memory_balanced=True),
        "subclass": compiled(
            Wide(8, pairing="queue", memory_size=SIZE, seed=0)
        ),
    }
    paths, expected = [], []
    for name, model in models.items():
        fit(model, x, y, batch_size=8)
        paths.append(tmp_path / f"{name}.keras")
        model.save(paths[-1])
        held = memory_of(model)
        history = fit(model, x, y, batch_size=8, epochs=2, initial_epoch=1)
        expected.append((held, model.weights, history["alignment"]))
    fresh_process.run(GO_ON, *paths)
    for path, (held, weights, alignment) in zip(paths, expected, strict=True):
        found = np.load(f"{path}.npz")
        np.testing.assert_allclose(found["alignment"], alignment, rtol=1e-5)
        for index, value in enumerate([*held, *weights]):
            np.testing.assert_allclose(
                found[f"arr_{index}"], np.array(value), rtol=1e-5, atol=1e-6
            )


def test_backup_and_restore_brings_the_memory_back(tmp_path):
    x, y = draw(38)
    classifier = perceptron()
    whole, resumed = (queue(copy_of(classifier)) for _ in range(2))
    fit(whole, x, y, batch_size=8, epochs=2)

    def crash(epoch, logs):
        if epoch == 1:
            raise KeyboardInterrupt

    backup = keras.callbacks.BackupAndRestore(tmp_path / "backup")
    stop = keras.callbacks.LambdaCallback(on_epoch_begin=crash)
    options = {"batch_size": 8, "epochs": 2}
    with pytest.raises(KeyboardInterrupt):
        fit(resumed, x, y, callbacks=[backup, stop], **options)
    again = queue()
    backup = keras.callbacks.BackupAndRestore(tmp_path / "backup")
    fit(again, x, y, callbacks=[backup], **options)
    assert_same_weights(whole, again)
    assert_same_memory(whole, again, rtol=1e-5, atol=1e-6)


def test_weights_files_clones_and_configs_hold_the_memory(tmp_path):
    x, y = draw(38)
    model = queue(memory_balanced=True)
    fit(model, x, y, batch_size=8)
    clone = keras.models.clone_model(model)
    assert clone.feature_memory is not model.feature_memory
    assert clone.feature_memory.get_config() == (
        model.feature_memory.get_config()
    )
    model.save_weights(tmp_path / "w.weights.h5")
    clone.load_weights(tmp_path / "w.weights.h5")
    assert_same_memory(clone, model)
    plain = model.inference_model()
    tracked = {id(weight) for weight in plain.weights}
    assert not tracked & {id(w) for w in model.feature_memory.weights}


@pytest.mark.parametrize(
    "options",
    [
        {"alignment": CenterLoss(NUM_CLASSES, 8)},
        {"alignment": ITRAAlignment("joint", label_kernel="gaussian")},
        {"forward": "separate"},
        {"memory_size": 0},
        {"memory_size": 2.5},
        {"memory_size": 2, "memory_balanced": True},
        {"memory_balanced": "yes"},
        {"memory_balanced": True, "alignment": ITRAAlignment("marginal")},
        {"memory_balanced": True, "pairing": "split"},
    ],
    ids=range(9),
)
def test_options_without_a_meaning_are_refused(options):
    with pytest.raises(ValueError, match=BAD_INPUT):
        queue(**options)


def test_a_balanced_memory_of_a_subclass_needs_the_number_of_classes():
    with pytest.raises(ValueError, match=BAD_INPUT):
        Wide(pairing="queue", memory_balanced=True)
    model = Wide(
        pairing="queue",
        memory_balanced=True,
        alignment=ITRAAlignment(num_classes=NUM_CLASSES),
    )
    assert model.feature_memory.rings == NUM_CLASSES


def test_soft_labels_are_refused_before_a_weight_changes():
    x, y = draw(16)
    model = queue()
    compiled(model, loss=keras.losses.CategoricalCrossentropy(True))
    before = model.get_weights()
    with pytest.raises(ValueError, match=BAD_INPUT):
        fit(model, x, 0.9 * one_hot(y) + 0.1 / NUM_CLASSES)
    for old, new in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)

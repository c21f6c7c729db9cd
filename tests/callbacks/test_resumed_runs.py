"""Interrupted runs end with the weights of undisturbed ones, bit for bit."""

import random

import keras
import pytest
import tensorflow as tf

from keras_itra.data import PairedBatches
from keras_itra.losses import CenterLoss
from tests.callbacks.cases import (
    aligned,
    assert_identical,
    assert_resumes,
    stateful,
    train,
)
from tests.models.cases import (
    NUM_CLASSES,
    WIDTH,
    compiled,
    cross_entropy,
    draw,
)

ROWS = 38  # Mini-batches of 8: five, the last of them smaller.


def arrays():
    return draw(ROWS)


def pairs():
    return (PairedBatches(draw(ROWS), 8, seed=3),)


def named_pairs():
    x, y = draw(ROWS)
    targets = {"features": y, "logits": y}
    return (PairedBatches((x, targets), 8, labels=y, seed=3),)


def dataset():
    return (tf.data.Dataset.from_tensor_slices(draw(ROWS)).batch(8),)


def stream():
    """Ends every epoch elsewhere, with steps_per_epoch=4."""
    return (dataset()[0].repeat(),)


def py_dataset():
    return (Batches(),)


class Batches(keras.utils.PyDataset):
    """Rows that Keras shuffles by `random`."""

    num_batches = 5

    def __getitem__(self, index):
        return tuple(a[8 * index : 8 * index + 8] for a in draw(ROWS))


@pytest.mark.parametrize(
    ("save_freq", "interrupted"), [(1, (3, 7)), (4, (10,)), ("epoch", (6,))]
)
def test_save_freq(tmp_path, save_freq, interrupted):
    backup = {"directory": tmp_path / "backup", "save_freq": save_freq}
    assert_resumes(
        plain,
        pairs,
        backup,
        interrupted=interrupted,
        epochs=3,
        validation_data=draw(9, seed=1),
    )
    assert list((tmp_path / "backup").iterdir()) == []


def accumulating():
    """What an optimizer and a schedule know besides the weights."""
    optimizer = keras.optimizers.Adam(
        0.01, use_ema=True, gradient_accumulation_steps=2
    )
    schedule = keras.optimizers.schedules.CosineDecay(0.9, 9)
    return aligned({"optimizer": optimizer}, alignment_weight=schedule)


def changes():
    """Callbacks in front of the backup and behind it that change variables."""
    decay = keras.callbacks.LearningRateScheduler(lambda epoch, rate: rate / 2)

    def grow(batch, logs):
        grown.model.alignment_weight.assign_add(0.1)

    grown = keras.callbacks.LambdaCallback(
        on_train_batch_begin=grow, on_train_batch_end=grow
    )
    return [decay, grown]


def centered():
    loss = CenterLoss(num_classes=NUM_CLASSES, feature_dim=8)
    return aligned(alignment=loss, pairing="none")


def centered_by_compile():
    """Centres that Keras does not know of."""
    inputs = keras.Input((WIDTH,))
    features = keras.layers.Dense(8)(inputs)
    logits = keras.layers.Dense(NUM_CLASSES)(features)
    model = keras.Model(inputs, {"features": features, "logits": logits})
    centers = CenterLoss(num_classes=NUM_CLASSES, feature_dim=8)
    loss = {"features": centers, "logits": cross_entropy()}
    return compiled(model, loss=loss, metrics=None, run_eagerly=True)


class Noise(keras.layers.Layer):
    """Draws from the generators that no layer owns."""

    def call(self, x, training=None):
        if not training:
            return x
        noise = tf.random.get_global_generator().normal(x.shape[1:])
        return x + noise + keras.random.normal(x.shape[1:])


def noisy():
    tf.random.set_global_generator(
        tf.random.Generator.from_seed(random.randrange(1000))
    )
    layers = [keras.Input((WIDTH,)), Noise(), *stateful().layers]
    # Traced: draws by variables.
    return compiled(keras.Sequential(layers), run_eagerly=False)


def executing():
    return compiled(stateful(), run_eagerly=False, steps_per_execution=2)


def plain():
    return compiled(stateful(), run_eagerly=True)


def unpaired():
    return aligned(pairing="none")


MODELS_AND_DATA = {
    "accumulation, average, schedule": (accumulating, arrays),
    "centres": (centered, arrays),
    "compiled centres": (centered_by_compile, named_pairs),
    "global generators": (noisy, pairs),
    "PyDataset, paired": (aligned, py_dataset),
    "PyDataset, shuffled by Keras": (unpaired, py_dataset),
    "tf.data, paired": (aligned, dataset),
}


@pytest.mark.parametrize("case", MODELS_AND_DATA)
def test_models_and_data(tmp_path, case):
    model, data = MODELS_AND_DATA[case]
    options = {"batch_size": 8} if data is arrays else {}
    backup = {"directory": tmp_path, "save_freq": 1}
    assert_resumes(model, data, backup, interrupted=[8], epochs=2, **options)


def test_callbacks_that_change_variables(tmp_path):
    assert_resumes(
        aligned,
        arrays,
        {"directory": tmp_path, "save_freq": 1},
        interrupted=[8],
        others=changes,
        batch_size=8,
        epochs=3,
    )


@pytest.mark.parametrize("policy", ["mixed_float16", "bfloat16"])
def test_half_precision(tmp_path, policy):
    keras.config.set_dtype_policy(policy)
    assert_resumes(
        lambda: compiled(stateful(), optimizer="adam", run_eagerly=True),
        pairs,
        {"directory": tmp_path, "save_freq": 1},
        interrupted=[8],
        epochs=2,
    )


def test_several_steps_per_execution(tmp_path):
    assert_resumes(
        executing,
        pairs,
        {"directory": tmp_path, "save_freq": 2},
        interrupted=[5],
        epochs=2,
    )


@pytest.mark.parametrize(
    ("model", "save_freq"),
    [(plain, 1), (unpaired, 1), (aligned, "epoch")],
)
def test_endless_datasets_are_drawn_again_from_their_beginning(
    tmp_path, model, save_freq
):
    assert_resumes(
        model,
        stream,
        {"directory": tmp_path, "save_freq": save_freq},
        interrupted=[6],
        epochs=3,
        steps_per_epoch=4,
        shuffle=False,
    )


def test_endless_arrays_start_at_the_epoch(tmp_path):
    assert_resumes(
        aligned,
        arrays,
        {"directory": tmp_path, "save_freq": 1},
        interrupted=[6],
        batch_size=8,
        epochs=2,
        steps_per_epoch=4,
    )


def test_kept_backup_replays_the_last_epoch(tmp_path):
    backup = {"directory": tmp_path, "delete_checkpoint": False}
    model, _ = train(plain, pairs, backup, epochs=2)
    again, history = train(plain, pairs, backup, seed=8, epochs=2)
    assert len(history["loss"]) == 1
    assert_identical(model, again)

"""The rows that Keras's own `fit` really reads in each epoch."""

import numpy as np
import pytest
import tensorflow as tf

from keras_itra.data import PairedBatches
from tests.data.rows import Recorder, numbered

SIZE = 10


def compiled(**options):
    model = Recorder(SIZE)
    model.compile(optimizer="sgd", loss="mse", **options)
    return model


def batches(cls=PairedBatches, **options):
    return cls(numbered(SIZE), 4, **{"seed": 3, **options})


def epochs_seen(model, data, **options):
    """Fits, and names the epoch whose order each pass had."""
    model.steps.clear()
    model.fit(data, verbose=0, **{"shuffle": False, **options})
    steps = data.steps_per_epoch
    passes = [
        np.concatenate(model.steps[i : i + steps]).tolist()
        for i in range(0, len(model.steps), steps)
    ]
    known = {tuple(data.order(epoch)): epoch for epoch in range(20)}
    return [known.get(tuple(rows)) for rows in passes]


@pytest.mark.parametrize("pairing", ["independent", "split", "none"])
def test_first_and_later_fits_count_the_epochs(pairing):
    model, data = compiled(metrics=["mae"]), batches(pairing=pairing)
    assert epochs_seen(model, data, epochs=3) == [0, 1, 2]
    assert epochs_seen(model, data, epochs=2) == [3, 4]
    assert data.next_epoch == 5


def test_model_that_is_built_already():
    model, data = compiled(), batches()
    model(np.zeros((1, 1)))
    assert epochs_seen(model, data, epochs=2) == [0, 1]


def test_initial_epoch_replays_its_order():
    data = batches(initial_epoch=4)
    options = {"initial_epoch": 4, "epochs": 6}
    assert epochs_seen(compiled(), data, **options) == [4, 5]


def test_independent_s1_is_what_a_plain_model_sees():
    plain, paired = compiled(), compiled()
    plain.fit(batches(pairing="none"), epochs=2, shuffle=False, verbose=0)
    paired.fit(batches(), epochs=2, shuffle=False, verbose=0)
    assert [rows[0::2] for rows in paired.steps] == plain.steps


def test_keras_shuffles_the_mini_batches_unless_told_not_to():
    model, data = compiled(), batches(pairing="none")
    assert epochs_seen(model, data, epochs=3, shuffle=True) != [0, 1, 2]
    for epoch in range(3):
        rows = np.concatenate(model.steps[3 * epoch : 3 * epoch + 3])
        assert sorted(rows) == list(range(SIZE))


def test_validation_on_other_data_does_not_move_the_epoch():
    model, data = compiled(), batches()
    options = {"validation_data": batches(pairing="none"), "epochs": 3}
    assert epochs_seen(model, data, **options) == [0, 1, 2]


def test_several_steps_per_execution():
    model, data = compiled(steps_per_execution=2), batches()
    assert epochs_seen(model, data, epochs=2) == [0, 1]


def test_endless_stream_is_cut_into_epochs_by_keras():
    data = batches(repeat=True)
    options = {"epochs": 3, "steps_per_epoch": data.steps_per_epoch}
    assert epochs_seen(compiled(), data, **options) == [0, 1, 2]


def test_training_stopped_inside_an_epoch_goes_on_with_the_next():
    model, data = compiled(), batches()
    stopper = tf.keras.callbacks.LambdaCallback(
        on_train_batch_end=lambda step, logs: setattr(
            model, "stop_training", True
        )
    )
    model.fit(data, epochs=3, callbacks=[stopper], shuffle=False, verbose=0)
    assert epochs_seen(model, data, epochs=2) == [1, 2]


def fit_under_a_strategy(data):
    """Under a strategy Keras reads a mini-batch to build the model."""
    with tf.distribute.MirroredStrategy(["/cpu:0"]).scope():
        model = compiled(metrics=["mae"])
    return epochs_seen(model, data, epochs=2)


def test_mini_batch_that_builds_the_model_is_no_epoch():
    assert fit_under_a_strategy(batches()) == [0, 1]

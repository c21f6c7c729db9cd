"""Training that stops and goes on sees the orders it would have seen."""

import keras
import pytest

from tests.models.cases import (
    assert_same_weights,
    draw,
    fit,
    twins,
    wrapped,
)


def test_initial_epoch_replays_the_order_of_that_epoch():
    x, y = draw()
    model, resumed = twins()
    fit(model, x, y, batch_size=8, epochs=2)
    fit(resumed, x, y, batch_size=8, epochs=1)
    fit(resumed, x, y, batch_size=8, epochs=2, initial_epoch=1)
    assert_same_weights(model, resumed)


def test_steps_per_epoch_cuts_an_endless_stream():
    x, y = draw(24)  # 3 mini-batches: 2 epochs of 3 are 3 epochs of 2
    whole, cut = twins()
    fit(whole, x, y, batch_size=8, epochs=2)
    fit(cut, x, y, batch_size=8, epochs=3, steps_per_epoch=2)
    assert int(cut.optimizer.iterations) == 6
    assert_same_weights(whole, cut)


@pytest.mark.parametrize("steps", [None, 2])
def test_backup_and_restore_resumes_at_the_right_order(tmp_path, steps):
    x, y = draw()
    whole, resumed = twins()
    options = {"batch_size": 8, "epochs": 2, "steps_per_epoch": steps}
    fit(whole, x, y, **options)

    def crash(epoch, logs):
        if epoch == 1:
            raise KeyboardInterrupt

    backup = keras.callbacks.BackupAndRestore(tmp_path / "backup")
    stop = keras.callbacks.LambdaCallback(on_epoch_begin=crash)
    with pytest.raises(KeyboardInterrupt):
        fit(resumed, x, y, callbacks=[backup, stop], **options)
    again = wrapped()
    backup = keras.callbacks.BackupAndRestore(tmp_path / "backup")
    fit(again, x, y, callbacks=[backup], **options)
    assert int(again.optimizer.iterations) == int(whole.optimizer.iterations)
    assert_same_weights(whole, again)

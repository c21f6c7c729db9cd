"""The median step, without the first epoch."""

import pytest

from keras_itra.experiments import timing


def time_steps(monkeypatch, *epochs):
    """Plays epochs of steps of given length, with long pauses between."""
    now = 0.0
    monkeypatch.setattr(timing.time, "perf_counter", lambda: now)
    timer = timing.StepTimer()
    for epoch, steps in enumerate(epochs):
        timer.on_epoch_begin(epoch)
        for step, seconds in enumerate(steps):
            now += 100.0
            timer.on_train_batch_begin(step)
            now += seconds
            timer.on_train_batch_end(step)
    return timer.seconds_per_step


def test_the_first_epoch_and_the_pauses_do_not_count(monkeypatch):
    seconds = time_steps(monkeypatch, [50.0, 60.0], [1.0, 2.0], [9.0])
    assert seconds == pytest.approx(2.0)


def test_an_only_epoch_counts(monkeypatch):
    assert time_steps(monkeypatch, [5.0, 1.0, 2.0]) == pytest.approx(2.0)

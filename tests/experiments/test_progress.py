"""What a comparison says while it runs."""

import pytest

from keras_itra.experiments import Progress

VALIDATION = {"cross_entropy": 0.5, "accuracy": 90.0}


def play(progress):
    with progress:
        progress.skip("a", 2)
        progress.start("b")
        progress.advance()
        progress.advance()
        progress.finish("b", VALIDATION)
        progress.skip("a", 2)
        progress.skip("b", 2)


def test_a_line_per_finished_run_off_a_terminal(capsys):
    play(Progress(num_runs=2, epochs=4))
    out = capsys.readouterr().out
    line = "[2/2] b: validation cross-entropy 0.5000, accuracy 90.00 % (0 s)"
    assert out.strip() == line


def test_quiet_says_nothing(capsys):
    play(Progress(num_runs=2, epochs=4, quiet=True))
    assert capsys.readouterr().out == ""


def test_a_terminal_gets_a_bar_with_the_time_left(capsys, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    with Progress(num_runs=2, epochs=4) as progress:
        progress.start("b")
        progress.advance()
        progress._bar.refresh()  # otherwise ten times a second
    out = capsys.readouterr().out
    assert "b (1/2)" in out
    assert "━" in out
    assert "25%" in out


@pytest.mark.parametrize("skipped", [0, 1, 3])
def test_what_was_found_finished_is_not_to_be_done(skipped):
    progress = Progress(num_runs=4, epochs=20, quiet=True)
    for name in "abc"[:skipped] * 2:
        progress.skip(name, 5)
    (task,) = progress._bar.tasks
    assert task.total == (4 - skipped) * 5

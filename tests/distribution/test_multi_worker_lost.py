"""When a worker is lost, the others end, soon and with a clear error."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.distribution.workers import Workers

EXAMPLE = Path(__file__).parents[2] / "examples" / "multi_worker.py"


@pytest.mark.parametrize(
    ("count", "number"),
    [
        (2, signal.SIGSTOP),
        pytest.param(3, signal.SIGKILL, marks=pytest.mark.slow),
    ],
)
def test_the_others_say_that_a_worker_was_lost(count, number):
    workers = Workers(count, "tests.distribution.worker_lost", int(number))
    ended = workers.ended(but=1)
    del ended[1]
    for worker in ended:
        assert worker.code == 1
        assert "RuntimeError: Expected all workers to stay" in worker.errors
        assert "A worker was lost" in worker.errors
        assert "was the direct cause" in worker.errors
        assert float(worker.output) < 60


@pytest.mark.slow
def test_the_example_restarts_all_and_ends_like_the_undisturbed_run(tmp_path):
    done = run_example(
        *("--workers", "1", "2", "--epochs", "2", "--out", tmp_path),
        *("--kill-worker", "1", "--after", "15"),
    )
    assert done.returncode == 0, done.stderr
    said = done.stdout
    assert "test accuracy" in said
    disturbed = said[said.index("2 worker(s)") :]
    assert said.count("died") == disturbed.count("worker 1 died") == 1
    before, after = disturbed.split("worker 1 died at start 1 of 4")
    for worker in (0, 1):
        assert f"worker {worker} starts at step 0\n" in before
        assert f"worker {worker} starts at step 10\n" in after
    assert float(said.split("largest difference ")[1].split()[0]) < 1e-5


def test_the_example_gives_up_after_some_restarts(tmp_path, monkeypatch):
    (tmp_path / "tensorflow.py").write_text("raise SystemExit('no device')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    done = run_example("--workers", "2", "--out", tmp_path)
    assert done.returncode == 1
    assert done.stdout.count("died at start") == 4
    assert "gave up after 4 starts" in done.stderr


def run_example(*arguments):
    return subprocess.run(
        [sys.executable, EXAMPLE, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )

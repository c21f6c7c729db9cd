"""The commands around experiments."""

import pytest

from keras_itra.cli import main
from keras_itra.experiments.material import Data
from keras_itra.experiments.protocol import Protocol
from keras_itra.experiments.studies import Cell, Experiment, registry


@pytest.fixture
def digits(monkeypatch):
    """An experiment of seconds."""
    cell = Cell(
        "digits",
        Data("digits", 60, 40),
        Protocol("mlp", 2, 30),
        ("sgd", "itra-c"),
    )
    known = Experiment("tiny", "A title", "A question?", {"small": (cell,)})
    monkeypatch.setitem(registry.EXPERIMENTS, "tiny", known)


def test_the_list_has_the_numbers_of_the_paper(capsys):
    assert main(["experiments"]) == 0
    listed = capsys.readouterr().out
    assert "fashion-mnist-five-conv" in listed
    assert "sgd 92.43/0.294; " in listed
    assert main(["experiments", "--names"]) == 0
    assert capsys.readouterr().out.split() == list(registry.EXPERIMENTS)


@pytest.mark.usefixtures("digits")
def test_a_dry_run_trains_nothing(capsys, tmp_path):
    command = ["reproduce", "--experiment", "tiny", "--dry-run"]
    assert main([*command, "--out", str(tmp_path), "--seeds", "3"]) == 0
    shown = capsys.readouterr().out
    # 3 seeds of each; 3 other weights of the second with 2 seeds
    assert "runs               12" in shown
    assert "steps              48" in shown
    assert "SGD, momentum 0.9, rate 0.1, cosine to 0" in shown
    assert "method itra-c      0.3, 0.6, 1, 2" in shown
    assert not list(tmp_path.iterdir())


def test_a_dry_run_needs_no_data(capsys, tmp_path):
    command = ["reproduce", "--experiment", "fashion-mnist-five-conv"]
    command += ["--scale", "full", "--dry-run", "--data-dir", str(tmp_path)]
    assert main(command) == 0
    shown = capsys.readouterr().out
    assert "SGD, momentum 0.5, rate 0.01, x 0.2 at epochs 20, 40" in shown
    # 50 epochs of 55,000 rows, of which 150 make a mini-batch
    per_run = 50 * (55_000 // 150 + 1)
    runs = 5 + 2 * (5 + 3 * 2) + 5 + 4 * 2  # with two seeds of the others
    assert f"steps              {per_run * runs:,}" in shown
    assert "parameters         " in shown
    assert not list(tmp_path.iterdir())


def test_a_dry_run_does_not_fetch_an_encoder(capsys):
    command = ["reproduce", "--experiment", "agnews-bert", "--dry-run"]
    assert main([*command, "--scale", "full"]) == 0
    shown = capsys.readouterr().out
    # 10 epochs of 63 mini-batches; SGD and center 5 runs, 7 weights of ITRA-c
    assert f"steps              {10 * 63 * (5 + 5 + 12 + 5):,}" in shown
    assert "unknown without the encoder" in shown


@pytest.mark.usefixtures("digits")
def test_results_become_a_page(capsys, tmp_path):
    out = str(tmp_path / "found")
    command = ["reproduce", "--experiment", "tiny", "--seeds", "2"]
    command += ["--lambda", "0.3", "--quiet", "--out", out]
    assert main(command) == 0
    assert "paired difference to sgd" in capsys.readouterr().out
    page = tmp_path / "docs" / "results.md"
    page.parent.mkdir()
    assert main(["results", "--results", out, "--page", str(page)]) == 0
    assert "## A title" in page.read_text()
    assert "results/experiments/tiny-small.png" in page.read_text()
    # The one weight was chosen from, and the page says by which command.
    assert "--seeds 2 --lambda 0.3`" in page.read_text()


def test_no_results_leave_the_page(capsys, tmp_path):
    page = tmp_path / "page.md"
    page.write_text("precious")
    absent = tmp_path / "absent"
    command = ["results", "--results", str(absent), "--page", str(page)]
    assert main(command) == 2
    assert "absent" in capsys.readouterr().err
    assert page.read_text() == "precious"


def test_bad_names(capsys):
    assert main(["reproduce", "--experiment", "none"]) == 2
    assert "experiment='none'" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["reproduce", "--experiment", "lambda", "--lambda", "x"])

"""The command line, from arguments to exit status."""

import json
import subprocess
import sys

import numpy as np
import pytest

from keras_itra import __version__, cli, experiments

COMPARE = ["compare", "--data", "digits", "--train-size", "100"]
MANY = ["--batch-size", "50", "--strengths"]


def run(*arguments):
    return cli.main([str(argument) for argument in arguments])


def test_a_fresh_process_lists_the_methods():
    process = subprocess.run(
        [sys.executable, "-m", "keras_itra", "methods"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.returncode == 0
    for method in experiments.METHODS.values():
        assert f"{method.name} " in process.stdout
        assert method.description in process.stdout
    assert "0.3, 0.6, 1, 2" in process.stdout


def test_version(capsys):
    with pytest.raises(SystemExit, match="0"):
        run("--version")
    assert capsys.readouterr().out == f"keras-itra {__version__}\n"


@pytest.mark.usefixtures("eager")
def test_compare_end_to_end(tmp_path, capsys):
    names = ["sgd", "weight-decay", "itra-c+weight-decay"]
    arguments = [
        *[*COMPARE, "--epochs", 2, "--seeds", 2, "--tuning-seeds", 1],
        *["--network", "mlp", "--batch-size", 50, "--out", tmp_path],
        *["--methods", ",".join(names), "--strengths", "weight-decay=0.01,1"],
        *["--strengths", "itra-c+weight-decay=0.3"],
    ]
    assert run(*arguments) == 0
    printed = capsys.readouterr().out
    assert "[7/7]" in printed
    assert "itra-c+weight-decay" in printed
    assert "Paired difference to sgd over 2 seeds" in printed
    assert {path.name for path in tmp_path.iterdir()} == {
        "differences.png",
        "features.png",
        "learning_curves.png",
        "results.csv",
        "results.json",
        "runs",
        "settings.json",
        "table.md",
    }
    assert len(list((tmp_path / "runs").glob("*.json"))) == 7
    assert not list(tmp_path.rglob("*.partial"))
    results = json.loads((tmp_path / "results.json").read_text())
    assert results["settings"]["train_size"] == 100
    methods = results["methods"]
    assert list(methods) == names
    top = methods["itra-c+weight-decay"]
    assert top["weight_decay"] == methods["weight-decay"]["strength"]
    assert top["strength"] == 0.3
    for method in methods.values():
        for measure in method["measures"].values():
            assert len(measure["values"]) == 2
    table = (tmp_path / "table.md").read_text()
    assert table.count("| itra-c+weight-decay |") == 2

    before = {p: p.stat().st_mtime_ns for p in (tmp_path / "runs").iterdir()}
    assert run(*arguments, "--quiet") == 0
    again = capsys.readouterr().out
    assert "[7/7]" not in again
    assert "Paired difference to sgd" in again
    assert before == {
        p: p.stat().st_mtime_ns for p in (tmp_path / "runs").iterdir()
    }
    assert (tmp_path / "table.md").read_text() == table

    assert run(*arguments, "--epochs", 3) == 2
    error = capsys.readouterr().err
    assert "(epochs=2)" in error
    assert "Received: epochs=3" in error


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--methods", "sgd,adam"], "method='adam'"),
        (["--methods", "sgd,itra-c@inf"], "method='itra-c@inf'"),
        (["--methods", "sgd,itra-c"], "batch_size=150, rows=100"),
        (
            [*MANY, "dropout=0.5,1.5", "--methods", "sgd,dropout"],
            "`dropout` from 0 to below 1",
        ),
        (
            [*MANY, "label-smoothing=2", "--methods", "sgd,label-smoothing"],
            "`label_smoothing` from 0 to below 1",
        ),
        (
            [*MANY, "itra=0.3", *MANY, "itra=0.6", "--methods", "sgd,itra"],
            "`--strengths` once for each method",
        ),
        (["--methods", "itra"], "the baseline 'sgd'"),
        (["--methods", "sgd,itra+weight-decay"], "'weight-decay' among"),
        (["--seeds", "0"], "seeds=0"),
        (["--epochs", "0"], "epochs=0"),
        (["--train-size", "9999"], "train_size=9999"),
        (["--methods", "sgd", "--strengths", "itra=1"], "method='itra'"),
        (["--network", "vgg"], "network='vgg'"),
        (["--data", "nothing"], "name='nothing'"),
        (["--data", "missing.npz"], "missing.npz"),
        (["--data", "fashion-mnist", "--data-dir", "nowhere"], "nowhere"),
    ],
)
def test_bad_arguments_are_one_sentence(
    tmp_path, capsys, monkeypatch, arguments, message
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("keras_itra.experiments.comparison.train", pytest.fail)
    assert run(*COMPARE, "--out", tmp_path / "out", *arguments) == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err.startswith("keras-itra: error: ")
    assert message in output.err
    assert "Traceback" not in output.err


def test_a_class_without_training_rows_is_refused(tmp_path, capsys):
    y = np.repeat([0, 1, 2], [70, 28, 2])
    np.savez(tmp_path / "rare.npz", x=np.zeros((100, 3)), y=y)
    options = ["--train-size", 6, "--methods", "sgd", "--out", tmp_path / "o"]
    assert run("compare", "--data", tmp_path / "rare.npz", *options) == 2
    assert "absent=[2], train_size=6" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "required"),
        (["frobnicate"], "invalid choice"),
        (["compare", "--data", "digits"], "--out"),
        ([*COMPARE, "--out", "o", "--seeds", "two"], "--seeds"),
        ([*COMPARE, "--out", "o", "--strengths", "itra=a"], "METHOD=number"),
    ],
)
def test_bad_usage(capsys, arguments, message):
    with pytest.raises(SystemExit) as caught:
        run(*arguments)
    assert caught.value.code == 2
    assert message in capsys.readouterr().err


def test_an_interruption_says_how_to_go_on(tmp_path, capsys, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("keras_itra.experiments.comparison.train", interrupt)
    assert run(*COMPARE, "--methods", "sgd", "--out", tmp_path) == 130
    assert "same command goes on" in capsys.readouterr().err


@pytest.mark.parametrize("module", ["matplotlib", "rich", "scipy", "sklearn"])
@pytest.mark.parametrize(
    "arguments",
    [
        [*COMPARE, "--methods", "sgd"],
        ["tune", "--data", "digits", "--train-size", "100"],
        ["reproduce", "--experiment", "lambda"],
    ],
    ids=lambda arguments: arguments[0],
)
def test_a_missing_library_names_its_extra(
    arguments, module, tmp_path, capsys, monkeypatch
):
    """Before anything is loaded or trained."""

    def load(*_, **__):
        raise AssertionError

    monkeypatch.setattr("keras_itra.datasets.load", load)
    monkeypatch.setitem(sys.modules, module, None)
    assert run(*arguments, "--out", tmp_path / "out") == 2
    assert '"keras-itra[experiments]"' in capsys.readouterr().err


def test_fetch_prints_where_the_data_are(tmp_path, capsys, monkeypatch):
    calls = []

    def fetch(name, directory):
        calls.append((name, directory))
        return tmp_path / name

    monkeypatch.setattr("keras_itra.datasets.fetch", fetch)
    assert run("fetch", "mnist5k", "--data-dir", tmp_path) == 0
    assert calls == [("mnist5k", str(tmp_path))]
    assert capsys.readouterr().out == f"{tmp_path / 'mnist5k'}\n"


def test_a_download_that_fails_is_one_sentence(capsys, monkeypatch):
    def fetch(name, directory):
        raise RuntimeError("no network")

    monkeypatch.setattr("keras_itra.datasets.fetch", fetch)
    assert run("fetch", "mnist5k") == 2
    assert capsys.readouterr().err == "keras-itra: error: no network\n"

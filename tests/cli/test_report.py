"""`keras-itra report`, from arguments to the page."""

import pytest

from keras_itra import cli, networks, reports


def run(*arguments):
    return cli.main(["report", *map(str, arguments)])


@pytest.fixture
def saved(tmp_path):
    path = tmp_path / "model.keras"
    networks.mlp((8, 8, 1), 10).save(path)
    return path


def test_options_reach_the_report(saved, capsys, monkeypatch):
    seen = {}

    def report(model, splits, **options):
        seen.update(options, model=model, sizes=splits.sizes)

    monkeypatch.setattr(reports, "model_report", report)
    status = run(
        *[saved, "--data", "digits", "--train-size", 200],
        *["--validation-size", 50, "--feature-layer", "features"],
        *["--class-names", "a,b"],
    )
    assert status == 0
    page = saved.with_suffix(".html")
    assert capsys.readouterr().out == f"{page}\n"
    assert seen["model"] == saved
    assert seen["out"] == page
    assert seen["sizes"]["train_size"] == 200
    assert seen["sizes"]["validation_size"] == 50
    assert seen["feature_layer"] == "features"
    assert seen["class_names"] == ["a", "b"]


def test_folders_and_files_of_results(tmp_path, monkeypatch):
    seen = []
    for name in ("comparison_report", "experiment_report"):
        monkeypatch.setattr(
            reports,
            name,
            lambda source, out, name=name: seen.append((name, out)),
        )
    assert run(tmp_path) == 0
    assert run(tmp_path / "small.json", "--out", "page.html") == 0
    assert seen == [
        ("comparison_report", tmp_path / "report.html"),
        ("experiment_report", "page.html"),
    ]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["model.keras"], "Expected `--data`"),
        (["none.keras", "--data", "digits"], "none.keras"),
        (["model.txt"], "source='model.txt'"),
        ([".", "--data", "digits"], r"given=['data']"),
        (["."], "results.json"),
        (["model.keras", "--data", "nothing"], "name='nothing'"),
    ],
)
def test_bad_arguments_are_one_sentence(
    saved, capsys, monkeypatch, arguments, message
):
    monkeypatch.chdir(saved.parent)
    assert run(*arguments) == 2
    error = capsys.readouterr().err
    assert error.startswith("keras-itra: error: Expected")
    assert message in error

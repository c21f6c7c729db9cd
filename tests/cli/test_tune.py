"""`keras-itra tune`, from arguments to the file."""

import argparse
import json

import numpy as np
import pytest

from keras_itra.cli import tune


def run(*arguments):
    parser = argparse.ArgumentParser()
    tune.add_parser(parser.add_subparsers(required=True))
    options = parser.parse_args(["tune", *map(str, arguments)])
    options.command(options)


def test_the_table_and_the_file_tell_the_same(tmp_path, capsys):
    out = tmp_path / "new" / "found.json"
    run(
        *["--data", "digits", "--network", "mlp", "--train-size", 100],
        *["--epochs", 1, "--weights", "50,0.3", "--seed", 3, "--out", out],
        *["--batch-size", 50],
    )
    printed = capsys.readouterr().out
    found = json.loads(out.read_text())
    candidates = found["candidates"]
    assert [c["weight"] for c in candidates] == [0, 0.3, 50]
    for candidate in candidates:
        assert f"{candidate['loss']:.4f}" in printed
    assert f"Chosen: {found['best']:g}," in printed
    assert f"cross-entropy {found['test']['cross_entropy']:.4f}" in printed
    assert found["best"] in (0, 0.3, 50)
    assert found["rows"] == found["settings"]["validation_size"] == 100
    assert found["settings"]["network"] == "mlp"
    assert found["settings"]["seed"] == 3


def test_a_folder_is_no_file(tmp_path):
    folder, script = tmp_path / "folder.json", tmp_path / "script.sh"
    folder.mkdir()
    for out in (folder, script):
        with pytest.raises(ValueError, match="`--out` to be a file that"):
            run("--data", "digits", "--network", "mlp", "--out", out)


def test_data_that_cannot_be_trained_on_are_refused(tmp_path):
    texts, one = tmp_path / "texts.csv", tmp_path / "one.npz"
    lines = [f"text {i},{'ab'[i % 2]}" for i in range(40)]
    texts.write_text("\n".join(["text,label", *lines]))
    x, y = np.zeros((40, 3), "float32"), np.zeros(40, int)
    np.savez(one, x=x, y=y)
    for data, message in ((texts, "numbers, not texts"), (one, "two classes")):
        with pytest.raises(ValueError, match=message):
            run("--data", data, "--network", "mlp", "--batch-size", 5)


def test_seeds_that_are_none_are_refused():
    with pytest.raises(ValueError, match="`seed` to be an integer >= 0"):
        run("--data", "digits", "--network", "mlp", "--seed", -1)


def test_weights_that_are_no_numbers_are_refused(capsys):
    with pytest.raises(SystemExit, match="2"):
        run("--data", "digits", "--weights", "much,0.3")
    assert "Expected number,... Received: 'much,0.3'" in capsys.readouterr().err

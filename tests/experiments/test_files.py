"""A file is whole or not there."""

import json
import math

import pytest

from keras_itra.experiments import files


def test_json_round_trip(tmp_path):
    path = tmp_path / "a.json"
    files.write_json(path, {"a": [1, 0.5, math.nan, math.inf], "b": (None,)})
    text = path.read_text()
    assert json.loads(text, parse_constant=pytest.fail)["a"][2:] == [None] * 2
    values = files.restore_nan(files.read_json(path))["a"]
    assert values[:2] == [1, 0.5]
    assert all(map(math.isnan, values[2:]))


@pytest.mark.parametrize("content", [None, b"", b'{"a": 1', b"\xff\xfe"])
def test_what_is_missing_or_cut_short_is_not_there(tmp_path, content):
    path = tmp_path / "a.json"
    if content is not None:
        path.write_bytes(content)
    assert files.read_json(path) is None


def test_a_write_cut_short_keeps_the_old_content(tmp_path, monkeypatch):
    path = tmp_path / "a.json"
    files.write_atomically(path, b"old")

    def die(_):
        raise KeyboardInterrupt

    monkeypatch.setattr(files, "fsync", die)
    with pytest.raises(KeyboardInterrupt):
        files.write_atomically(path, b"new")
    assert path.read_bytes() == b"old"

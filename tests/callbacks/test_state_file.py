"""The file is the old one or the new one, and nothing else is taken for it."""

import json

import ml_dtypes
import numpy as np
import pytest

from keras_itra.callbacks import state_file
from keras_itra.callbacks.state_file import read_state, write_state

ARRAYS = {
    "model/0": np.arange(6, dtype="float32").reshape(2, 3),
    "model/1": np.array([1.5, -2.0, 3e38], ml_dtypes.bfloat16),
    "optimizer/0": np.array(2**40, "int64"),
    "empty": np.zeros((0, 3), "float16"),
    "flags": np.array([True, False]),
}


def test_what_was_written_is_read(tmp_path):
    path = tmp_path / "new" / "state.npz"
    write_state(path, {"epoch": 1, "rate": 0.1}, ARRAYS)
    header, arrays = read_state(path)
    assert header == {"epoch": 1, "rate": 0.1}
    assert arrays.keys() == ARRAYS.keys()
    for name, array in ARRAYS.items():
        np.testing.assert_array_equal(arrays[name], array, strict=True)
    assert [p.name for p in path.parent.iterdir()] == ["state.npz"]


def test_no_file_is_no_state(tmp_path):
    assert read_state(tmp_path / "state.npz") is None


@pytest.mark.parametrize("name", ["fsync", "replace"])
def test_a_failed_write_leaves_the_old_file(tmp_path, monkeypatch, name):
    path = tmp_path / "state.npz"
    write_state(path, {"epoch": 1}, ARRAYS)

    def fail(*_):
        raise OSError("no space left")

    with monkeypatch.context() as patch:
        patch.setattr(state_file.os, name, fail)
        with pytest.raises(OSError, match="no space left"):
            write_state(path, {"epoch": 2}, ARRAYS)
    assert read_state(path)[0] == {"epoch": 1}
    write_state(path, {"epoch": 3}, ARRAYS)
    assert read_state(path)[0] == {"epoch": 3}
    assert [p.name for p in tmp_path.iterdir()] == ["state.npz"]


def test_the_content_is_on_disk_before_its_name(tmp_path, monkeypatch):
    calls = []
    for name in ("fsync", "replace"):
        function = getattr(state_file.os, name)

        def recorded(*arguments, name=name, function=function):
            calls.append(name)
            return function(*arguments)

        monkeypatch.setattr(state_file.os, name, recorded)
    write_state(tmp_path / "state.npz", {}, ARRAYS)
    assert calls == ["fsync", "replace", "fsync"]


def damaged(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 255
    return bytes(content)


@pytest.mark.parametrize(
    "content",
    [
        lambda path: b"",
        lambda path: b"not a zip file",
        lambda path: path.read_bytes()[:-100],
        damaged,
    ],
    ids=["empty", "foreign", "cut", "damaged"],
)
def test_other_content_is_refused(tmp_path, content):
    path = tmp_path / "state.npz"
    write_state(path, {}, {"a": np.arange(1000)})
    path.write_bytes(content(path))
    with pytest.raises(ValueError, match="Expected a file that `ExactBackup`"):
        read_state(path)


def test_other_archives_are_refused(tmp_path):
    path = tmp_path / "state.npz"
    for content in ({"a": np.zeros(2)}, {"json": np.array([object()])}):
        np.savez(path, **content)
        with pytest.raises(ValueError, match="Expected a file that `ExactB"):
            read_state(path)


def test_other_formats_are_refused(tmp_path):
    text = json.dumps({"format": 0, "arrays": {}, "header": {}})
    path = tmp_path / "state.npz"
    np.savez(path, json=np.frombuffer(text.encode(), np.uint8))
    with pytest.raises(ValueError, match=r"backup of format 1.*format=0"):
        read_state(path)

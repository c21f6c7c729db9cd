"""One file that is either the old one or the new one, never a part."""

import contextlib
import json
import os
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from keras_itra.validation import require

_FORMAT = 1


def write_state(
    path: Path, header: dict[str, Any], arrays: dict[str, np.ndarray]
) -> None:
    """Replace a file in one step.

    Whenever the process is killed, and whenever the machine stops, `path` is
    what it was before or what it is to be.

    Args:
        path: The file. Beside it there is `path` + ".tmp" while writing.
        header: What JSON can hold.
        arrays: By name, of any dtype.
    """
    layout = {name: [a.dtype.name, a.shape] for name, a in arrays.items()}
    text = json.dumps({"format": _FORMAT, "header": header, "arrays": layout})
    # As bytes: NumPy's own format does not know bfloat16.
    members: dict[str, Any] = {
        name: _bytes(array.tobytes()) for name, array in arrays.items()
    }
    members["json"] = _bytes(text.encode())
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(path.name + ".tmp")
    with temporary.open("wb") as file:
        np.savez(file, **members)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)  # noqa: PTH105 - one system call
    _sync_directory(path.parent)


def read_state(
    path: Path,
) -> tuple[dict[str, Any], dict[str, np.ndarray]] | None:
    """What `write_state` wrote.

    Returns:
        Header and arrays, or None if there is no file.

    Raises:
        ValueError: If the file is damaged, of another kind or of another
            format. Nothing in it is executed.
    """
    if not path.exists():
        return None
    content: Any = {}
    arrays = {}
    problem: Any = "no backup"
    try:
        with (
            path.open("rb") as file,
            np.load(file, allow_pickle=False) as members,
        ):
            content = json.loads(members["json"].tobytes())
            for name, (dtype, shape) in content["arrays"].items():
                array = np.frombuffer(members[name].tobytes(), np.dtype(dtype))
                arrays[name] = array.reshape(shape)
    except (
        AttributeError,
        EOFError,
        KeyError,
        OSError,
        TypeError,
        ValueError,
        zipfile.BadZipFile,
    ) as error:
        content, problem = {}, error
    require(
        bool(content),
        "a file that `ExactBackup` wrote; delete this one to start anew",
        file=str(path),
        problem=problem,
    )
    require(
        content.get("format") == _FORMAT,
        f"a backup of format {_FORMAT}",
        file=str(path),
        format=content.get("format"),
    )
    return content["header"], arrays


def _bytes(data: bytes) -> np.ndarray:
    return np.frombuffer(data, np.uint8)


def _sync_directory(directory: Path) -> None:
    """Make a rename outlive a power failure, where the system can."""
    if os.name != "posix":
        return
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        # Some network file systems cannot; the rename is atomic without.
        with contextlib.suppress(OSError):
            os.fsync(descriptor)
    finally:
        os.close(descriptor)

"""Files that are written whole or not at all."""

import json
import math
from collections.abc import Mapping
from os import fsync
from pathlib import Path
from typing import Any


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file that is never seen half written.

    Args:
        path: The file.
        content: All of its bytes.
    """
    partial = path.with_name(path.name + ".partial")
    with partial.open("wb") as file:
        file.write(content)
        file.flush()
        fsync(file.fileno())
    partial.replace(path)


def write_json(path: Path, value: Any) -> None:
    """Write JSON atomically; nan and infinity become null.

    Args:
        path: The file.
        value: Mappings, sequences, numbers, strings, booleans, `None`.
    """
    text = json.dumps(_finite(value), indent=1, allow_nan=False)
    write_atomically(path, (text + "\n").encode())


def read_json(path: Path) -> Any:
    """Read JSON; `None` if the file is missing or was cut short.

    Args:
        path: The file.

    Returns:
        The value.
    """
    try:
        return json.loads(path.read_bytes())
    except (FileNotFoundError, ValueError):
        return None


def restore_nan(value: Any) -> Any:
    """Replace null by nan in values read back from JSON.

    Args:
        value: Mappings, lists, numbers, `None`.

    Returns:
        The same with nan for `None`.
    """
    if isinstance(value, Mapping):
        return {key: restore_nan(item) for key, item in value.items()}
    if isinstance(value, list):
        return [restore_nan(item) for item in value]
    return math.nan if value is None else value


def _finite(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value

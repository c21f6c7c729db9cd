"""Users' own texts in CSV and JSON Lines files."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_itra.datasets.dataset import Dataset, as_texts
from keras_itra.datasets.stratified import split_dataset
from keras_itra.validation import require


def load_texts(
    path: str | Path,
    *,
    text: str = "text",
    label: str = "label",
    test_path: str | Path | None = None,
) -> Dataset:
    """Loads texts and their classes from a `.csv` or `.jsonl` file, in UTF-8.

    A CSV file has a header and is quoted as spreadsheets do it; a JSON Lines
    file has one object to a line. Classes are numbered in their order:
    alphabetical, or numerical if all are integers (1 to 5 become 0 to 4).

    Args:
        path: The file.
        text: Name of the column or key of the texts.
        label: Name of the column or key of the classes.
        test_path: A second file with the test set. If `None`, a stratified
            fifth of the rows, always the same, becomes the test set.

    Returns:
        The data set, named after the file; its inputs are object arrays of
        `str`.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If a row lacks a text or a label.

    Example:
        >>> data = keras_itra.datasets.load("news.csv", label="topic")
        >>> data.x_train[0]
        'Wall St. Bears Claw Back Into the Black'
    """
    path = Path(path).expanduser()
    texts, labels = _read(path, text, label)
    x, classes = as_texts(texts), _ordered(set(labels))
    y = _numbers(labels, classes)
    if test_path is None:
        return split_dataset(path.stem, x, y, 0.2)
    texts, labels = _read(Path(test_path).expanduser(), text, label)
    return Dataset(
        path.stem,
        x,
        y,
        as_texts(texts),
        _numbers(labels, classes),
        len(classes),
    )


def _read(path: Path, text: str, label: str) -> tuple[list[str], list[str]]:
    rows = {".csv": _csv_rows, ".jsonl": _json_rows}
    suffix = path.suffix.lower()
    require(suffix in rows, "a .csv or .jsonl file", path=str(path))
    texts, labels = [], []
    for line, row in rows[suffix](path):
        require(
            isinstance(row, dict)
            and isinstance(row.get(text), str)
            and isinstance(row.get(label), str | int)
            and row[label] != "",
            f"a text {text!r} and a label {label!r} in line {line} of {path}",
            row=row,
        )
        texts.append(row[text])
        labels.append(str(row[label]).strip())
    require(len(texts) > 0, f"rows in {path}", rows=0)
    return texts, labels


def _csv_rows(path: Path) -> Iterator[tuple[int, Any]]:
    # A byte order mark, which spreadsheets write, is no part of the text.
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file, strict=True)
        try:
            for row in reader:
                yield reader.line_num, row
        except csv.Error as error:
            raise ValueError(
                f"Expected valid CSV after line {reader.line_num} of {path}. "
                f"Received: {error}"
            ) from error


def _json_rows(path: Path) -> Iterator[tuple[int, Any]]:
    with path.open(encoding="utf-8-sig") as file:
        for line, content in enumerate(file, start=1):
            if not content.strip():
                continue
            try:
                yield line, json.loads(content)
            except json.JSONDecodeError as error:
                raise ValueError(
                    f"Expected a JSON object in line {line} of {path}. "
                    f"Received: {error}"
                ) from error


def _ordered(labels: set[str]) -> list[str]:
    try:
        return sorted(labels, key=int)
    except ValueError:
        return sorted(labels)


def _numbers(labels: list[str], classes: list[str]) -> NDArray[np.int64]:
    number = {name: k for k, name in enumerate(classes)}
    unknown = sorted(set(labels) - set(number))
    require(
        not unknown, f"test labels among {', '.join(classes)}", unknown=unknown
    )
    return np.array([number[label] for label in labels], np.int64)

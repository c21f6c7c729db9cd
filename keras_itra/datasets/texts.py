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

#: Characters of the longest text; `csv` refuses more than 131,072 unasked.
_FIELD_SIZE = 2**31 - 1


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
        ValueError: If a row lacks a text or a label or has more fields than
            the header, or a file is not UTF-8.

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
    for line, row in _decoded(rows[suffix](path), path):
        require(
            isinstance(row, dict)
            and isinstance(row.get(text), str)
            and isinstance(row.get(label), str | int)
            and str(row[label]).strip() != "",
            f"a text {text!r} and a label {label!r} in line {line} of {path}",
            row=row,
        )
        require(
            not any(row.get(None) or []),  # an empty one ends the line
            f"as many fields as the header has in line {line} of {path}; a "
            "text with commas stands in quotes",
            row=row,
        )
        texts.append(row[text])
        labels.append(str(row[label]).strip())
    require(len(texts) > 0, f"rows in {path}", rows=0)
    return texts, labels


def _decoded(
    rows: Iterator[tuple[int, Any]], path: Path
) -> Iterator[tuple[int, Any]]:
    try:
        yield from rows
    except UnicodeDecodeError as error:
        raise ValueError(
            f"Expected text in UTF-8 in {path}. Received: {error}"
        ) from error


def _csv_rows(path: Path) -> Iterator[tuple[int, Any]]:
    # A byte order mark, which spreadsheets write, is no part of the text.
    with path.open(encoding="utf-8-sig", newline="") as file:
        csv.field_size_limit(_FIELD_SIZE)
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
        return sorted(labels, key=lambda label: (int(label), label))
    except ValueError:
        return sorted(labels)


def _numbers(labels: list[str], classes: list[str]) -> NDArray[np.int64]:
    number = {name: k for k, name in enumerate(classes)}
    unknown = sorted(set(labels) - set(number))
    require(
        not unknown, f"test labels among {', '.join(classes)}", unknown=unknown
    )
    return np.array([number[label] for label in labels], np.int64)

"""Which data the runs of a comparison see."""

import functools
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from keras_itra import datasets
from keras_itra.experiments.protocol import Splits, make_splits
from keras_itra.experiments.text import embed, find_preset, tokenise
from keras_itra.validation import require_one_of

PATHS = (".csv", ".jsonl", ".npz")
"""Suffixes of data sets that are files, looked for in the folder of data."""

READINGS = ("none", "tokens", "embedding")


@dataclass(frozen=True)
class Data:
    """A data set, how much of it, and what is done to it.

    Attributes:
        name: As of `datasets.load`.
        train_size: Training rows; None for all that validation leaves.
        validation_size: Validation rows; see `make_splits`.
        groups: Classes to merge: one group of old classes per new one.
        mislabelled: Share of the training labels that are made wrong, the
            same ones for every seed. Validation and test labels stay right.
        foreign: A data set of the same shape whose test examples should be
            told from this one's, or None.
        reading: What becomes of texts: `"tokens"` of an encoder, the
            `"embedding"` by it, or `"none"` for other data.
        preset: The encoder of KerasHub that reads texts.
        length: Tokens of a text.
        image_size: Height and width that images are resized to, or None.
    """

    name: str
    train_size: int | None = None
    validation_size: int | None = None
    groups: tuple[tuple[int, ...], ...] = ()
    mislabelled: float = 0.0
    foreign: str | None = None
    reading: str = "none"
    preset: str | None = None
    length: int = 64
    image_size: int | None = None

    def __post_init__(self) -> None:
        require_one_of("reading", self.reading, READINGS)


@functools.lru_cache(maxsize=4)
def load_splits(data: Data, directory: str | Path | None = None) -> Splits:
    """Load and split the data of a comparison.

    Args:
        data: Which data.
        directory: Folder that holds them; see `datasets.load`.

    Returns:
        The splits, always the same; the latest ones are kept.
    """
    dataset = _load(data.name, directory, data.image_size)
    if data.groups:
        dataset = datasets.merge_classes(dataset, data.groups)
    splits = make_splits(dataset, data.train_size, data.validation_size)
    splits = replace(splits, modes_test=dataset.modes_test)
    if data.mislabelled:
        wrong = datasets.mislabel(
            splits.y_train, data.mislabelled, splits.num_classes, seed=0
        )
        splits = replace(splits, y_train=wrong)
    if data.foreign is not None:
        foreign = _load(data.foreign, directory)
        splits = replace(splits, x_foreign=foreign.x_test)
    if data.reading != "none":
        splits = _read(data, splits, directory)
    return splits


def _load(
    name: str, directory: str | Path | None, image_size: int | None = None
) -> datasets.Dataset:
    if directory is not None and Path(name).suffix in PATHS:
        name = str(Path(directory, name))
    options: dict[str, Any] = (
        {} if image_size is None else {"image_size": image_size}
    )
    # TFDS has a folder of its own, which needs no telling.
    if name.startswith("tfds:"):
        return datasets.load(name, **options)
    return datasets.load(name, directory, **options)


def _read(data: Data, splits: Splits, directory: str | Path | None) -> Splits:
    """Texts as numbers."""
    read = tokenise if data.reading == "tokens" else embed
    preset = find_preset(data.preset or "", directory)
    parts = (splits.x_train, splits.x_validation, splits.x_test)
    # At once, for the preset "tiny" is another encoder each time.
    numbers = read(np.concatenate(parts).tolist(), preset, data.length)
    ends = np.cumsum([len(part) for part in parts[:-1]])
    x_train, x_validation, x_test = np.split(numbers, ends)
    return replace(
        splits,
        x_train=x_train,
        x_validation=x_validation,
        x_test=x_test,
        encoder=preset,
    )

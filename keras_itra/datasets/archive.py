"""Users' own data in a NumPy archive."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.lib.npyio import NpzFile
from numpy.typing import NDArray

from keras_itra.datasets.dataset import Dataset, as_images, count_classes
from keras_itra.datasets.stratified import split_dataset
from keras_itra.validation import require


def load_archive(path: str | Path) -> Dataset:
    """Loads an `.npz` of images or vectors with integer labels.

    Inputs of type uint8 are divided by 255, floating ones are taken as they
    are; images of shape `(n, height, width)` get a channel axis.

    Args:
        path: An archive with the keys `x_train`, `y_train`, `x_test` and
            `y_test`, or `x` and `y`, of which a stratified fifth, always the
            same, becomes the test set.

    Returns:
        The data set, named after the file.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If keys are missing, arrays do not fit together, or the
            file is no archive of arrays of numbers.
    """
    path = Path(path).expanduser()
    arrays = _read(path)
    if {"x_train", "y_train", "x_test", "y_test"} <= set(arrays):
        dtypes = {part: arrays[part].dtype for part in ("x_train", "x_test")}
        require(
            len({dtype == np.uint8 for dtype in dtypes.values()}) == 1,
            "training and test inputs that are both uint8 or both floating",
            **{part: dtype.name for part, dtype in dtypes.items()},
        )
        x_train, y_train = _pair(arrays["x_train"], arrays["y_train"])
        x_test, y_test = _pair(arrays["x_test"], arrays["y_test"])
        return Dataset(
            path.stem, x_train, y_train, x_test, y_test, count_classes(y_train)
        )
    require(
        {"x", "y"} <= set(arrays),
        f"x_train, y_train, x_test and y_test, or x and y, in {path}",
        keys=sorted(arrays),
    )
    return split_dataset(path.stem, *_pair(arrays["x"], arrays["y"]), 0.2)


def _read(path: Path) -> dict[str, NDArray[Any]]:
    try:
        # NumPy leaves a file open that it opened and cannot read.
        with path.open("rb") as file:
            archive = np.load(file, allow_pickle=False)
            if not isinstance(archive, NpzFile):
                raise ValueError("a single array")
            return dict(archive)
    except (BadZipFile, EOFError, ValueError) as error:
        raise ValueError(
            f"Expected an .npz of arrays of numbers in {path}. "
            f"Received: {error}"
        ) from error


def _pair(
    x: NDArray[Any], y: NDArray[Any]
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Returns float32 inputs and int64 labels of one length."""
    y = y[:, 0] if y.ndim == 2 and y.shape[1] == 1 else y
    require(
        x.ndim >= 2 and y.shape == x.shape[:1] and len(y) > 0,
        "inputs of shape (n, ...) and labels of shape (n,)",
        inputs=x.shape,
        labels=y.shape,
    )
    require(
        np.issubdtype(y.dtype, np.integer) and y.min() >= 0,
        "labels to be integers of 0 or more",
        dtype=y.dtype.name,
    )
    require(
        x.dtype == np.uint8 or np.issubdtype(x.dtype, np.floating),
        "inputs of type uint8 (0 to 255) or floating",
        dtype=x.dtype.name,
    )
    white = 255 if x.dtype == np.uint8 else 1
    return as_images(x, white), y.astype(np.int64)

"""The named data sets: digits, Fashion-MNIST, 5,000 digits of MNIST."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from keras_itra._optional import require_module
from keras_itra.datasets.dataset import Dataset, as_images
from keras_itra.datasets.files import FASHION_MNIST, MNIST5K
from keras_itra.datasets.stratified import split_dataset
from keras_itra.validation import require


def load_digits(directory: str | Path | None = None) -> Dataset:
    """Loads the 1,797 digits of 8 x 8 pixels that scikit-learn embeds.

    Args:
        directory: Ignored; the data are part of scikit-learn.

    Returns:
        The digits, 70 % for training; the split is stratified and fixed.

    Raises:
        ImportError: If scikit-learn is not installed.
    """
    del directory
    sklearn_datasets = require_module("sklearn.datasets", extra="experiments")
    digits = sklearn_datasets.load_digits()
    return split_dataset(
        "digits", as_images(digits.images, white=16), digits.target, 0.3
    )


def load_fashion_mnist(directory: str | Path | None = None) -> Dataset:
    """Loads Fashion-MNIST: 60,000 and 10,000 images of 28 x 28 pixels.

    Args:
        directory: Folder of the four files, or its parent.

    Returns:
        The data set with its own test set.

    Raises:
        FileNotFoundError: If a file is missing; says how to get it.
        ValueError: If a file is damaged.
    """
    x_train, y_train, x_test, y_test = map(
        _read_idx, FASHION_MNIST.find(directory)
    )
    return Dataset(
        "fashion-mnist",
        as_images(x_train, white=255),
        y_train.astype(np.int64),
        as_images(x_test, white=255),
        y_test.astype(np.int64),
        num_classes=10,
    )


def load_mnist5k(directory: str | Path | None = None) -> Dataset:
    """Loads 5,000 digits of MNIST, 28 x 28 pixels, 500 of each class.

    Args:
        directory: Folder of `mnist_5k.csv.gz`, or its parent.

    Returns:
        The digits, 4,000 for training; the split is stratified and fixed.

    Raises:
        FileNotFoundError: If the file is missing; says how to get it.
        ValueError: If the file is damaged.
    """
    (path,) = MNIST5K.find(directory)
    rows = np.loadtxt(path, delimiter=",", dtype=np.uint8)
    require(
        rows.ndim == 2 and rows.shape[1] == 28 * 28 + 1,
        f"784 pixels and a label in each row of {path}",
        shape=rows.shape,
    )
    pixels, labels = rows[:, :-1].reshape(-1, 28, 28), rows[:, -1]
    return split_dataset("mnist5k", as_images(pixels, white=255), labels, 0.2)


def _read_idx(path: Path) -> NDArray[np.uint8]:
    """Reads a gzipped IDX file: magic number, sizes, then the bytes."""
    try:
        content = gzip.decompress(path.read_bytes())
    except (OSError, EOFError, zlib.error) as error:
        raise ValueError(
            f"Expected a complete gzip file in {path}. Received: {error}"
        ) from error
    require(
        content[:3] == b"\0\0\x08" and len(content) > 3,
        f"an IDX file of unsigned bytes in {path}",
        magic=content[:4],
    )
    header = 4 + 4 * content[3]
    shape = np.frombuffer(content[4:header], dtype=">u4")
    require(
        len(content) - header == shape.prod(),
        f"{shape.prod()} bytes after the header of {path}",
        bytes=len(content) - header,
    )
    return np.frombuffer(content, np.uint8, offset=header).reshape(shape)

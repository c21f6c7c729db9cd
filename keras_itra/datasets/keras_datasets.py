"""The data sets that Keras itself downloads."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np

from keras_itra.datasets.dataset import Dataset, as_images
from keras_itra.validation import require, require_one_of

_NUM_CLASSES = {
    "fashion_mnist": 10,
    "mnist": 10,
    "cifar10": 10,
    "cifar100": 100,
}


def load_keras(name: str, directory: str | Path | None = None) -> Dataset:
    """Loads a data set of `keras.datasets`, which downloads it if need be.

    Args:
        name: `"fashion_mnist"`, `"mnist"`, `"cifar10"` or `"cifar100"`.
        directory: Must be `None`: Keras looks in `$KERAS_HOME/datasets`, or
            in `~/.keras/datasets`, and downloads into it.

    Returns:
        The data set, images of float32 in [0, 1] with a channel axis.

    Raises:
        ValueError: If the name is unknown or a directory is given.
        RuntimeError: If a download fails.

    Example:
        >>> data = keras_itra.datasets.load("keras:cifar10")
        >>> data.x_train.shape
        (50000, 32, 32, 3)
    """
    require_one_of("name", name, tuple(_NUM_CLASSES))
    require(
        directory is None,
        "no `directory`, because Keras has its own; set $KERAS_HOME",
        directory=directory,
    )
    try:
        (x_train, y_train), (x_test, y_test) = getattr(
            keras.datasets, name
        ).load_data()
    except Exception as error:  # what Keras raises if it cannot download
        raise RuntimeError(
            f"Expected the files of {name!r} in $KERAS_HOME/datasets, or a "
            f"connection to download them. Received: {error}"
        ) from error
    return Dataset(
        f"keras:{name}",
        as_images(x_train, white=255),
        y_train.reshape(-1).astype(np.int64),
        as_images(x_test, white=255),
        y_test.reshape(-1).astype(np.int64),
        _NUM_CLASSES[name],
    )

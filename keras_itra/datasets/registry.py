"""Data sets by name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from keras_itra.datasets.archive import load_archive
from keras_itra.datasets.dataset import Dataset
from keras_itra.datasets.images import (
    load_digits,
    load_fashion_mnist,
    load_mnist5k,
)
from keras_itra.validation import require

LOADERS: dict[str, Callable[[str | Path | None], Dataset]] = {
    "digits": load_digits,
    "fashion-mnist": load_fashion_mnist,
    "mnist5k": load_mnist5k,
}


def load(name: str | Path, directory: str | Path | None = None) -> Dataset:
    """Loads a data set by name, or a user's own from an `.npz` file.

    Args:
        name: `"digits"` (embedded), `"fashion-mnist"`, `"mnist5k"`, or the
            path of an `.npz` file.
        directory: Folder that holds the data. `None` looks in the folder
            named by the environment variable `KERAS_ITRA_DATA`, then in
            `~/.cache/keras-itra-data`, then in Keras' own `~/.keras/datasets`.

    Returns:
        The data set.

    Raises:
        FileNotFoundError: If the files are missing; says how to get them.
        ValueError: If the name is unknown or the data are damaged.

    Example:
        >>> data = keras_itra.datasets.load("digits")
        >>> data.x_train.shape
        (1258, 8, 8, 1)
    """
    if Path(name).suffix == ".npz":
        return load_archive(name)
    require(
        name in LOADERS,
        f"a data set among {', '.join(LOADERS)}, or the path of an .npz file",
        name=str(name),
    )
    return LOADERS[str(name)](directory)

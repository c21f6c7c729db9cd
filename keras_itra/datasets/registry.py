"""Data sets by name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from keras_itra.datasets.archive import load_archive
from keras_itra.datasets.dataset import Dataset
from keras_itra.datasets.folder import load_folder
from keras_itra.datasets.images import (
    load_digits,
    load_fashion_mnist,
    load_mnist5k,
)
from keras_itra.datasets.keras_datasets import load_keras
from keras_itra.datasets.reviews import (
    load_reviews_polarity,
    load_reviews_source,
)
from keras_itra.datasets.spam import load_spam
from keras_itra.datasets.tensorflow_datasets import load_tfds
from keras_itra.datasets.texts import load_texts
from keras_itra.validation import require

LOADERS: dict[str, Callable[[str | Path | None], Dataset]] = {
    "digits": load_digits,
    "fashion-mnist": load_fashion_mnist,
    "mnist5k": load_mnist5k,
    "reviews-polarity": load_reviews_polarity,
    "reviews-source": load_reviews_source,
    "spam": load_spam,
}
# of names in the libraries' own data sets
_LIBRARIES: dict[str, Callable[..., Dataset]] = {
    "keras": load_keras,
    "tfds": load_tfds,
}
# of paths to users' own data
_FILES: dict[str, Callable[..., Dataset]] = {
    ".csv": load_texts,
    ".jsonl": load_texts,
    ".npz": load_archive,
}


def load(
    name: str | Path, directory: str | Path | None = None, **options: Any
) -> Dataset:
    """Loads a data set by name, or a user's own from files.

    | name | data |
    | --- | --- |
    | `"digits"` | 1,797 images of 8 x 8 pixels, embedded in scikit-learn |
    | `"fashion-mnist"`, `"mnist5k"` | 28 x 28 pixels, see `fetch` |
    | `"reviews-polarity"`, `"reviews-source"`, `"spam"` | texts, see `fetch` |
    | `"keras:NAME"` | a data set of `keras.datasets`: `load_keras` |
    | `"tfds:NAME"` | a data set of tensorflow-datasets: `load_tfds` |
    | `"folder:PATH"` | folders of images, one to each class: `load_folder` |
    | a path that ends in `.csv` or `.jsonl` | texts: `load_texts` |
    | a path that ends in `.npz` | arrays: `load_archive` |

    Args:
        name: A name of the table.
        directory: Folder that holds the data. `None` looks in the folder
            named by the environment variable `KERAS_ITRA_DATA`, then in
            `~/.cache/keras-itra-data`, then in Keras' own `~/.keras/datasets`;
            TFDS and `keras.datasets` look where they always do. Ignored for
            paths.
        **options: Options of the loader that the table names, for example
            `image_size`.

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
    kind, _, rest = str(name).partition(":")
    if rest and kind in _LIBRARIES:
        return _LIBRARIES[kind](rest, directory, **options)
    if rest and kind == "folder":
        return load_folder(rest, **options)
    suffix = Path(name).suffix.lower()
    if suffix in _FILES:
        return _FILES[suffix](name, **options)
    require(
        name in LOADERS,
        f"a data set among {', '.join(LOADERS)}, or keras:NAME, tfds:NAME, "
        "folder:PATH, or a path that ends in .npz, .csv or .jsonl",
        name=str(name),
    )
    return LOADERS[str(name)](directory, **options)

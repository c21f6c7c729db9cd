"""The data sets of the package tensorflow-datasets (TFDS)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from keras_itra._optional import require_module
from keras_itra.datasets.dataset import Dataset, as_images, as_texts
from keras_itra.datasets.files import CACHE
from keras_itra.datasets.memory_mapped import memory_mapped
from keras_itra.validation import require

Arrays = tuple[NDArray[Any], NDArray[np.int64]]

_BATCH = 256  # rows read at once
# the test set of ImageNet has no labels
_TEST_SPLITS = {"imagenet2012": "validation"}


def load_tfds(
    name: str,
    directory: str | Path | None = None,
    *,
    image_size: int | None = None,
    keys: tuple[str, str] | None = None,
    train_split: str = "train",
    test_split: str | None = None,
) -> Dataset:
    """Loads images or texts through TFDS, which downloads them if need be.

    Of the paper's data sets TFDS has kmnist, fashion_mnist, cifar10, cifar100,
    stl10, imagenet2012 (to be downloaded by hand) and ag_news_subset. Near to
    others come mnist, for QMNIST, which has the same training images but
    50,000 more for testing, and yelp_polarity_reviews, two classes instead of
    the five of Yelp Reviews Full. It has neither Amazon Reviews Full nor Yahoo
    Answers: load their files as CSV.

    Args:
        name: Name of the data set, with its configuration and version if need
            be, as `tfds.builder` takes it.
        directory: TFDS's folder of data sets; `$TFDS_DATA_DIR` or
            `~/tensorflow_datasets` if `None`.
        image_size: Height and width in pixels to which images are scaled, the
            middle square of those that are not square: 32 for stl10 and 224
            for imagenet2012, for example. `None` takes them as they are.
        keys: The features that are input and label; the data set's own
            `supervised_keys` if `None`.
        train_split: The training rows, in TFDS's notation.
        test_split: The test rows; `"test"`, or `"validation"` of imagenet2012,
            whose test set has no labels, if `None`.

    Returns:
        The data set: texts, or images of float32 in [0, 1]. Images that differ
        in size (imagenet2012) are too many for memory: they stay uint8, in a
        memory-mapped file that is written under `directory`, or
        `~/.cache/keras-itra-data`, once (193 GB for imagenet2012 at 224).

    Raises:
        ImportError: If TFDS is not installed.
        RuntimeError: If the data are not there and cannot be downloaded.
        ValueError: If TFDS does not know the name or a split, or the data are
            no images or texts with a class label.

    Example:
        >>> data = keras_itra.datasets.load("tfds:stl10", image_size=32)
        >>> data.x_train.shape
        (5000, 32, 32, 3)
    """
    tfds = require_module("tensorflow_datasets", extra="data")
    builder = _prepared_builder(tfds, name, directory)
    info = builder.info
    keys = keys or info.supervised_keys
    require(
        keys is not None and len(keys) == 2 and set(keys) <= set(info.features),
        f"`keys`, the input and the label among {sorted(info.features)}",
        keys=keys,
    )
    label = info.features[keys[1]]
    require(
        isinstance(label, tfds.features.ClassLabel),
        f"{keys[1]!r} to be a class label of {name!r}",
        feature=label,
    )
    read = _reader(info, keys[0], image_size, directory)
    test_split = test_split or _TEST_SPLITS.get(info.name, "test")

    def pair(row: Any) -> tuple[Any, Any]:
        return row[keys[0]], row[keys[1]]

    (x_train, y_train), (x_test, y_test) = (
        read(builder.as_dataset(split=split).map(pair), split)
        for split in (train_split, test_split)
    )
    return Dataset(
        f"tfds:{name}", x_train, y_train, x_test, y_test, label.num_classes
    )


def _prepared_builder(
    tfds: ModuleType, name: str, directory: str | Path | None
) -> Any:
    try:
        builder = tfds.builder(
            name, data_dir=directory and Path(directory).expanduser()
        )
        builder.download_and_prepare()
    except tfds.core.DatasetNotFoundError as error:
        raise ValueError(
            "Expected the name of a data set of tensorflow-datasets. "
            f"Received: name={name!r}"
        ) from error
    except Exception as error:  # of many kinds, by the way it was sought
        raise RuntimeError(
            f"Expected {name!r} in the folder of tensorflow-datasets, or the "
            f"means to download it. Received: directory={directory!r}, "
            f"{type(error).__name__}: {error}"
        ) from error
    return builder


def _reader(
    info: Any, key: str, image_size: int | None, directory: str | Path | None
) -> Callable[[Any, str], Arrays]:
    """Returns what turns a `tf.data.Dataset` of a split into arrays."""
    feature = info.features[key]
    if feature.shape == () and feature.np_dtype in (np.str_, np.object_):
        return _texts
    require(
        len(feature.shape) == 3 and feature.np_dtype == np.uint8,
        f"{key!r} to be texts or 8-bit images",
        feature=feature,
    )
    scale = _scaling(image_size)
    if None not in feature.shape:
        return lambda dataset, _: _in_memory(scale(dataset))
    require(
        image_size is not None,
        f"`image_size`, because the images of {info.name!r} differ in size",
        image_size=image_size,
    )
    folder = Path(directory or CACHE).expanduser() / "memory-mapped"
    name = f"{info.full_name.replace('/', '-')}-{image_size}"

    def read(dataset: Any, split: str) -> Arrays:
        # the number of rows tells mocked data from the real ones
        cache = folder / f"{name}-{split}-{len(dataset)}"
        return memory_mapped(cache, len(dataset), _batches(scale(dataset)))

    return read


def _scaling(image_size: int | None) -> Callable[[Any], Any]:
    if image_size is None:
        return lambda dataset: dataset
    resize = keras.layers.Resizing(
        image_size, image_size, crop_to_aspect_ratio=True, antialias=True
    )
    return lambda dataset: dataset.map(lambda x, y: (resize(x), y))


def _batches(dataset: Any) -> Iterator[tuple[NDArray[np.uint8], NDArray[Any]]]:
    for images, labels in dataset.batch(_BATCH).as_numpy_iterator():
        # what was resized is no longer whole
        yield np.rint(images, dtype=np.float32).astype(np.uint8), labels


def _in_memory(dataset: Any) -> Arrays:
    images, labels = zip(*_batches(dataset), strict=True)
    return as_images(np.concatenate(images), 255), np.concatenate(labels)


def _texts(dataset: Any, _: str) -> Arrays:
    texts, labels = zip(*dataset.as_numpy_iterator(), strict=True)
    decoded = [text.decode("utf-8") for text in texts]
    return as_texts(decoded), np.array(labels, np.int64)

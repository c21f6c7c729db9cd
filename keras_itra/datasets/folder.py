"""Users' own images, a folder to each class."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
from numpy.typing import NDArray

from keras_itra._optional import require_module
from keras_itra.datasets.dataset import Dataset, as_images
from keras_itra.datasets.stratified import split_dataset
from keras_itra.validation import require, require_integer

_SUFFIXES = (".png", ".jpg", ".jpeg")


def load_folder(
    path: str | Path,
    *,
    image_size: int | None = None,
    color_mode: str = "rgb",
) -> Dataset:
    """Loads PNG and JPEG images out of folders named after their classes.

    The images lie in `path/train/<class>/`, some in every folder, and, for the
    test set, in `path/test/<class>/`. Classes are numbered in the order of
    their names.

    Args:
        path: The folder that holds `train`. Without `test`, a stratified
            fifth of the images, always the same, becomes the test set.
        image_size: Height and width in pixels to which all images are scaled,
            the middle square of those that are not square. `None` takes them
            as they are, and all must then have one size.
        color_mode: `"rgb"` or `"grayscale"`; images are converted to it.

    Returns:
        The data set, named after the folder; images of float32 in [0, 1].

    Raises:
        FileNotFoundError: If there is no such folder.
        ImportError: If Pillow is not installed.
        ValueError: If there are no images, their sizes differ, or one has
            more than 8 bits to a channel.

    Example:
        >>> data = keras_itra.datasets.load("folder:flowers", image_size=64)
    """
    require_module("PIL", extra="data")
    path = Path(path).expanduser()
    train = path / "train"
    if not train.is_dir():
        raise FileNotFoundError(
            f"Expected the folder {train}, with a folder of images for each "
            f"class. Received: path={str(path)!r}"
        )
    classes = sorted(
        folder.name
        for folder in train.iterdir()
        if folder.is_dir() and not folder.name.startswith(".")
    )
    if image_size is not None:
        require_integer("image_size", image_size, minimum=1)
    x, y = _read(train, classes, image_size, color_mode)
    empty = [name for k, name in enumerate(classes) if k not in y]
    require(
        not empty,
        f"images named {', '.join(_SUFFIXES)} in every folder of {train}",
        empty=empty,
    )
    if not (path / "test").is_dir():
        return split_dataset(path.name, x, y, 0.2)
    x_test, y_test = _read(path / "test", classes, image_size, color_mode)
    return Dataset(path.name, x, y, x_test, y_test, len(classes))


def _read(
    folder: Path, classes: list[str], image_size: int | None, color_mode: str
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    pillow = require_module("PIL.Image", extra="data")
    files = sorted(
        file
        for file in folder.glob("[!.]*/[!.]*")
        if file.suffix.lower() in _SUFFIXES
    )
    require(
        len(files) > 0,
        f"images in {folder}/<class>/, named {', '.join(_SUFFIXES)}",
        files=len(files),
    )
    unknown = sorted({file.parent.name for file in files} - set(classes))
    require(
        not unknown,
        f"classes of {folder} to be among {classes}",
        unknown=unknown,
    )
    size = None if image_size is None else (image_size, image_size)
    pixels = []
    for file in files:
        with pillow.open(file) as image:
            require(
                image.mode[0] not in "IF",
                "images of 8 bits to a channel",
                file=str(file),
                mode=image.mode,
            )
        image = keras.utils.load_img(
            file,
            color_mode=color_mode,
            target_size=size,
            interpolation="bilinear",
            keep_aspect_ratio=True,
        )
        pixels.append(keras.utils.img_to_array(image, "channels_last", "uint8"))
        require(
            pixels[-1].shape == pixels[0].shape,
            f"images of the shape {pixels[0].shape}, as {files[0]} has it, or "
            "an `image_size` given to `keras_itra.datasets.load`",
            file=str(file),
            shape=pixels[-1].shape,
        )
    labels = [classes.index(file.parent.name) for file in files]
    return as_images(np.stack(pixels), white=255), np.array(labels, np.int64)

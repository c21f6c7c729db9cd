"""The published shapes of the experiments' data, for plans without the data."""

from typing import NamedTuple

import numpy as np

from keras_itra.experiments.material import Data
from keras_itra.experiments.protocol import Splits


class Outline(NamedTuple):
    """What is known of a data set before it is there.

    Attributes:
        rows: Training examples.
        num_classes: Number of classes K.
        shape: Of an image; empty for texts.
    """

    rows: int
    num_classes: int
    shape: tuple[int, ...] = ()


OUTLINES = {
    "fashion-mnist": Outline(60_000, 10, (28, 28, 1)),
    "tfds:kmnist": Outline(60_000, 10, (28, 28, 1)),
    "tfds:mnist": Outline(60_000, 10, (28, 28, 1)),
    "tfds:cifar10": Outline(50_000, 10, (32, 32, 3)),
    "tfds:cifar100": Outline(50_000, 100, (32, 32, 3)),
    "tfds:stl10": Outline(5_000, 10, (96, 96, 3)),
    "tfds:imagenet2012": Outline(1_281_167, 1000, (224, 224, 3)),
    "tfds:ag_news_subset": Outline(120_000, 4),
    "amazon-reviews-full.csv": Outline(3_000_000, 5),
    "yahoo-answers.csv": Outline(1_400_000, 10),
    "yelp-reviews-full.csv": Outline(650_000, 5),
}


def stand_in(data: Data) -> Splits:
    """Splits of the shapes of some data, and without their content.

    Args:
        data: Which data.

    Returns:
        Splits whose training rows are zeros that take no memory, with as many
        rows of each class; nothing for validation and test.

    Raises:
        KeyError: If the data are not among `OUTLINES`.
    """
    outline = OUTLINES[data.name]
    shape: tuple[int, ...] = (data.length,)
    if data.reading == "none":
        size = data.image_size
        shape = (size, size, outline.shape[-1]) if size else outline.shape
    classes = len(data.groups) or outline.num_classes
    rows = data.train_size or outline.rows - (
        data.validation_size or outline.rows // 5
    )
    dtype = "int32" if data.reading == "tokens" else "float32"
    x = np.broadcast_to(np.zeros((), dtype), (rows, *shape))
    y = np.arange(rows) % classes
    return Splits(
        data.name,
        *(x, y, x[:0], y[:0], x[:0], y[:0]),
        num_classes=classes,
        encoder=data.preset,
    )

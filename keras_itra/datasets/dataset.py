"""What a loader returns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_itra.validation import require


@dataclass(frozen=True, eq=False)
class Dataset:
    """A data set with a fixed test set.

    Attributes:
        name: Name for tables and pictures.
        x_train: Training inputs, float32 of shape `(n, ...)`. Images have a
            channel axis and values in [0, 1].
        y_train: Training labels, int64 of shape `(n,)`. Each of the classes
            `0..num_classes-1` occurs.
        x_test: Test inputs.
        y_test: Test labels.
        num_classes: Number of classes K.
    """

    name: str
    x_train: NDArray[np.float32]
    y_train: NDArray[np.int64]
    x_test: NDArray[np.float32]
    y_test: NDArray[np.int64]
    num_classes: int

    def __post_init__(self) -> None:
        """Refuses arrays that do not fit together."""
        for part in ("train", "test"):
            x, y = getattr(self, f"x_{part}"), getattr(self, f"y_{part}")
            require(
                len(x) == len(y) > 0,
                f"as many {part} labels as {part} inputs, not none",
                inputs=len(x),
                labels=len(y),
            )
            require(
                bool(np.isfinite(x).all()),
                f"finite {part} inputs",
                name=self.name,
            )
        require(
            self.x_train.shape[1:] == self.x_test.shape[1:],
            "training and test inputs of one shape",
            x_train=self.x_train.shape,
            x_test=self.x_test.shape,
        )
        absent = sorted(set(range(self.num_classes)) - set(self.y_train))
        require(
            not absent,
            f"all {self.num_classes} classes among the training labels",
            absent=absent,
        )
        unknown = sorted(
            {int(label) for label in self.y_test} - set(range(self.num_classes))
        )
        require(
            not unknown,
            f"test labels in 0..{self.num_classes - 1}",
            unknown=unknown,
        )


def as_images(pixels: NDArray[Any], white: float) -> NDArray[np.float32]:
    """Returns pixels in [0, `white`] as float32 in [0, 1] with a channel."""
    images = pixels.astype(np.float32) / np.float32(white)
    return images[..., None] if images.ndim == 3 else images

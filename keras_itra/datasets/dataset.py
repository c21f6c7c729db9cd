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

    Inputs are one of three kinds:

    * float32 of shape `(n, ...)`; images have a channel axis and values in
      [0, 1].
    * uint8 images, 0 to 255, of shape `(n, height, width, channels)`, in a
      memory-mapped file, for data that memory cannot hold. Index mini-batches
      out of them, and begin the network with `keras.layers.Rescaling(1 / 255)`.
    * texts: an object array of `str`, of shape `(n,)`.

    Attributes:
        name: Name for tables and pictures.
        x_train: Training inputs.
        y_train: Training labels, int64 of shape `(n,)`, in `0..num_classes-1`.
        x_test: Test inputs.
        y_test: Test labels.
        num_classes: Number of classes K.
        modes_train: The class that each training row had before classes were
            merged, int64 of shape `(n,)`; `None` if none were.
        modes_test: The same for the test rows.
    """

    name: str
    x_train: NDArray[Any]
    y_train: NDArray[np.int64]
    x_test: NDArray[Any]
    y_test: NDArray[np.int64]
    num_classes: int
    modes_train: NDArray[np.int64] | None = None
    modes_test: NDArray[np.int64] | None = None

    def __post_init__(self) -> None:
        """Refuses arrays that do not fit together."""
        for part in ("train", "test"):
            self._require_part(
                part,
                getattr(self, f"x_{part}"),
                getattr(self, f"y_{part}"),
                getattr(self, f"modes_{part}"),
            )
        require(
            self.x_train.shape[1:] == self.x_test.shape[1:],
            "training and test inputs of one shape",
            x_train=self.x_train.shape,
            x_test=self.x_test.shape,
        )

    def _require_part(
        self,
        part: str,
        x: NDArray[Any],
        y: NDArray[np.int64],
        modes: NDArray[np.int64] | None,
    ) -> None:
        require(
            len(x) == len(y) > 0,
            f"as many {part} labels as {part} inputs, not none",
            inputs=len(x),
            labels=len(y),
        )
        require(
            modes is None or len(modes) == len(y),
            f"as many {part} modes as {part} labels",
            modes=modes,
        )
        if x.dtype == object:
            require(
                x.ndim == 1 and all(isinstance(text, str) for text in x),
                f"{part} texts to be an array of `str` of shape (n,)",
                name=self.name,
            )
        elif np.issubdtype(x.dtype, np.floating):
            require(
                bool(np.isfinite(x).all()),
                f"finite {part} inputs",
                name=self.name,
            )
        unknown = set(np.unique(y).tolist()) - set(range(self.num_classes))
        require(
            not unknown,
            f"{part} labels in 0..{self.num_classes - 1}",
            unknown=sorted(unknown),
        )


def as_images(pixels: NDArray[Any], white: float) -> NDArray[np.float32]:
    """Returns pixels in [0, `white`] as float32 in [0, 1] with a channel."""
    images: NDArray[np.float32] = np.divide(
        pixels, np.float32(white), dtype=np.float32, casting="same_kind"
    )
    return images[..., None] if images.ndim == 3 else images


def as_texts(texts: list[str]) -> NDArray[Any]:
    """Returns texts as an object array of shape `(n,)`."""
    return np.array(texts, dtype=object)


def count_classes(labels: NDArray[np.int64]) -> int:
    """Returns K of training labels that must be `0..K-1`, none absent."""
    present = np.unique(labels)
    num_classes = int(present[-1]) + 1
    # The first that is not where it would be if none were absent.
    absent = np.flatnonzero(present != np.arange(len(present)))
    require(
        len(absent) == 0,
        f"all {num_classes} classes 0, 1, ... among the training labels",
        first_absent=int(absent[0]) if len(absent) else None,
        present=len(present),
    )
    return num_classes

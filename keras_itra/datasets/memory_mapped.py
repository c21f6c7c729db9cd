"""Images that memory cannot hold, in a file."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_itra.validation import require

Batch = tuple[NDArray[np.uint8], NDArray[Any]]


def memory_mapped(
    folder: Path, rows: int, batches: Iterable[Batch]
) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Returns mini-batches as two arrays, the images read from disk on demand.

    Args:
        folder: Where the arrays are kept. If it is there, `batches` is not
            looked at.
        rows: Number of rows that `batches` add up to.
        batches: Pairs of uint8 images and integer labels.

    Returns:
        `(images, labels)`; an index copies the rows that it picks.

    Raises:
        ValueError: If the batches hold another number of rows.
    """
    if not folder.exists():
        # written under another name: an interrupted run leaves no half cache
        partial = folder.with_name(f"{folder.name}.partial")
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        _write(partial, rows, batches)
        partial.rename(folder)
    images = np.load(folder / "images.npy", mmap_mode="r")
    return images, np.load(folder / "labels.npy")


def _write(folder: Path, rows: int, batches: Iterable[Batch]) -> None:
    images: NDArray[np.uint8] = np.empty(0, np.uint8)
    labels = np.empty(rows, np.int64)
    done = 0
    for x, y in batches:
        if done == 0:
            images = np.lib.format.open_memmap(
                folder / "images.npy", "w+", np.uint8, (rows, *x.shape[1:])
            )
        images[done : done + len(x)] = x
        labels[done : done + len(x)] = y
        done += len(x)
    require(done == rows, f"{rows} rows for {folder}", rows=done)
    np.save(folder / "labels.npy", labels)

"""The labelled rows that a panel shows."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from keras_itra.validation import require


def labelled_rows(
    what: str, title: str, values: ArrayLike, labels: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Checks what a panel is given.

    Args:
        what: What the rows are, for the errors.
        title: Title of the panel.
        values: Shape `(n, 2 or more)`.
        labels: Shape `(n,)`.

    Returns:
        Rows as float64, labels as int64.

    Raises:
        ValueError: If the shapes are others, or a value is not finite.
    """
    rows, classes = np.asarray(values, dtype=np.float64), np.asarray(labels)
    require(
        rows.ndim == 2
        and rows.shape[1] > 1
        and classes.shape == rows.shape[:1] != (0,),
        f"{what} (n, 2 or more) and labels (n,) in panel {title!r}",
        **{what: rows.shape},
        labels=classes.shape,
    )
    require(bool(np.isfinite(rows).all()), f"finite {what}", panel=title)
    return rows, classes.astype(np.int64)

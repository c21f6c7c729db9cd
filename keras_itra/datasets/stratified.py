"""Random subsets that keep the share of each class."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_itra.datasets.dataset import Dataset, count_classes
from keras_itra.validation import require

Arrays = tuple[NDArray[Any], NDArray[Any]]


def split(
    x: NDArray[Any],
    y: NDArray[Any],
    train_size: int | None,
    validation_size: int,
    seed: int = 0,
) -> tuple[Arrays, Arrays]:
    """Draws a training and a validation set that share no row.

    Both keep the classes' shares: equally frequent classes get equally many
    rows where the size permits (3,000 rows of 10 classes: 300 each). At one
    `seed` the validation set does not depend on `train_size`, and a smaller
    training set is part of a larger one up to the rounding of shares.

    Args:
        x: Inputs of shape `(n, ...)`.
        y: Integer labels of shape `(n,)`.
        train_size: Number of training rows; `None` takes all that remain.
        validation_size: Number of validation rows.
        seed: Seed of the draw.

    Returns:
        `(x_train, y_train), (x_validation, y_validation)`, rows in the order
        of `x`.

    Raises:
        ValueError: If the sizes are not positive or exceed the rows.

    Example:
        >>> train, validation = keras_itra.datasets.split(
        ...     data.x_train, data.y_train, 3_000, 3_000
        ... )
    """
    train, validation = stratified_indices(y, train_size, validation_size, seed)
    return (x[train], y[train]), (x[validation], y[validation])


def split_dataset(
    name: str, x: NDArray[Any], y: NDArray[Any], test_share: float
) -> Dataset:
    """Returns a data set with a stratified test set, always the same."""
    train, test = stratified_indices(y, None, round(test_share * len(y)))
    labels = y.astype(np.int64)
    return Dataset(
        name,
        x[train],
        labels[train],
        x[test],
        labels[test],
        num_classes=count_classes(labels[train]),
    )


def stratified_indices(
    labels: NDArray[Any],
    train_size: int | None,
    held_out_size: int,
    seed: int = 0,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Returns the sorted row indices of a training and a held-out set."""
    if train_size is None:
        train_size = len(labels) - held_out_size
    require(
        train_size > 0
        and held_out_size > 0
        and train_size + held_out_size <= len(labels),
        f"positive sizes that add up to at most the {len(labels)} rows",
        train_size=train_size,
        held_out_size=held_out_size,
    )
    shuffled = np.random.default_rng(seed).permutation(len(labels))
    members = [shuffled[labels[shuffled] == k] for k in np.unique(labels)]
    counts = np.array([len(rows) for rows in members])
    held_out_counts = _shares(counts, held_out_size)
    train_counts = _shares(counts - held_out_counts, train_size)
    train, held_out = [], []
    for rows, h, t in zip(members, held_out_counts, train_counts, strict=True):
        # held-out rows come first: they are the same for every train_size
        held_out.append(rows[:h])
        train.append(rows[h : h + t])
    return np.sort(np.concatenate(train)), np.sort(np.concatenate(held_out))


def _shares(counts: NDArray[np.int64], size: int) -> NDArray[np.int64]:
    """Divides `size` in proportion to `counts`, by largest remainders."""
    whole, remainders = np.divmod(counts * size, counts.sum())
    largest = np.argsort(-remainders, kind="stable")
    whole[largest[: size - whole.sum()]] += 1
    return whole

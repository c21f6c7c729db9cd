"""Harder data sets made of given ones: merged classes, wrong labels."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from keras_itra.datasets.dataset import Dataset
from keras_itra.validation import require, require_integer, require_number


def merge_classes(dataset: Dataset, groups: Sequence[Sequence[int]]) -> Dataset:
    """Makes one class of each group of classes, which then has several modes.

    Args:
        dataset: The data set; its inputs are shared, not copied.
        groups: The old classes of each new class: new class g holds
            `groups[g]`. Every old class belongs to exactly one group.

    Returns:
        A data set of `len(groups)` classes, whose `modes_train` and
        `modes_test` are the old labels.

    Raises:
        ValueError: If the groups are not a partition of the classes.

    Example:
        >>> pairs = [(0, 1), (2, 3), (4, 5), (6, 7), (8, 9)]
        >>> merged = keras_itra.datasets.merge_classes(data, pairs)
        >>> merged.num_classes
        5
    """
    members = [label for group in groups for label in group]
    require(
        sorted(members) == list(range(dataset.num_classes))
        and all(len(group) > 0 for group in groups),
        f"groups that hold each class of 0..{dataset.num_classes - 1} once",
        groups=groups,
    )
    new_class = np.empty(dataset.num_classes, np.int64)
    for new, group in enumerate(groups):
        new_class[list(group)] = new
    return dataclasses.replace(
        dataset,
        name=f"{dataset.name} in {len(groups)} classes",
        y_train=new_class[dataset.y_train],
        y_test=new_class[dataset.y_test],
        num_classes=len(groups),
        modes_train=dataset.y_train,
        modes_test=dataset.y_test,
    )


def mislabel(
    labels: NDArray[np.int64], share: float, num_classes: int, seed: int
) -> NDArray[np.int64]:
    """Gives some rows a wrong label (symmetric label noise).

    Args:
        labels: Labels of shape `(n,)` in `0..num_classes-1`.
        share: Share of the rows, in [0, 1], that get a wrong label: exactly
            `round(share * n)` rows, drawn without regard to their class.
        num_classes: Number of classes K, at least 2. A wrong label is uniform
            over the K - 1 other classes.
        seed: Seed of the draw.

    Returns:
        New labels of shape `(n,)`.

    Raises:
        ValueError: If an argument is out of its range.

    Example:
        >>> noisy = keras_itra.datasets.mislabel(data.y_train, 0.2, 10, seed=0)
    """
    require_number("share", share)
    require(share <= 1, "`share` to be at most 1", share=share)
    require_integer("num_classes", num_classes, minimum=2)
    labels = np.asarray(labels)
    require(
        labels.ndim == 1
        and np.issubdtype(labels.dtype, np.integer)
        and bool(((labels >= 0) & (labels < num_classes)).all()),
        f"labels of shape (n,) in 0..{num_classes - 1}",
        labels=labels,
    )
    rng = np.random.default_rng(seed)
    count = round(share * len(labels))
    rows = rng.choice(len(labels), count, replace=False)
    # 1..K-1 further on, modulo K: any class but the row's own
    steps = rng.integers(1, num_classes, count)
    wrong = labels.astype(np.int64)
    wrong[rows] = (wrong[rows] + steps) % num_classes
    return wrong

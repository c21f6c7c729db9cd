"""The order of the rows in an epoch: pure functions of (seed, epoch).

An order is an array of row indices that is cut into mini-batches. Paired
orders alternate S1 and S2, so that any cut at an even place is a pair.
"""

import numpy as np

from keras_itra.data.class_ids import class_ids
from keras_itra.validation import require, require_one_of

PAIRINGS = ("independent", "split", "none")
SAMPLINGS = ("matched", "balanced", "random")

# Streams of random numbers; S1 of every pairing is the first.
_S1, _S2 = 0, 1


def epoch_order(
    size: int,
    labels: np.ndarray | None,
    *,
    pairing: str,
    sampling: str,
    seed: int,
    epoch: int,
    shuffle: bool = True,
) -> np.ndarray:
    """Row indices of one epoch.

    Args:
        size: Number of rows of the data.
        labels: `(size,)` class of every row, or as for `PairedBatches`; not
            needed by `"random"`.
        pairing: `"independent"`: S1 is a permutation of the rows, S2 another
            one; `"split"`: one permutation, S1 and S2 are neighbours in it;
            `"none"`: one permutation, that of S1.
        sampling: `"matched"`: S1 and S2 of a pair have the same class;
            `"balanced"`: class-balanced round robin, smaller classes
            repeated; `"random"`: S2 whatever its class.
        seed: Seed of the orders.
        epoch: Number of the epoch; every epoch has its own order.
        shuffle: If False, S1 keeps the order of the data (S2 does not).

    Returns:
        `(2 * size,)` for `"independent"`: S1, S2, S1, S2, ...; `(size,)`
        otherwise. `"balanced"` covers the largest class once: the size is
        that of the largest class times the number of classes.

    Raises:
        ValueError: For a pairing or sampling that does not exist, and
            without one label per row where they are needed.

    Example:

    ```python
    import numpy as np
    import keras_itra

    labels = np.arange(10) % 2
    order = keras_itra.data.epoch_order(
        10, labels, pairing="independent", sampling="matched", seed=0, epoch=0
    )
    s1, s2 = order[0::2], order[1::2]
    assert (labels[s1] == labels[s2]).all()
    ```
    """
    require_one_of("pairing", pairing, PAIRINGS)
    require_one_of("sampling", sampling, SAMPLINGS)
    if needs_labels(pairing, sampling):
        labels = class_ids([] if labels is None else labels)
        require(
            len(labels) == size,
            f"one label per row for `sampling={sampling!r}`",
            rows=size,
            labels=len(labels),
        )
    first, second = _generator(seed, epoch, _S1), _generator(seed, epoch, _S2)
    if sampling == "balanced":
        assert labels is not None
        if pairing == "split":
            return _round_robin(labels, first, 2)
        s1 = _round_robin(labels, first, 1)
        if pairing == "none":
            return s1
        return interleave(s1, _round_robin(labels, second, 1))
    s1 = first.permutation(size) if shuffle else np.arange(size)
    if pairing == "none" or (pairing == "split" and sampling == "random"):
        return s1
    if pairing == "split":
        assert labels is not None
        return neighbours_of_one_class(labels, s1)
    s2 = second.permutation(size)
    if sampling == "matched":
        assert labels is not None
        s2 = matched(labels, s1, s2)
    return interleave(s1, s2)


def needs_labels(pairing: str, sampling: str) -> bool:
    """Whether an order depends on the classes."""
    if sampling == "balanced":
        return True
    return sampling == "matched" and pairing != "none"


def matched(labels: np.ndarray, s1: np.ndarray, s2: np.ndarray) -> np.ndarray:
    """Rearrange S2 so that its i-th row has the class of the i-th of S1.

    Inside a class the order of S2 is kept, so S2 stays an independent
    permutation of the same rows.
    """
    result = np.empty_like(s2)
    by_class_1 = np.argsort(labels[s1], kind="stable")
    by_class_2 = np.argsort(labels[s2], kind="stable")
    result[by_class_1] = s2[by_class_2]
    return result


def neighbours_of_one_class(
    labels: np.ndarray, order: np.ndarray
) -> np.ndarray:
    """Rearrange an order so that rows 2i and 2i + 1 have the same class.

    A pair stands where its first row stood. The last row of a class with an
    odd number of rows has no partner; these rows come last.
    """
    classes = labels[order]
    by_class = np.argsort(classes, kind="stable")
    position = np.arange(len(order))
    rank = np.empty_like(by_class)
    sorted_classes = classes[by_class]
    start = np.searchsorted(sorted_classes, sorted_classes, side="left")
    rank[by_class] = position - start
    size = np.empty_like(by_class)
    size[by_class] = np.searchsorted(sorted_classes, sorted_classes, "right")
    size[by_class] -= start
    alone = (rank % 2 == 0) & (rank == size - 1)
    partner_first = np.empty_like(by_class)
    partner_first[by_class] = by_class[position - rank[by_class] % 2]
    return order[np.lexsort((rank % 2, partner_first, alone))]


def interleave(s1: np.ndarray, s2: np.ndarray) -> np.ndarray:
    """Alternate the rows of two arrays of equal shape: S1, S2, S1, S2, ..."""
    pairs = np.stack([s1, s2], axis=1)
    return pairs.reshape(-1, *s1.shape[1:])


def _round_robin(
    labels: np.ndarray, generator: np.random.Generator, run: int
) -> np.ndarray:
    """Cycle through the classes, `run` rows of each at a time."""
    classes, counts = np.unique(labels, return_counts=True)
    length = int(-(-counts.max() // run) * run)
    rows = np.empty((len(classes), length), dtype=np.int64)
    for index, label in enumerate(classes):
        members = np.flatnonzero(labels == label)
        rounds = -(-length // len(members))
        shuffled = [generator.permutation(members) for _ in range(rounds)]
        rows[index] = np.concatenate(shuffled)[:length]
    runs = rows.reshape(len(classes), length // run, run)
    return runs.transpose(1, 0, 2).reshape(-1)


def _generator(seed: int, epoch: int, stream: int) -> np.random.Generator:
    require(
        seed >= 0 and epoch >= 0,
        "`seed` and `epoch` >= 0",
        seed=seed,
        epoch=epoch,
    )
    return np.random.default_rng([seed, epoch, stream])

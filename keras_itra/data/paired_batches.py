"""Paired mini-batches of arrays."""

import functools
import itertools
from collections.abc import Iterator
from typing import Any

import keras
import numpy as np

from keras_itra.data.class_ids import class_ids
from keras_itra.data.orders import (
    PAIRINGS,
    SAMPLINGS,
    epoch_order,
    needs_labels,
)
from keras_itra.data.supervision import (
    Supervise,
    add_first_weights,
    check_supervise,
)
from keras_itra.typing import Batch
from keras_itra.validation import require, require_integer, require_one_of


class PairedBatches(keras.utils.PyDataset):
    """Mini-batches with S1 in even rows and S2 in odd rows.

    The order of every epoch is a pure function of (seed, epoch): epochs
    differ, and each can be replayed. `pairing="none"` yields the plain
    mini-batches of S1, so that a plain Keras model sees what an `ITRAModel`
    of the same seed sees as S1.

    Keras shuffles the mini-batches of an epoch among themselves unless it is
    told `fit(..., shuffle=False)`. Every pass is an epoch, also one of
    `evaluate`: give each model and each `fit` its own object, and one with
    `repeat=True` to a `fit` with `steps_per_epoch`, whose epochs are no
    passes. In a loop of your own, `for x, y in batches` reads an epoch, and
    the next such loop the next one.

    Args:
        arrays: `(x, y)` or `(x, y, sample_weight)`, arrays or nested dicts,
            lists and tuples of arrays, all with the same number of rows.
        batch_size: m. Independent pairs have m rows of S1 and m of S2; split
            pairs and plain mini-batches have m rows in all.
        labels: Class of every row; defaults to `y`. Not needed for
            `sampling="random"`.
        pairing: `"independent"` (default), `"split"` or `"none"`.
        sampling: `"matched"` (default), `"balanced"` or `"random"`; see
            `keras_itra.data.epoch_order`.
        supervise: `"first"` or `(output, "first")` adds sample weights that
            keep the loss (of that output) on S1. Defaults to None.
        shuffle: If False, S1 keeps the order of the data.
        seed: Seed of the orders.
        initial_epoch: Number of the first epoch.
        repeat: If True, one endless stream of epochs instead of a new
            epoch at each pass.
        shards: Parts that Keras cuts every mini-batch into: the number of
            replicas under `tf.distribute`. Every mini-batch then has as many
            pairs for each; up to `shards` - 1 pairs at the end of an epoch
            are left out, in each epoch others. Defaults to 1.

    Attributes:
        arrays: The data, as NumPy arrays.
        rows: Rows of a mini-batch; the last one may have fewer.
        steps_per_epoch: Mini-batches of an epoch.
        epoch: The epoch that is read, or the first of an endless stream.
        next_epoch: The epoch that the next pass reads.
        first_batch: Where an endless stream starts, in mini-batches.

    Raises:
        ValueError: For arguments outside their domain, arrays of different
            lengths, or labels that are not classes.

    Example:

    ```python
    import numpy as np
    import keras_itra

    x, y = np.arange(10.0), np.arange(10) % 2
    batches = keras_itra.data.PairedBatches((x, y), batch_size=4, seed=0)
    features, labels = batches[0]
    assert len(features) == 8
    assert (labels[0::2] == labels[1::2]).all()
    ```
    """

    def __init__(
        self,
        arrays: Batch,
        batch_size: int,
        *,
        labels: Any = None,
        pairing: str = "independent",
        sampling: str = "matched",
        supervise: Supervise = None,
        shuffle: bool = True,
        seed: int = 0,
        initial_epoch: int = 0,
        repeat: bool = False,
        shards: int = 1,
    ) -> None:
        super().__init__()
        require_one_of("pairing", pairing, PAIRINGS)
        require_one_of("sampling", sampling, SAMPLINGS)
        check_batch_size(batch_size, pairing, shards)
        require_integer("seed", seed, minimum=0)
        require_integer("initial_epoch", initial_epoch, minimum=0)
        require(
            shuffle or sampling != "balanced",
            "`shuffle=True` with `sampling='balanced'`, whose order is its own",
            shuffle=shuffle,
        )
        require(
            isinstance(arrays, tuple) and len(arrays) in (2, 3),
            "`arrays` to be (x, y) or (x, y, sample_weight)",
            arrays_type=type(arrays).__name__,
        )
        if len(arrays) == 3 and arrays[2] is None:
            arrays = arrays[:2]
        require(arrays[1] is not None, "targets `y`", y=None)
        check_supervise(supervise, arrays[1])
        self.arrays = keras.tree.map_structure(_dense, arrays)
        size = _common_length(self.arrays)
        classes = None
        if needs_labels(pairing, sampling):
            classes = class_ids(
                _single(arrays[1]) if labels is None else labels
            )
        self._epoch_order = functools.partial(
            epoch_order,
            size,
            classes,
            pairing=pairing,
            sampling=sampling,
            seed=seed,
            shuffle=shuffle,
        )
        self._supervise = supervise
        self.rows = int(batch_size) * (2 if pairing == "independent" else 1)
        self._repeat = repeat
        self._unit = rows_of_shards(pairing, shards)
        self._cached: tuple[int, np.ndarray] = (-1, np.empty(0))
        self.next_epoch = self.epoch = initial_epoch
        self.first_batch = 0
        self._armed = False
        rows = len(self.order(0))
        require(
            rows > 0,
            "at least one pair for each of the `shards`",
            rows=size,
            shards=shards,
        )
        self.steps_per_epoch = -(-rows // self.rows)

    @property
    def num_batches(self) -> int | None:
        """Mini-batches per epoch; None for an endless stream."""
        return None if self._repeat else self.steps_per_epoch

    @property
    def rows_of_last_batch(self) -> int:
        """Rows of the last mini-batch of every epoch."""
        return (len(self.order(0)) - 1) % self.rows + 1

    def order(self, epoch: int) -> np.ndarray:
        """Row indices of an epoch, before they are cut into mini-batches."""
        cached, order = self._cached
        if cached != epoch:
            order = self._epoch_order(epoch=epoch)
            order = order[: len(order) - len(order) % self._unit]
            self._cached = (epoch, order)
        return order

    def __getitem__(self, index: int) -> Batch:
        if self._repeat:
            index += self.first_batch
            passes, index = divmod(index, self.steps_per_epoch)
            order = self.order(self.epoch + passes)
        else:
            order = self.order(self.epoch)
        return self._cut(order, index)

    def __iter__(self) -> Iterator[Batch]:
        """Mini-batches of the next epoch; of all epochs of a stream."""
        if self._repeat:
            yield from map(self.__getitem__, itertools.count())
            return
        self.epoch = self.next_epoch
        self.next_epoch += 1
        order = self.order(self.epoch)
        for index in range(self.steps_per_epoch):
            yield self._cut(order, index)

    def _cut(self, order: np.ndarray, index: int) -> Batch:
        rows = order[index * self.rows : (index + 1) * self.rows]
        batch = keras.tree.map_structure(lambda a: a[rows], self.arrays)
        return add_first_weights(batch, self._supervise)

    def on_epoch_begin(self) -> None:
        # Keras opens and closes a pass before the first epoch when it has to
        # build the model; it closes one in any case. Only what starts after
        # that first close is an epoch.
        if self._armed and not self._repeat:
            self.epoch = self.next_epoch
            self.next_epoch += 1

    def on_epoch_end(self) -> None:
        self._armed = True


def rows_of_shards(pairing: str, shards: int) -> int:
    """What the number of rows of a mini-batch must be a multiple of."""
    return shards * (1 if pairing == "none" or shards == 1 else 2)


def check_batch_size(batch_size: Any, pairing: str, shards: Any = 1) -> None:
    """Refuse mini-batches that hold no pair, or not as many for each shard.

    Raises:
        ValueError: If it is no positive integer, or an odd one for split
            pairs, or `shards` does not divide the number of pairs.
    """
    require_integer("shards", shards, minimum=1)
    require_integer("batch_size", batch_size, minimum=1)
    require(
        pairing != "split" or batch_size % 2 == 0,
        "an even `batch_size` for `pairing='split'`: half of the rows are S1",
        batch_size=batch_size,
    )
    pairs = batch_size // 2 if pairing == "split" else batch_size
    require(
        pairs % shards == 0,
        "a `batch_size` with as many pairs for each of the `shards`",
        batch_size=batch_size,
        shards=shards,
    )


def _dense(array: Any) -> np.ndarray:
    require(
        not (hasattr(array, "toarray") or hasattr(array, "dense_shape")),
        "dense arrays: `x.toarray()`, or a `keras.utils.PyDataset` that makes "
        "its mini-batches dense",
        array=type(array).__name__,
    )
    return np.asarray(array)


def _common_length(arrays: Batch) -> int:
    leaves = keras.tree.flatten(arrays)
    lengths = {len(leaf) if leaf.ndim else 0 for leaf in leaves}
    require(
        len(lengths) == 1 and lengths != {0},
        "arrays of one length > 0 (a list counts as several arrays)",
        lengths=sorted(lengths),
    )
    return lengths.pop()


def _single(targets: Any) -> Any:
    require(
        not isinstance(targets, (dict, list, tuple)),
        "`labels`, since the targets have several outputs",
        outputs=type(targets).__name__,
    )
    return targets

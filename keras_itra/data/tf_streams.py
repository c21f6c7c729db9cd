"""Pairing of data that come as mini-batches: `tf.data` and `PyDataset`.

The result is a `tf.data.Dataset`, which every Keras backend can train on.
"""

import functools
import itertools
import operator
from collections.abc import Callable, Collection, Iterator
from typing import Any, NamedTuple

import keras
import numpy as np

from keras_itra.data.class_ids import class_ids
from keras_itra.data.orders import neighbours_of_one_class
from keras_itra.data.paired_batches import rows_of_shards
from keras_itra.data.row_pool import RowPool, alternate
from keras_itra.data.supervision import (
    Supervise,
    add_first_weights,
    check_supervise,
)
from keras_itra.data.tf_datasets import any_rows, signature_of
from keras_itra.typing import Batch
from keras_itra.validation import require, require_integer

_POOL_ROWS = 1024


def pair_stream(
    source: Any,
    *,
    pairing: str,
    sampling: str,
    labels: str | None = None,
    supervise: Supervise = None,
    shuffle: bool = True,
    seed: int = 0,
    initial_epoch: int = 0,
    passes: Iterator[int] | None = None,
    shards: int = 1,
) -> Any:
    """Pair the mini-batches of a dataset.

    S1 is the dataset as it comes, mini-batch by mini-batch. S2 is the dataset
    read a second time, shuffled by a pool of rows, and (matched) handed out
    by class.

    Args:
        source: `tf.data.Dataset` or `keras.utils.PyDataset` of mini-batches
            `(x, y)` or `(x, y, sample_weight)`.
        pairing: `"independent"`; `"split"`: each mini-batch is split; or
            `"none"`: S1 alone.
        sampling: `"matched"` or `"random"`.
        labels: Name of the target that holds the class, where the targets
            are a dict.
        supervise: As for `keras_itra.data.pair_batches`.
        shuffle: Whether the mini-batches of a `PyDataset` change their
            order, as in `fit`; the order of a `tf.data.Dataset` is its own.
        seed: Seed of the orders.
        initial_epoch: Number of the first pass.
        passes: Numbers the passes, which it may do out of turn. Defaults to
            counting from `initial_epoch`.
        shards: As for `keras_itra.data.pair_batches`.

    Returns:
        `tf.data.Dataset` of paired mini-batches.

    Raises:
        ValueError: If the elements are no `(x, y)` mini-batches, the
            sampling needs class counts that a stream does not tell, or
            another argument does not fit.
    """
    import tensorflow as tf

    require(
        sampling != "balanced",
        "arrays for `sampling='balanced'`, which needs the class counts",
        data=type(source).__name__,
    )
    require_integer("seed", seed, minimum=0)
    require_integer("initial_epoch", initial_epoch, minimum=0)
    require_integer("shards", shards, minimum=1)
    stream = (
        _of_py_dataset(source, shuffle)
        if isinstance(source, keras.utils.PyDataset)
        else _of_tf_dataset(source)
    )
    targets = stream.signature[1]
    check_supervise(supervise, targets)
    matched = sampling == "matched"
    _check_labels(labels, targets, matched)
    numbers = itertools.count(initial_epoch) if passes is None else passes

    def classes_of(batch: Batch) -> np.ndarray:
        return class_ids(batch[1] if labels is None else batch[1][labels])

    def pairs() -> Iterator[Batch]:
        generator = np.random.default_rng([seed, next(numbers)])
        s1_batches = stream.read(generator)
        if pairing != "independent":
            for batch in s1_batches:
                if matched:
                    batch = matched_rows(batch, classes_of(batch))
                yield batch
            return
        read_again = functools.partial(stream.read_again, generator)
        by_class = classes_of if matched else None
        pool = RowPool(read_again, _POOL_ROWS, generator, by_class)
        for s1 in s1_batches:
            yield alternate(s1, pool.partners(s1))

    def generate() -> Iterator[Batch]:
        for batch in _whole_shards(pairs(), rows_of_shards(pairing, shards)):
            yield add_first_weights(batch, supervise)

    dataset = tf.data.Dataset.from_generator(
        generate,
        output_signature=_with_first_weights(stream.signature, supervise),
    )
    # Of several shards, a last mini-batch may be left out.
    if stream.length != tf.data.UNKNOWN_CARDINALITY and shards == 1:
        dataset = dataset.apply(
            tf.data.experimental.assert_cardinality(stream.length)
        )
    return dataset.prefetch(tf.data.AUTOTUNE)


def matched_rows(batch: Batch, labels: np.ndarray) -> Batch:
    """Rearrange a mini-batch so that neighbours have one class."""
    order = neighbours_of_one_class(labels, np.arange(len(labels)))
    return keras.tree.map_structure(lambda a: np.asarray(a)[order], batch)


def _whole_shards(batches: Iterator[Batch], multiple: int) -> Iterator[Batch]:
    """Cut the last mini-batch to a multiple of so many rows."""
    left = 0
    for batch in batches:
        rows = len(keras.tree.flatten(batch)[0])
        require(
            left == 0,
            "mini-batches with as many pairs for each of the `shards`, but "
            "for the last one",
            rows_left_over=left,
        )
        left = rows % multiple
        if rows > left:
            whole = slice(rows - left)
            yield keras.tree.map_structure(operator.itemgetter(whole), batch)


class _Stream(NamedTuple):
    """Mini-batches that can be read again and again.

    Attributes:
        read: Reads them once, as S1.
        read_again: Reads them once, as S2.
        signature: `tf.TensorSpec`s of a mini-batch.
        length: Mini-batches of a pass, or a negative code of TensorFlow.
    """

    read: Callable[[np.random.Generator], Iterator[Batch]]
    read_again: Callable[[np.random.Generator], Iterator[Batch]]
    signature: Batch
    length: int


def _of_py_dataset(source: keras.utils.PyDataset, shuffle: bool) -> _Stream:
    length = source.num_batches
    require(
        length is not None and length > 0,
        "a `PyDataset` of known length > 0",
        num_batches=length,
    )

    def read_again(generator: np.random.Generator) -> Iterator[Batch]:
        for index in generator.permutation(length):
            yield tuple(source[int(index)])

    def read(generator: np.random.Generator) -> Iterator[Batch]:
        source.on_epoch_begin()
        order = generator.permutation(length) if shuffle else range(length)
        for index in order:
            yield tuple(source[int(index)])
        source.on_epoch_end()

    return _Stream(read, read_again, signature_of(tuple(source[0])), length)


def _of_tf_dataset(source: Any) -> _Stream:
    import tensorflow as tf

    spec = source.element_spec
    require(
        isinstance(spec, tuple)
        and len(spec) in (2, 3)
        and all(
            isinstance(leaf, tf.TensorSpec) and leaf.shape.rank != 0
            for leaf in keras.tree.flatten(spec)
        ),
        "a dataset of dense mini-batches (x, y) or (x, y, sample_weight); "
        "call `.batch(m)` first",
        element_spec=spec,
    )
    signature = keras.tree.map_structure(
        lambda leaf: any_rows(leaf.shape, leaf.dtype), spec
    )

    def read(_: np.random.Generator) -> Iterator[Batch]:
        return source.as_numpy_iterator()

    return _Stream(read, read, signature, int(source.cardinality()))


def _check_labels(labels: str | None, targets: Any, matched: bool) -> None:
    names = sorted(targets) if isinstance(targets, dict) else None
    require(
        not matched or names is not None or not keras.tree.is_nested(targets),
        "several targets as a dict, of which `labels` names the one that "
        "holds the class, where the sampling goes by class",
        targets=type(targets).__name__,
    )
    expected: Collection[str | None] = [None]
    if matched and names is not None:
        expected = names
    require(
        labels in expected,
        "`labels` to name the target that holds the class where the targets "
        "are a dict and the sampling goes by class, and to be None elsewhere",
        labels=labels,
        targets=names,
    )


def _with_first_weights(signature: Batch, supervise: Supervise) -> Batch:
    """Signature after `add_first_weights`, found by trying it on two rows."""
    rows = keras.tree.map_structure(
        lambda leaf: np.zeros(
            [2, *(size or 1 for size in leaf.shape[1:])],
            leaf.dtype.as_numpy_dtype,
        ),
        signature,
    )
    weighted = add_first_weights(rows, supervise)
    if weighted is rows:
        return signature
    return (*signature[:2], signature_of((weighted[2],))[0])

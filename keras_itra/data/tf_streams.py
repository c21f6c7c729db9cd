"""Pairing of data that come as mini-batches: `tf.data` and `PyDataset`.

The result is a `tf.data.Dataset`, which every Keras backend can train on.
"""

import itertools
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import keras
import numpy as np

from keras_itra.data.class_ids import class_ids
from keras_itra.data.orders import neighbours_of_one_class
from keras_itra.data.row_pool import RowPool, alternate
from keras_itra.data.supervision import Supervise, add_first_weights
from keras_itra.typing import Batch
from keras_itra.validation import require

_POOL_ROWS = 1024


def is_tf_dataset(data: Any) -> bool:
    """Whether `data` is a `tf.data.Dataset`; does not import TensorFlow."""
    tf = sys.modules.get("tensorflow")
    return tf is not None and isinstance(data, tf.data.Dataset)


def pair_stream(
    source: Any,
    *,
    pairing: str,
    sampling: str,
    labels: str | None = None,
    supervise: Supervise = None,
    seed: int = 0,
    initial_epoch: int = 0,
) -> Any:
    """Pair the mini-batches of a dataset.

    S1 is the dataset as it comes, mini-batch by mini-batch. S2 is read from
    the dataset a second time, shuffled by a pool of rows, and (matched)
    handed out by class.

    Args:
        source: `tf.data.Dataset` or `keras.utils.PyDataset` of mini-batches
            `(x, y)` or `(x, y, sample_weight)`.
        pairing: `"independent"`, or `"split"`: each mini-batch is split.
        sampling: `"matched"` or `"random"`.
        labels: Name of the target that holds the class, where the targets
            are a dict.
        supervise: As for `keras_itra.data.pair_batches`.
        seed: Seed of S2; the order of S1 is the dataset's own.
        initial_epoch: Number of the first pass.

    Returns:
        `tf.data.Dataset` of paired mini-batches.

    Raises:
        ValueError: If the elements are no `(x, y)` mini-batches, or the
            sampling needs class counts that a stream does not tell.
    """
    import tensorflow as tf

    require(
        sampling != "balanced",
        "arrays for `sampling='balanced'`, which needs the class counts",
        data=type(source).__name__,
    )
    read, signature, length = _reader(source)
    passes = itertools.count(initial_epoch)

    def classes_of(batch: Batch) -> np.ndarray:
        targets = batch[1]
        require(
            isinstance(targets, dict) == (labels is not None),
            "`labels` to name the target that holds the class, where the "
            "targets are a dict",
            labels=labels,
            targets=sorted(targets) if isinstance(targets, dict) else "array",
        )
        return class_ids(targets if labels is None else targets[labels])

    def generate() -> Iterator[Batch]:
        generator = np.random.default_rng([seed, next(passes)])
        if pairing == "split":
            for batch in read(generator):
                if sampling == "matched":
                    batch = matched_rows(batch, classes_of(batch))
                yield add_first_weights(batch, supervise)
            return
        endless = itertools.chain.from_iterable(
            read(generator) for _ in itertools.count()
        )
        by_class = classes_of if sampling == "matched" else None
        pool = RowPool(endless, _POOL_ROWS, generator, by_class)
        for s1 in read(generator):
            batch = alternate(s1, pool.partners(s1))
            yield add_first_weights(batch, supervise)

    first = None if supervise in (None, "both") else supervise
    if isinstance(first, tuple):
        first = None if first[1] == "both" else first
    if first is not None:
        signature = _with_weights(signature, first)
    dataset = tf.data.Dataset.from_generator(
        generate, output_signature=signature
    )
    dataset = dataset.apply(tf.data.experimental.assert_cardinality(length))
    return dataset.prefetch(tf.data.AUTOTUNE)


def matched_rows(batch: Batch, labels: np.ndarray) -> Batch:
    """Rearrange a mini-batch so that neighbours have one class."""
    order = neighbours_of_one_class(labels, np.arange(len(labels)))
    return keras.tree.map_structure(lambda a: np.asarray(a)[order], batch)


Reader = Callable[[np.random.Generator], Iterable[Batch]]


def _reader(source: Any) -> tuple[Reader, Any, int]:
    """A function that reads the source once, its signature and length."""
    import tensorflow as tf

    if isinstance(source, keras.utils.PyDataset):
        count = source.num_batches
        require(
            count is not None and count > 0,
            "a `PyDataset` of known length > 0 (an endless one cannot be "
            "read twice; use `pairing='split'` with a `tf.data.Dataset`)",
            num_batches=count,
        )

        def read_py(generator: np.random.Generator) -> Iterator[Batch]:
            for index in generator.permutation(count):
                yield tuple(source[int(index)])

        return read_py, _signature_of(tuple(source[0])), count

    def read_tf(generator: np.random.Generator) -> Iterator[Batch]:
        return source.as_numpy_iterator()

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
        lambda leaf: _any_rows(leaf.shape, leaf.dtype), spec
    )
    return read_tf, signature, int(source.cardinality())


def _signature_of(batch: Batch) -> Any:
    arrays = keras.tree.map_structure(np.asarray, batch)
    return keras.tree.map_structure(
        lambda a: _any_rows(a.shape, a.dtype), arrays
    )


def _any_rows(shape: Any, dtype: Any) -> Any:
    import tensorflow as tf

    return tf.TensorSpec([None, *shape[1:]], dtype)


def _with_weights(signature: Batch, supervise: Supervise) -> Batch:
    """Signature after `add_first_weights`, found by trying it on two rows."""
    rows = keras.tree.map_structure(
        lambda leaf: np.zeros(
            [2, *(size or 1 for size in leaf.shape[1:])],
            leaf.dtype.as_numpy_dtype,
        ),
        signature,
    )
    weights = _signature_of((add_first_weights(rows, supervise)[2],))[0]
    return (*signature[:2], weights)

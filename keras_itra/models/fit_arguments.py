"""Turns what a user gives to `fit` into paired mini-batches."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import keras
import numpy as np

from keras_itra.data.class_ids import class_ids
from keras_itra.data.paired_batches import PairedBatches
from keras_itra.data.tf_streams import (
    is_tf_dataset,
    matched_rows,
    pair_stream,
)
from keras_itra.typing import Batch
from keras_itra.validation import require


class PairingOptions(NamedTuple):
    """How mini-batches are formed; see `ITRAModel`."""

    pairing: str
    sampling: str
    seed: int


class FitArguments(NamedTuple):
    """What Keras's own `fit` is called with.

    Attributes:
        data: Paired mini-batches.
        sample: A first mini-batch to look at, or None.
        callbacks: The user's, and what tells the data the epoch.
        validation_data: As given, or split off.
        validation_batch_size: As given, or m.
        shuffle: Whether Keras may shuffle the mini-batches.
    """

    data: Any
    sample: Batch | None
    callbacks: Any
    validation_data: Any
    validation_batch_size: int | None
    shuffle: bool


def paired_fit_arguments(
    options: PairingOptions,
    *,
    x: Any,
    y: Any,
    sample_weight: Any,
    batch_size: int | None,
    callbacks: Any,
    validation_split: float,
    validation_data: Any,
    shuffle: bool,
    initial_epoch: int,
    steps_per_epoch: int | None,
    validation_batch_size: int | None,
) -> FitArguments:
    """Pair the data of `fit`.

    Raises:
        ValueError: For data that cannot be paired.
    """
    require(
        not isinstance(x, PairedBatches),
        "arrays or mini-batches that are not paired yet: `ITRAModel.fit` "
        "pairs them",
        x=type(x).__name__,
    )
    is_dataset = is_tf_dataset(x) or isinstance(x, keras.utils.PyDataset)
    if is_dataset or isinstance(x, Iterator):
        require(
            y is None and sample_weight is None and batch_size is None,
            "no `y`, `sample_weight` and `batch_size` with a dataset, which "
            "brings its own",
            y=type(y).__name__,
            sample_weight=type(sample_weight).__name__,
            batch_size=batch_size,
        )
        require(
            not validation_split,
            "`validation_data` instead of `validation_split` with a dataset",
            validation_split=validation_split,
        )
        data, sample = (
            _pair_dataset(x, options, shuffle, initial_epoch)
            if is_dataset
            else (_pair_generator(x, options), None)
        )
        return FitArguments(
            data,
            sample,
            callbacks,
            validation_data,
            validation_batch_size,
            shuffle and data is x and isinstance(x, keras.utils.PyDataset),
        )
    require(
        keras.tree.flatten(x) != []
        and all(hasattr(leaf, "shape") for leaf in keras.tree.flatten(x)),
        "arrays, a `tf.data.Dataset`, a `keras.utils.PyDataset`, or (with "
        "`pairing='split'`) a generator",
        x=type(x).__name__,
    )
    arrays = (x, y, sample_weight)
    batch_size = 32 if batch_size is None else batch_size
    if validation_split and validation_data is None:
        arrays, validation_data = _split_off(arrays, validation_split)
    if isinstance(validation_data, (tuple, list)):
        validation_batch_size = validation_batch_size or batch_size
    batches = PairedBatches(
        arrays,
        batch_size,
        pairing=options.pairing,
        sampling=options.sampling,
        seed=options.seed,
        shuffle=shuffle,
        repeat=steps_per_epoch is not None,
    )
    return FitArguments(
        batches,
        batches[0],
        _with_epoch(callbacks, batches, steps_per_epoch),
        validation_data,
        validation_batch_size,
        False,
    )


def _pair_dataset(
    source: Any, options: PairingOptions, shuffle: bool, initial_epoch: int
) -> tuple[Any, Batch | None]:
    if isinstance(source, keras.utils.PyDataset):
        sample = tuple(source[0])
    else:
        sample = next(source.take(1).as_numpy_iterator())
        sample = sample if isinstance(sample, tuple) else (sample,)
    if options.pairing == "none":
        return source, sample
    paired = pair_stream(
        source,
        pairing=options.pairing,
        sampling=options.sampling,
        shuffle=shuffle,
        seed=options.seed,
        initial_epoch=initial_epoch,
    )
    return paired, sample


def _pair_generator(
    source: Iterator[Any], options: PairingOptions
) -> Iterator[Any]:
    require(
        options.pairing != "independent",
        "data that can be read twice for `pairing='independent'`; use "
        "`pairing='split'` with a generator",
        x=type(source).__name__,
    )
    require(
        options.sampling != "balanced",
        "arrays for `sampling='balanced'`, which needs the class counts",
        x=type(source).__name__,
    )
    if options.pairing == "none" or options.sampling == "random":
        return source

    def matched() -> Iterator[Batch]:
        for batch in source:
            yield matched_rows(tuple(batch), class_ids(batch[1]))

    return matched()


def _split_off(arrays: Batch, fraction: float) -> tuple[Batch, Batch]:
    """Split the last rows off for validation, as Keras does."""
    require(
        0.0 < fraction < 1.0,
        "`validation_split` between 0 and 1",
        validation_split=fraction,
    )
    rows = len(keras.tree.flatten(arrays)[0])
    border = int(np.floor(rows * (1.0 - fraction)))
    require(
        0 < border < rows,
        "enough rows for `validation_split`",
        rows=rows,
        validation_split=fraction,
    )

    def cut(part: slice) -> Batch:
        return keras.tree.map_structure(
            lambda a: None if a is None else a[part], arrays
        )

    return cut(slice(0, border)), cut(slice(border, rows))


def _with_epoch(
    callbacks: Any, batches: PairedBatches, steps_per_epoch: int | None
) -> Any:
    """Add the callback that tells the data which epoch starts.

    Keras decides on the first epoch late: `BackupAndRestore` moves it.
    """
    begun = False

    def on_epoch_begin(epoch: int, logs: Any = None) -> None:
        nonlocal begun
        if steps_per_epoch is None:
            batches.next_epoch = epoch
        elif not begun:
            batches.first_batch = epoch * steps_per_epoch
        begun = True

    teller = keras.callbacks.LambdaCallback(on_epoch_begin=on_epoch_begin)
    if isinstance(callbacks, keras.callbacks.CallbackList):
        callbacks.append(teller)
        return callbacks
    return [teller, *keras.tree.flatten(callbacks or [])]

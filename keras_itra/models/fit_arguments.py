"""Turns what a user gives to `fit` into paired mini-batches."""

from collections.abc import Iterator
from itertools import chain
from typing import Any, NamedTuple

import keras
import numpy as np

from keras_itra.data.class_ids import class_ids
from keras_itra.data.paired_batches import PairedBatches
from keras_itra.data.tf_datasets import is_tf_dataset
from keras_itra.data.tf_streams import matched_rows, pair_stream
from keras_itra.models.epochs import (
    Passes,
    from_the_start,
    with_epoch,
    with_position,
)
from keras_itra.typing import Batch
from keras_itra.validation import require, require_integer


class PairingOptions(NamedTuple):
    """How mini-batches are formed.

    Attributes:
        pairing: See `ITRAModel`.
        sampling: See `ITRAModel`.
        seed: See `ITRAModel`.
        endless: Whether the data must go on from epoch to epoch without end,
            as those of several replicas.
    """

    pairing: str
    sampling: str
    seed: int
    endless: bool = False


class FitArguments(NamedTuple):
    """What Keras's own `fit` is called with.

    Attributes:
        data: Paired mini-batches.
        sample: A first mini-batch to look at.
        callbacks: The user's, and what tells the data the epoch.
        validation_data: As given, or split off.
        validation_batch_size: As given, or m.
        shuffle: Whether Keras may shuffle the mini-batches.
        steps_per_epoch: As given, or the length of what was made endless.
        starts_at_epoch: Whether the data start with the mini-batches of the
            first epoch that runs, whichever that is.
    """

    data: Any
    sample: Batch
    callbacks: Any
    validation_data: Any
    validation_batch_size: int | None
    shuffle: bool
    steps_per_epoch: int | None
    starts_at_epoch: bool


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
    if steps_per_epoch is not None:
        require_integer("steps_per_epoch", steps_per_epoch, minimum=1)
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
        if not is_dataset:
            return FitArguments(
                *_pair_generator(x, options),
                callbacks,
                validation_data,
                validation_batch_size,
                False,
                steps_per_epoch,
                False,
            )
        passes = Passes(initial_epoch)
        data = _pair_dataset(x, options, shuffle, passes)
        length = int(data.cardinality()) if is_tf_dataset(data) else -1
        endless = options.endless and steps_per_epoch is None and length > 0
        if steps_per_epoch is None:
            callbacks = with_epoch(callbacks, passes, once=endless)
        else:
            callbacks = from_the_start(callbacks, passes, initial_epoch)
        return FitArguments(
            data.repeat() if endless else data,
            _first_of(x),
            callbacks,
            validation_data,
            validation_batch_size,
            shuffle and data is x and not is_tf_dataset(x),
            length if endless else steps_per_epoch,
            steps_per_epoch is None,
        )
    require(
        keras.tree.flatten(x) != [] and _are_arrays(x),
        "arrays, a `tf.data.Dataset`, a `keras.utils.PyDataset`, or (with "
        "`pairing='split'`, 'none' or 'queue') a generator",
        x=type(x).__name__,
    )
    y, sample_weight = _of_one_output(y), _of_one_output(sample_weight)
    for name, value in (("y", y), ("sample_weight", sample_weight)):
        require(
            value is None or hasattr(value, "shape"),
            f"`{name}` to be an array, of one output",
            **{name: type(value).__name__},
        )
    arrays = (x, y, sample_weight)
    batch_size = 32 if batch_size is None else batch_size
    if validation_split and validation_data is None:
        arrays, validation_data = split_off(arrays, validation_split)
    if isinstance(validation_data, (tuple, list)):
        validation_batch_size = validation_batch_size or batch_size
    batches = PairedBatches(
        arrays,
        batch_size,
        pairing=options.pairing,
        sampling=options.sampling,
        seed=options.seed,
        shuffle=shuffle,
        repeat=options.endless or steps_per_epoch is not None,
    )
    if options.endless and steps_per_epoch is None:
        steps_per_epoch = batches.steps_per_epoch
    return FitArguments(
        batches,
        batches[0],
        with_position(callbacks, batches, steps_per_epoch),
        validation_data,
        validation_batch_size,
        False,
        steps_per_epoch,
        True,
    )


def _are_arrays(nested: Any) -> bool:
    return all(hasattr(leaf, "shape") for leaf in keras.tree.flatten(nested))


def _of_one_output(arrays: Any) -> Any:
    """An array that stands alone in a list or tuple, as Keras takes it."""
    alone = isinstance(arrays, (list, tuple)) and len(arrays) == 1
    return arrays[0] if alone and _are_arrays(arrays) else arrays


def _pair_dataset(
    source: Any, options: PairingOptions, shuffle: bool, passes: Passes
) -> Any:
    _require_unbalanced(source, options)
    plain = options.pairing == "none"
    if plain and (is_tf_dataset(source) or not options.endless):
        return source
    return pair_stream(
        source,
        pairing=options.pairing,
        sampling="random" if plain else options.sampling,
        shuffle=shuffle,
        seed=options.seed,
        passes=passes,
    )


def _require_unbalanced(source: Any, options: PairingOptions) -> None:
    require(
        options.sampling != "balanced",
        "arrays for `sampling='balanced'`, which needs the class counts",
        x=type(source).__name__,
    )


def _first_of(source: Any) -> Batch:
    if isinstance(source, keras.utils.PyDataset):
        return tuple(source[0])
    return _first_drawn(source.take(1).as_numpy_iterator())


def _first_drawn(source: Iterator[Any]) -> Batch:
    first = next(source, None)
    require(first is not None, "data of mini-batches", mini_batches=0)
    return tuple(first) if isinstance(first, (tuple, list)) else (first,)


def _pair_generator(
    source: Iterator[Any], options: PairingOptions
) -> tuple[Iterator[Batch], Batch]:
    """Paired mini-batches, and the first one as it came."""
    require(
        not options.endless,
        "arrays, a `tf.data.Dataset` or a `keras.utils.PyDataset` on several "
        "replicas",
        x=type(source).__name__,
    )
    require(
        options.pairing != "independent",
        "data that can be read twice for `pairing='independent'`; use "
        "`pairing='split'`, 'none' or 'queue' with a generator",
        x=type(source).__name__,
    )
    _require_unbalanced(source, options)
    as_it_comes = options.pairing == "none" or options.sampling == "random"
    first = _first_drawn(source)

    def paired() -> Iterator[Batch]:
        for batch in chain([first], source):
            parts = keras.utils.unpack_x_y_sample_weight(batch)
            rows = keras.utils.pack_x_y_sample_weight(*parts)
            if as_it_comes:
                yield rows
            else:
                yield matched_rows(rows, class_ids(rows[1]))

    return paired(), first


def split_off(arrays: Batch, fraction: float) -> tuple[Batch, Batch]:
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

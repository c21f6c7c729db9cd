"""`PairedBatches` as a `tf.data.Dataset`, at the price of plain `fit`.

Python is asked once an epoch, for the order; TensorFlow gathers the rows. A
mini-batch has a static number of rows where all have the same, as in plain
`fit`: TensorFlow then computes means and their gradients for less.
"""

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import keras
import numpy as np

from keras_itra.data.paired_batches import PairedBatches
from keras_itra.data.tf_datasets import (
    map_dataset,
    require_no_weights,
    weights_by_class,
)


def array_dataset(
    batches: PairedBatches,
    class_weight: dict[int, float] | None = None,
    preprocess: Callable[..., Any] | None = None,
) -> Any:
    """Read paired arrays through `tf.data`.

    Every pass is the epoch `batches.next_epoch`, which then moves on; an
    endless stream starts at `batches.first_batch`.

    Args:
        batches: The paired arrays.
        class_weight: As in `keras.Model.fit`.
        preprocess: Takes a mini-batch `x, y[, sample_weight]`, in a graph,
            and returns another. Defaults to what the arrays hold.

    Returns:
        `tf.data.Dataset` of the mini-batches of `batches`.

    Raises:
        ValueError: If there are both sample weights and class weights.
    """
    import tensorflow as tf

    rows, steps = batches.rows, batches.steps_per_epoch
    endless = batches.num_batches is None
    static = batches.rows_of_last_batch == rows

    def orders() -> Iterator[np.ndarray]:
        if not endless:
            batches.next_epoch += 1
            yield batches.order(batches.next_epoch - 1)
            return
        passes, first = divmod(batches.first_batch, steps)
        for epoch in itertools.count(batches.epoch + passes):
            yield batches.order(epoch)[first * rows :]
            first = 0

    def cut(order: Any) -> Any:
        full = tf.shape(order)[0] // rows * rows
        slices = tf.data.Dataset.from_tensor_slices(
            tf.reshape(order[:full], [-1, rows])
        )
        if static:
            return slices
        return slices.concatenate(tf.data.Dataset.from_tensors(order[full:]))

    # `tf.data` takes a list for one tensor.
    data = keras.tree.lists_to_tuples(batches.arrays)
    if class_weight is not None:
        require_no_weights(data, class_weight)
        data = (*data, weights_by_class(data[1], class_weight))
    with tf.device("CPU"):
        arrays = keras.tree.map_structure(tf.convert_to_tensor, data)

    def gather(indices: Any) -> Any:
        return keras.tree.map_structure(
            lambda array: tf.gather(array, indices), arrays
        )

    dataset = (
        tf.data.Dataset.from_generator(
            orders, output_signature=tf.TensorSpec([None], tf.int64)
        )
        .flat_map(cut)
        .apply(
            tf.data.experimental.assert_cardinality(
                tf.data.INFINITE_CARDINALITY if endless else steps
            )
        )
        .map(gather, num_parallel_calls=tf.data.AUTOTUNE)
    )
    if preprocess is None:
        return dataset.prefetch(tf.data.AUTOTUNE)
    return map_dataset(dataset, preprocess)

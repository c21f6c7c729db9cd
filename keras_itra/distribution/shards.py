"""Cuts paired mini-batches into one shard per replica."""

import atexit
import functools
import gc
import sys
from typing import Any

from keras_itra.distribution.strategies import local_replicas
from keras_itra.validation import require

_ENOUGH = (
    "at least one pair (unpaired: one row) per replica in every mini-batch"
)


def require_shards(rows: int, strategy: Any, *, unit: int) -> None:
    """Refuse a mini-batch that leaves a replica without a unit.

    Args:
        rows: Rows of the mini-batch.
        strategy: As for `distribute`.
        unit: As for `distribute`.

    Raises:
        ValueError: If there are fewer units than replicas.
    """
    replicas = strategy.num_replicas_in_sync
    require(
        rows // unit >= replicas,
        f"{_ENOUGH}; choose another `batch_size`",
        rows_of_smallest_mini_batch=rows,
        replicas=replicas,
    )


def distribute(dataset: Any, strategy: Any, *, unit: int) -> Any:
    """Distribute global mini-batches over the replicas of a strategy.

    TensorFlow itself would cut a remainder such that pairs are torn apart
    and the last replicas get nothing.

    Args:
        dataset: `tf.data.Dataset` of global mini-batches. In a strategy of
            several workers each of them reads the same one and keeps its
            own shards.
        strategy: A `tf.distribute.Strategy`.
        unit: Rows that must stay together: 2 for pairs.

    Returns:
        `tf.distribute.DistributedDataset`. The shards of a mini-batch differ
        by at most one unit, and rows that make no unit join the last one. A
        mini-batch of fewer units than replicas raises
        `tf.errors.InvalidArgumentError` when it is read.
    """
    import tensorflow as tf

    _free_iterators_at_exit()
    replicas = strategy.num_replicas_in_sync

    def of_worker(context: Any) -> Any:
        count = local_replicas(strategy)
        first = context.input_pipeline_id * count

        def shards(*batch: Any) -> Any:
            rows = tf.shape(tf.nest.flatten(batch)[0])[0]
            units = rows // unit
            enough = tf.debugging.Assert(
                units >= replicas,
                [
                    f"Expected {_ENOUGH}. Received: (replicas, rows) =",
                    replicas,
                    rows,
                ],
            )

            def shard(replica: Any) -> Any:
                start = replica * units // replicas * unit
                stop = (replica + 1) * units // replicas * unit
                # A row without a partner stays with the last pair: alone it
                # would be the whole S1 of its replica.
                stop = tf.where(replica + 1 == replicas, rows, stop)
                return tf.nest.map_structure(
                    lambda tensor: tensor[start:stop], batch
                )

            with tf.control_dependencies([enough]):
                own = tf.range(first, first + count)
            return tf.data.Dataset.from_tensor_slices(own).map(shard)

        return dataset.flat_map(shards).prefetch(2 * count)

    return strategy.distribute_datasets_from_function(of_worker)


@functools.cache
def _free_iterators_at_exit() -> None:
    """Let a process end in which training failed.

    The traceback holds the iterator. TensorFlow would free it when Python is
    gone, and wait forever for the Python generator that it reads.
    """

    def free() -> None:
        for name in ("last_exc", "last_value", "last_traceback"):
            if hasattr(sys, name):
                setattr(sys, name, None)
        gc.collect()

    atexit.register(free)

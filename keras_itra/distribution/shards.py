"""Cuts paired mini-batches into one shard per replica."""

from typing import Any

from keras_itra.distribution.strategies import local_replicas


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
        by at most one unit; a mini-batch of fewer units than replicas raises
        `tf.errors.InvalidArgumentError` when it is read.
    """
    import tensorflow as tf

    replicas = strategy.num_replicas_in_sync

    def of_worker(context: Any) -> Any:
        count = local_replicas(strategy)
        first = context.input_pipeline_id * count

        def shards(*batch: Any) -> Any:
            rows = tf.shape(tf.nest.flatten(batch)[0])[0]
            units = (rows + unit - 1) // unit
            enough = tf.debugging.assert_greater_equal(
                units,
                replicas,
                "Expected at least one "
                + ("pair" if unit == 2 else "row")
                + " per replica in every mini-batch.",
            )

            def shard(replica: Any) -> Any:
                start = replica * units // replicas * unit
                stop = (replica + 1) * units // replicas * unit
                return tf.nest.map_structure(
                    lambda tensor: tensor[start:stop], batch
                )

            with tf.control_dependencies([enough]):
                own = tf.range(first, first + count)
            return tf.data.Dataset.from_tensor_slices(own).map(shard)

        return dataset.flat_map(shards).prefetch(2 * count)

    return strategy.distribute_datasets_from_function(of_worker)

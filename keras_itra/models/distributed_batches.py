"""Paired mini-batches for the replicas of a strategy."""

from collections.abc import Callable
from typing import Any

from keras_itra.data.paired_batches import PairedBatches
from keras_itra.data.tf_arrays import array_dataset
from keras_itra.data.tf_datasets import with_class_weight
from keras_itra.distribution.shards import distribute, require_shards


def distribute_batches(
    batches: Any,
    strategy: Any,
    pairing: str,
    class_weight: dict[int, float] | None,
    preprocess: Callable[..., Any] | None = None,
) -> Any:
    """Distribute the mini-batches of `fit`.

    Args:
        batches: From `paired_fit_arguments`, endless.
        strategy: A `tf.distribute.Strategy` of several replicas.
        pairing: See `ITRAModel`.
        class_weight: As in Keras.
        preprocess: For the mini-batches of arrays; see `array_dataset`.

    Returns:
        `tf.distribute.DistributedDataset`.

    Raises:
        ValueError: If the last mini-batch of an epoch of arrays has fewer
            pairs than there are replicas.
    """
    unit = 1 if pairing == "none" else 2
    if isinstance(batches, PairedBatches):
        require_shards(batches.rows_of_last_batch, strategy, unit=unit)
        batches = array_dataset(batches, class_weight, preprocess)
    elif class_weight is not None:
        batches = with_class_weight(batches, class_weight)
    return distribute(batches, strategy, unit=unit)

"""Small tools for `tf.data`."""

import math
import sys
from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from keras_itra.typing import Batch
from keras_itra.validation import require


def is_tf_dataset(data: Any) -> bool:
    """Whether `data` is a `tf.data.Dataset`; does not import TensorFlow."""
    tf = sys.modules.get("tensorflow")
    return tf is not None and isinstance(data, tf.data.Dataset)


def batch_arrays(arrays: Any, batch_size: int) -> Any:
    """A `tf.data.Dataset` of plain mini-batches of arrays, in their order."""
    import tensorflow as tf

    with tf.device("CPU"):
        return tf.data.Dataset.from_tensor_slices(arrays).batch(batch_size)


def map_dataset(dataset: Any, function: Callable[..., Any]) -> Any:
    """Map a function over mini-batches, several at once and ahead of time."""
    import tensorflow as tf

    return dataset.map(function, num_parallel_calls=tf.data.AUTOTUNE).prefetch(
        tf.data.AUTOTUNE
    )


def with_class_weight(dataset: Any, class_weight: dict[int, float]) -> Any:
    """Give every row the weight of its class, as Keras does for arrays.

    Raises:
        ValueError: If the mini-batches have sample weights already.
    """
    import tensorflow as tf

    require_no_weights(dataset.element_spec, class_weight)

    def weights_of(labels: np.ndarray) -> np.ndarray:
        return weights_by_class(labels, class_weight)

    def weighted(x: Any, y: Any) -> Batch:
        weights = tf.numpy_function(weights_of, [y], tf.float32)
        weights.set_shape([None])
        return x, y, weights

    return dataset.map(weighted)


def require_no_weights(batch: Any, class_weight: dict[int, float]) -> None:
    """Refuse sample weights beside `class_weight`.

    Raises:
        ValueError: If the mini-batches have sample weights already.
    """
    require(
        len(batch) == 2,
        "either `class_weight` or sample weights",
        class_weight=class_weight,
    )


def weights_by_class(
    labels: np.ndarray, class_weight: dict[int, float]
) -> np.ndarray:
    """The weight of each row's class, as Keras reads it; 1 without one."""
    width = math.prod(labels.shape[1:])
    labels = np.reshape(labels, (len(labels), width))
    several = labels.shape[1] > 1
    classes = labels.argmax(axis=1) if several else np.round(labels[:, 0])
    weights = [class_weight.get(int(k), 1.0) for k in classes]
    return np.asarray(weights, dtype="float32")


def signature_of(batch: Batch) -> Any:
    """`tf.TensorSpec`s of a mini-batch, for any number of rows."""
    arrays = keras.tree.map_structure(np.asarray, batch)
    return keras.tree.map_structure(
        lambda a: any_rows(a.shape, a.dtype), arrays
    )


def any_rows(shape: Any, dtype: Any) -> Any:
    """A `tf.TensorSpec` for any number of rows."""
    import tensorflow as tf

    return tf.TensorSpec([None, *shape[1:]], dtype)

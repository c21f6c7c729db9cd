"""What the workers of a strategy owe each other: equal data, and to stay."""

import contextlib
import hashlib
import numbers
from collections.abc import Iterator
from typing import Any

import keras
import numpy as np

from keras_itra.distribution.strategies import is_multi_worker, local_replicas
from keras_itra.validation import require

_LENGTH = 24


def require_agreement(strategy: Any, **values: Any) -> None:
    """Refuse to train on workers that do not hold the same values.

    All workers must call it, with the same names. With one worker it does
    nothing.

    Args:
        strategy: A `tf.distribute.Strategy`, or None.
        **values: Numbers, None, strings, or nested structures of arrays.
            Checksums stand for the latter two.

    Raises:
        ValueError: On every worker, if any value differs between two of them.

    Example:

    ```python
    from keras_itra.distribution.workers import require_agreement

    require_agreement(None, seed=0)  # one worker agrees with itself
    ```
    """
    if not _has_several_workers(strategy):
        return
    import tensorflow as tf

    # The collectives of TensorFlow carry numbers.
    texts = [_fingerprint(value).ljust(_LENGTH) for value in values.values()]
    own = tf.constant([[[ord(c) for c in text] for text in texts]], tf.int32)
    everyone = strategy.gather(
        strategy.experimental_distribute_values_from_function(lambda _: own),
        axis=0,
    ).numpy()
    by_worker = everyone[:: local_replicas(strategy)]
    differing = {
        name: ["".join(map(chr, text)).strip() for text in by_worker[:, index]]
        for index, name in enumerate(values)
        if (by_worker[:, index] != by_worker[0, index]).any()
    }
    require(
        not differing,
        f"every worker to have the same {', '.join(differing)}. Give all of "
        "them the same data and arguments, and a seed to the model and to "
        "every shuffle, which otherwise is drawn at random",
        **differing,
    )


@contextlib.contextmanager
def lost_worker_named(strategy: Any) -> Iterator[None]:
    """Say what has happened when a worker is lost.

    TensorFlow notices it by missing heartbeats, after about ten seconds, and
    aborts whatever the others are computing.

    Args:
        strategy: A `tf.distribute.Strategy`, or None.

    Raises:
        RuntimeError: On the workers that are left.
    """
    if not _has_several_workers(strategy):
        yield
        return
    import tensorflow as tf

    try:
        yield
    except (
        tf.errors.AbortedError,
        tf.errors.CancelledError,
        tf.errors.DeadlineExceededError,
        tf.errors.UnavailableError,
    ) as error:
        raise RuntimeError(
            "Expected all workers to stay until the end of `fit`. A worker "
            "was lost, and the others cannot go on without it. Restart all "
            "workers; with `keras_itra.callbacks.ExactBackup` they continue "
            f"after the last backup. Received: error={type(error).__name__}"
        ) from error


def _has_several_workers(strategy: Any) -> bool:
    return strategy is not None and is_multi_worker(strategy)


def _fingerprint(value: Any) -> str:
    """A text of at most `_LENGTH` characters, other for other values."""
    if value is None or isinstance(value, numbers.Number):
        return repr(value)[:_LENGTH]
    digest = hashlib.sha256()
    for path, leaf in keras.tree.flatten_with_path(value):
        array = np.asarray(leaf)
        digest.update(repr((path, array.shape, str(array.dtype))).encode())
        # The bytes of objects would be their addresses.
        data = array.tolist() if array.dtype.hasobject else array.tobytes()
        digest.update(data if isinstance(data, bytes) else repr(data).encode())
    return digest.hexdigest()[:12]

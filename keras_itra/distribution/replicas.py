"""Exchange of tensors between the replicas that share a mini-batch.

Every replica computes the same loss L of the same exchanged tensors, and
Keras differentiates L / N on each of the N replicas and adds the gradients
up. The true gradient of an exchange would add up the cotangents of all
replicas; they are equal, so it is N times the own one and needs no second
communication. N * 1/N = 1, and what Keras adds up is the gradient of L.
"""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import keras
from keras import ops

from keras_itra.distribution.strategies import (
    is_multi_worker,
    local_replicas,
    require_supported_strategy,
)
from keras_itra.typing import Tensor


def replica_count() -> int:
    """Number of replicas that compute this step together.

    Returns:
        1 outside of a training step under `tf.distribute`, and on every
        backend but TensorFlow.
    """
    context = _replica_context()
    return 1 if context is None else int(context.num_replicas_in_sync)


def gather_rows(tensors: Any) -> Any:
    """Rows of all replicas, in the order of the replicas.

    Args:
        tensors: Nested structure of tensors `(rows, ...)`; None stays None.
            The number of rows may differ between replicas and tensors.

    Returns:
        The same structure of tensors `(all rows, ...)`. The gradient reaches
        the own rows only, times the number of replicas: the gradient of a
        computation that every replica does alike and whose result is divided
        by the number of replicas. On one replica, the tensors themselves.

    Example:

    ```python
    from keras import ops
    from keras_itra.distribution import gather_rows

    rows = ops.ones((4, 2))
    assert gather_rows(rows) is rows  # on one replica
    ```
    """
    context = _replica_context()
    if context is None:
        return tensors
    own = [
        ops.convert_to_tensor(leaf)
        for leaf in keras.tree.flatten(tensors)
        if leaf is not None
    ]
    if is_multi_worker(context.strategy):
        values, rows = _gathered_by_collectives(context, own)
    else:
        values, rows = _gathered_in_process(context, own)
    gathered = iter(
        [
            _own_gradient(*leaf, context)
            for leaf in zip(own, values, rows, strict=True)
        ]
    )
    return keras.tree.map_structure(
        lambda leaf: None if leaf is None else next(gathered), tensors
    )


def sum_over_replicas(tensor: Tensor) -> Tensor:
    """Sum of a tensor over the replicas.

    Args:
        tensor: Of one shape on every replica.

    Returns:
        The sum; its gradient is that of `gather_rows`.

    Example:

    ```python
    from keras import ops
    from keras_itra.distribution import sum_over_replicas

    total = ops.ones((3,))
    assert sum_over_replicas(total) is total  # on one replica
    ```
    """
    context = _replica_context()
    if context is None:
        return tensor
    own = ops.stop_gradient(tensor)
    if is_multi_worker(context.strategy):
        import tensorflow as tf

        total = context.all_reduce(tf.distribute.ReduceOp.SUM, own)
    else:
        values, _ = _gathered_in_process(context, [own[None]])
        total = ops.sum(values[0], axis=0)
    return _own_gradient(tensor, total, None, context)


@contextlib.contextmanager
def one_list_of_replicas() -> Iterator[Callable[[Tensor], Tensor]]:
    """Add to a list that the replicas of a process have in common.

    The replicas of a process are threads that run one after the other, and a
    Keras layer has one list of added losses for all of them: a replica would
    find those of the replicas before it in there.

    Yields:
        A function of a scalar: its share of the value, with its whole
        gradient. Every replica finds the shares of all: their sum is the
        mean of the values, and has the gradient of the own value.

    Example:

    ```python
    from keras_itra.distribution import one_list_of_replicas

    losses = []
    with one_list_of_replicas() as share:
        losses.append(share(1.0))
    assert losses == [1.0]  # on one replica
    ```
    """
    context = _replica_context()
    if context is None:
        yield lambda value: value
        return
    count = local_replicas(context.strategy)

    def share(value: Tensor) -> Tensor:
        constant = ops.stop_gradient(value)
        return constant / count + (value - constant)

    def wait(strategy: Any) -> None:
        """Reached by all replicas before any of them goes on."""

    context.merge_call(wait)  # The list is empty.
    yield share
    context.merge_call(wait)  # The list is complete.


def _gathered_in_process(
    context: Any, own: list[Tensor]
) -> tuple[list[Tensor], list[Tensor]]:
    """Rows of all replicas, and how many come from which.

    A concatenation, no collective: TensorFlow confuses the collectives of two
    strategies in one process, as when the cell of a notebook runs again.
    """
    import tensorflow as tf

    def of_all_replicas(strategy: Any, *tensors: Any) -> list[Any]:
        return [strategy.experimental_local_results(t) for t in tensors]

    parts = context.merge_call(
        of_all_replicas, args=[ops.stop_gradient(leaf) for leaf in own]
    )
    return (
        [tf.concat(part, axis=0) for part in parts],
        [ops.stack([ops.shape(p)[0] for p in part]) for part in parts],
    )


def _gathered_by_collectives(
    context: Any, own: list[Tensor]
) -> tuple[list[Tensor], list[Tensor]]:
    counts = ops.stack([ops.shape(leaf)[0] for leaf in own])
    counts = context.all_gather(counts[None], axis=0)
    values = []
    for leaf in own:
        dtype = keras.backend.standardize_dtype(leaf.dtype)
        sent = ops.cast(leaf, "int32") if dtype == "bool" else leaf
        value = context.all_gather(ops.stop_gradient(sent), axis=0)
        # The collective forgets the shape of a row.
        value.set_shape((None, *leaf.shape[1:]))
        values.append(ops.cast(value, dtype))
    return values, ops.unstack(counts, axis=1, num=len(own))


def _own_gradient(
    own: Tensor, value: Tensor, rows: Tensor | None, context: Any
) -> Tensor:
    """`value`, with N times its gradient for the own tensor.

    Args:
        own: What this replica sent.
        value: What all replicas made of it.
        rows: Rows of each replica in `value`, if these are its rows.
        context: The replica context.
    """
    import tensorflow as tf

    @tf.custom_gradient
    def exchanged(own: Tensor) -> Any:
        def gradient(upstream: Tensor) -> Tensor:
            if rows is not None:
                index = context.replica_id_in_sync_group
                start = ops.sum(rows[:index])
                upstream = upstream[start : start + rows[index]]
            count = ops.cast(context.num_replicas_in_sync, upstream.dtype)
            return upstream * count

        return tf.identity(value), gradient

    return exchanged(own)


def _replica_context() -> Any:
    """The context of a step that several replicas share, or None."""
    if keras.backend.backend() != "tensorflow":
        return None
    import tensorflow as tf

    # None where the replicas are seen from outside, as when Keras builds.
    context = tf.distribute.get_replica_context()
    if context is None or context.num_replicas_in_sync == 1:
        return None
    require_supported_strategy(context.strategy)
    return context

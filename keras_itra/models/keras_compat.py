"""The only place that touches private attributes of Keras."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import keras

from keras_itra.distribution.strategies import is_multi_worker, strategy_of


class Call(NamedTuple):
    """A call of a layer in a functional graph.

    Attributes:
        operation: The layer or operation.
        inputs: The tensors it was called on; none for an `Input`.
        argument: Its first argument as it was passed, a tensor or a nested
            structure of tensors; None for an `Input`.
    """

    operation: Any
    inputs: list[Any]
    argument: Any


def producer(tensor: Any) -> Call:
    """The call that made a tensor of a functional graph."""
    history = tensor._keras_history
    node = history.operation._inbound_nodes[history.node_index]
    arguments = node.arguments.args
    return Call(
        history.operation,
        list(node.input_tensors),
        arguments[0] if arguments else None,
    )


def applied_updates(optimizer: Any, values: list[Any]) -> Any:
    """Updates that an optimizer has applied, in a step of JAX.

    Args:
        optimizer: The optimizer, whose own variables are out of use there.
        values: The values of `optimizer.variables`.
    """
    inner = getattr(optimizer, "inner_optimizer", optimizer)
    steps = position(inner._iterations, optimizer.variables)
    return values[steps] // (inner.gradient_accumulation_steps or 1)


def loss_of(identifier: Any, y_true: Any, y_pred: Any) -> Any:
    """The `keras.losses.Loss` that Keras makes of what `compile` was given.

    Args:
        identifier: A loss, a function, a name, or None.
        y_true: Targets, by whose shape "crossentropy" is resolved.
        y_pred: Outputs, likewise.

    Returns:
        The loss; None for None.
    """
    from keras.src.trainers import compile_utils

    return compile_utils.get_loss(identifier, y_true, y_pred)


def mask_of(tensor: Any) -> Any:
    """The mask that a layer has left on its output, or None."""
    from keras.src.backend.common import masking

    return masking.get_keras_mask(tensor)


def with_mask(tensor: Any, mask: Any) -> Any:
    """The tensor, with a mask for the layers that it is given to."""
    from keras.src.backend.common import masking

    masking.set_keras_mask(tensor, mask)
    return tensor


def is_called_by_another(layer: Any) -> bool:
    """Whether a layer that is being called stands within another one.

    False under JAX where Keras trains the other one, which it does not call.
    """
    from keras.src.backend.common import global_state

    context = global_state.get_global_attribute("current_call_ctx")
    return context is not None and context.entry_layer is not layer


def compiled_metrics(model: keras.Model) -> list[Any]:
    """The metrics that `compile` was given: objects, functions and names."""
    compiled = model._compile_metrics
    if compiled is None:
        return []
    given = (compiled._user_metrics, compiled._user_weighted_metrics)
    return [m for m in keras.tree.flatten(given) if m is not None]


def autocast(model: Any) -> Any:
    """The scope in which Keras calls a model: it casts weights that are read.

    Args:
        model: Whose dtype policy holds.
    """
    from keras.src.backend.common import variables

    return variables.AutocastScope(model.compute_dtype)


def position(variable: Any, variables: list[Any]) -> int:
    """Where a variable stands among others."""
    return next(i for i, other in enumerate(variables) if other is variable)


class DistributedTrainer(keras.Model):
    """Mends what Keras's `fit` does wrong under `tf.distribute`.

    * `_maybe_symbolic_build` averages the first mini-batch over the replicas:
      that fails for shards of different sizes, and across workers.
    * The logs of a step are averaged over the workers along their first axis,
      and scalars have none.
    * The logs of `evaluate` are means over the replicas, not over the rows,
      unless every metric of the model is among them.

    The first two:
    https://github.com/keras-team/keras/issues/20585
    https://github.com/tensorflow/tensorflow/issues/72388
    """

    def _maybe_symbolic_build(
        self, iterator: Any = None, data_batch: Any = None
    ) -> None:
        strategy = strategy_of(self)
        if strategy is not None and iterator is not None:
            _, _, batches = next(iter(iterator))
            data_batch = keras.tree.map_structure(
                lambda value: strategy.experimental_local_results(value)[0],
                next(batches),
            )
            iterator = None
        super()._maybe_symbolic_build(iterator, data_batch)

    def train_step(self, *args: Any) -> Any:
        return self._with_axis(super().train_step(*args))

    def test_step(self, *args: Any) -> Any:
        return self._with_axis(super().test_step(*args))

    def _get_metrics_result_or_logs(self, logs: Any) -> Any:
        if strategy_of(self) is None:
            return super()._get_metrics_result_or_logs(logs)
        results = self.get_metrics_result()
        return {name: results.get(name, log) for name, log in logs.items()}

    def _with_axis(self, logs: Any) -> Any:
        strategy = strategy_of(self)
        if strategy is None or not is_multi_worker(strategy):
            return logs
        return keras.tree.map_structure(lambda value: value[None], logs)


def evaluates_within_fit(arguments: Mapping[str, Any]) -> bool:
    """Whether `fit` called `evaluate`, with what it made of the data before.

    Args:
        arguments: Keywords that `evaluate` was called with.
    """
    return arguments.get("_use_cached_eval_dataset", False)


def start_at_epoch(model: keras.Model, epoch: int | None) -> None:
    """Let the `fit` that has begun start at an epoch; None: at its own."""
    model._initial_epoch = epoch


def global_seed_state(create: bool = False) -> Any:
    """State of the generator behind unseeded `keras.random`.

    Args:
        create: Whether to make the generator if there is none.

    Returns:
        A variable, or None.
    """
    from keras.src.backend.common import global_state
    from keras.src.random import seed_generator

    name = seed_generator.GLOBAL_SEED_GENERATOR
    if not create and global_state.get_global_attribute(name) is None:
        return None
    return seed_generator.global_seed_generator().state

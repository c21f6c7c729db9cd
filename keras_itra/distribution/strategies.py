"""Which strategies of `tf.distribute` are supported, and with what."""

from contextlib import AbstractContextManager, nullcontext
from typing import Any

import keras

from keras_itra.validation import require


def strategy_of(model: Any) -> Any:
    """The strategy that trains a model, if it has several replicas.

    Args:
        model: A `keras.Model`.

    Returns:
        A `tf.distribute.Strategy`, or None for one replica and on every
        backend but TensorFlow.

    Raises:
        ValueError: If the strategy is not supported.
    """
    if keras.backend.backend() != "tensorflow":
        return None
    import tensorflow as tf

    strategy = model.distribute_strategy
    outside = not tf.distribute.has_strategy()
    if outside and strategy is tf.distribute.get_strategy():
        return None  # The default strategy, of one device.
    require_supported_strategy(strategy)
    return strategy if strategy.num_replicas_in_sync > 1 else None


def scope_of(model: Any) -> AbstractContextManager[Any]:
    """Where what belongs to a model is made: in the scope of its strategy."""
    strategy = strategy_of(model)
    return nullcontext() if strategy is None else strategy.scope()


def local_replicas(strategy: Any) -> int:
    """Number of replicas of a strategy in this process."""
    return len(strategy.extended.worker_devices)


def is_multi_worker(strategy: Any) -> bool:
    """Whether the replicas of a strategy live in several processes."""
    return local_replicas(strategy) < strategy.num_replicas_in_sync


def require_supported_strategy(strategy: Any) -> None:
    """Refuse strategies whose replicas do not compute one step together.

    Raises:
        ValueError: For any but `OneDeviceStrategy`, `MirroredStrategy` and
            `MultiWorkerMirroredStrategy`.
    """
    import tensorflow as tf

    require(
        isinstance(
            strategy,
            (
                tf.distribute.MirroredStrategy,
                tf.distribute.MultiWorkerMirroredStrategy,
                tf.distribute.OneDeviceStrategy,
            ),
        ),
        "one device, `MirroredStrategy` or `MultiWorkerMirroredStrategy`",
        strategy=type(strategy).__name__,
    )


def require_trainable(model: Any, strategy: Any) -> None:
    """Refuse a model that cannot be trained on several replicas.

    Args:
        model: A compiled `keras.Model`.
        strategy: From `strategy_of`.

    Raises:
        ValueError: For variables from outside of the strategy's scope, and
            for what plain Keras cannot do on several replicas either:
            `jit_compile`, `steps_per_execution` and gradient accumulation.
    """
    outside = [
        variable.path
        for variable in [*model.variables, *model.optimizer.variables]
        if not strategy.extended.variable_created_in_scope(variable.value)
    ]
    require(
        not outside,
        "the model, its alignment and its optimizer to be created inside "
        "`strategy.scope()`",
        variables_from_outside=outside[:3],
    )
    # A `LossScaleOptimizer` wraps the one that accumulates.
    inner = getattr(model.optimizer, "inner_optimizer", model.optimizer)
    accumulation = inner.gradient_accumulation_steps
    for condition, expected, received in (
        (
            model.jit_compile is not True,
            "`jit_compile=False`",
            {"jit_compile": model.jit_compile},
        ),
        (
            model.steps_per_execution == 1,
            "`steps_per_execution=1`",
            {"steps_per_execution": model.steps_per_execution},
        ),
        (
            not accumulation,
            "no gradient accumulation",
            {"gradient_accumulation_steps": accumulation},
        ),
    ):
        require(
            condition,
            f"{expected} on several replicas, where Keras fails with it",
            **received,
        )

"""The two gradients of a training step: supervised loss and alignment."""

import functools
from collections.abc import Callable
from typing import Any, NamedTuple

import keras
from keras import ops

from keras_itra.diagnostics.backend_gradients import compiled, gradients
from keras_itra.distribution.strategies import strategy_of
from keras_itra.models import ITRAModel
from keras_itra.typing import Tensor
from keras_itra.validation import require


class StepGradients(NamedTuple):
    """Gradients by `model.trainable_variables`, in their order.

    Attributes:
        supervised: Of the compiled loss and the regularizers.
        alignment: Of the alignment, at weight 1.
    """

    supervised: list[Tensor]
    alignment: list[Tensor]


def step_gradients(
    model: ITRAModel, x: Any, y: Any, sample_weight: Any = None
) -> StepGradients:
    """The two gradients of a training step, which is not taken.

    ```
    grad(step) = supervised + alignment_weight * alignment
    ```

    Args:
        model: As for `alignment_share`.
        x: As for `alignment_share`.
        y: As for `alignment_share`.
        sample_weight: As for `alignment_share`.

    Returns:
        Tensors of the backend by `model.trainable_variables`.

    Raises:
        ValueError: As `alignment_share`.

    Example:

    ```python
    import keras
    import numpy as np
    import keras_itra

    classifier = keras.Sequential(
        [
            keras.Input((3,)),
            keras.layers.Dense(4, activation="relu", name="hidden"),
            keras.layers.Dense(2, name="logits"),
        ]
    )
    model = keras_itra.ITRAModel.from_model(classifier)
    model.compile(
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    )
    x = np.random.default_rng(0).normal(size=(8, 3)).astype("float32")
    y = np.array([0, 0, 1, 1, 0, 0, 1, 1])
    supervised, alignment = keras_itra.diagnostics.step_gradients(model, x, y)
    # The alignment is one of features: the last layer has no part in it.
    assert not np.any(np.asarray(alignment[-1]))
    ```
    """
    _require_step(model)
    return _evaluate(_pure(model), model, x, y, sample_weight)


def compiled_step_gradients(
    model: ITRAModel,
) -> Callable[..., StepGradients]:
    """`step_gradients` for many mini-batches of one model, compiled.

    Args:
        model: As for `alignment_share`.

    Returns:
        A function of `x`, `y` and optionally `sample_weight`. It sees the
        weights as they are when it is called.

    Raises:
        ValueError: As `alignment_share`.

    Example:

    ```python
    import keras
    import numpy as np
    import keras_itra

    classifier = keras.Sequential(
        [
            keras.Input((3,)),
            keras.layers.Dense(4, activation="relu"),
            keras.layers.Dense(2),
        ]
    )
    model = keras_itra.ITRAModel.from_model(classifier, pairing="none")
    model.compile(
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    )
    gradients = keras_itra.diagnostics.compiled_step_gradients(model)
    x = np.random.default_rng(0).normal(size=(3, 4, 3)).astype("float32")
    for batch in x:
        supervised, _ = gradients(batch, np.array([0, 0, 1, 1]))
    assert len(supervised) == len(model.trainable_variables)
    ```
    """
    _require_step(model)
    return functools.partial(_evaluate, compiled(_pure(model)), model)


def _require_step(model: Any) -> None:
    require(
        isinstance(model, ITRAModel),
        "an `ITRAModel`",
        model=type(model).__name__,
    )
    require(model.compiled, "a compiled model", compiled=model.compiled)
    strategy = strategy_of(model)
    require(
        strategy is None,
        "a model on one device",
        strategy=type(strategy).__name__,
    )


def _evaluate(
    function: Callable[..., Any],
    model: ITRAModel,
    x: Any,
    y: Any,
    sample_weight: Any = None,
) -> StepGradients:
    batch = keras.tree.map_structure(
        lambda part: None if part is None else ops.convert_to_tensor(part),
        (x, y, sample_weight),
    )
    if not model.built:
        model(batch[0])
    # `convert_to_tensor` would hand on the variables of TensorFlow themselves.
    values = [list(map(ops.copy, part)) for part in _variables(model)]
    return StepGradients(*function(*values, *batch))


def _pure(model: ITRAModel) -> Callable[..., Any]:
    """The two gradients as a function of the variables and a mini-batch."""

    def function(
        values: list[Tensor], others: list[Tensor], *batch: Any
    ) -> list[Any]:
        return gradients(
            lambda values: _losses(model, [*values, *others], *batch), values
        )

    return function


def _losses(
    model: ITRAModel, values: list[Tensor], x: Any, y: Any, sample_weight: Any
) -> tuple[Tensor, Tensor]:
    """Supervised loss and alignment, by the model's own training loss.

    Nothing that the step would assign leaves the scope.
    """
    trainable, others = _variables(model)
    mapping = list(zip([*trainable, *others], values, strict=True))
    with keras.StatelessScope(mapping, collect_losses=True):
        outputs = model(x, training=True)

        def loss(weight: float) -> Tensor:
            model.alignment_weight.assign(weight)
            return model.compute_loss(x, y, outputs, sample_weight)

        # First with the alignment, which then moves what it remembers.
        both, supervised = loss(1.0), loss(0.0)
    # The gradient of the supervised loss cancels at the logits, exactly.
    return supervised, both - supervised


def _variables(model: ITRAModel) -> tuple[list[Any], list[Any]]:
    trainable = model.trainable_variables
    known = set(map(id, trainable))
    return trainable, [v for v in model.variables if id(v) not in known]


def weight_of_next_step(model: ITRAModel) -> float:
    """The alignment weight; a schedule sets the variable in a step only."""
    weight: Any = model.alignment_weight
    if model.alignment_schedule is not None:
        weight = model.alignment_schedule(model.optimizer.iterations)
    return float(ops.convert_to_numpy(ops.convert_to_tensor(weight)))

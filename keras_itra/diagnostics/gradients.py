"""The two gradients of a training step: supervised loss and alignment."""

import functools
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import keras
import numpy as np
from keras import ops

from keras_itra.diagnostics.backend_gradients import compiled, gradients
from keras_itra.distribution.strategies import strategy_of
from keras_itra.models import ITRAModel
from keras_itra.typing import Tensor
from keras_itra.validation import require, require_number


class StepGradients(NamedTuple):
    """Gradients by `model.trainable_variables`, in their order.

    Attributes:
        supervised: Of the compiled loss and the regularizers.
        alignment: Of the alignment, at weight 1.
    """

    supervised: list[Tensor]
    alignment: list[Tensor]


@dataclass(frozen=True)
class AlignmentShare:
    """How much of a training step is alignment.

    Attributes:
        total: `alignment_norm / (alignment_norm + supervised_norm)`; 0 where
            both are 0.
        cosine: Of the angle between the two gradients, whatever the weight;
            0 where one of them is 0.
        supervised_norm: Norm of the gradient of the supervised loss.
        alignment_norm: Norm of the gradient of the weighted alignment.
        by_variable: The share in the gradient of each trainable variable, by
            its path.
        unweighted_norm: Norm of the gradient of the alignment at weight 1.
    """

    total: float
    cosine: float
    supervised_norm: float
    alignment_norm: float
    by_variable: dict[str, float]
    unweighted_norm: float

    def weight_for(self, share: float) -> float:
        """The alignment weight at which `total` would be `share`.

        Args:
            share: At least 0 and less than 1.

        Returns:
            The weight; infinite where the alignment has no gradient.

        Raises:
            ValueError: If `share` is outside its domain.
        """
        require_number("share", share)
        require(share < 1, "`share` below 1", share=share)
        wanted = share / (1 - share) * self.supervised_norm
        if not self.unweighted_norm:
            return math.inf if wanted else 0.0
        return wanted / self.unweighted_norm


def alignment_share(
    model: ITRAModel, x: Any, y: Any, sample_weight: Any = None
) -> AlignmentShare:
    """Share of the alignment in the gradient of a training step.

    ```
    share = ||w grad A|| / (||w grad A|| + ||grad L||)
    ```

    with the supervised loss L, the alignment A and its present weight w,
    `model.alignment_weight`. At a share near 0 the alignment does nothing,
    near 1 the network learns little else.

    The model stays as it is: statistics of batch normalization, seeds, the
    memory of a queue and metrics included.

    Args:
        model: A compiled `ITRAModel` on one device.
        x: Inputs of one paired mini-batch, as for `train_on_batch`: S1 in the
            even rows, S2 in the odd ones.
        y: Its targets.
        sample_weight: Its sample weights. Defaults to None.

    Returns:
        The share in all and for every variable, and the norms and the angle
        of the two gradients.

    Raises:
        ValueError: If the model is none, is not compiled or is trained by a
            strategy of several replicas.

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
    model = keras_itra.ITRAModel.from_model(classifier, alignment_weight=0.6)
    model.compile(
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    )
    x = np.random.default_rng(0).normal(size=(8, 3)).astype("float32")
    y = np.array([0, 0, 1, 1, 0, 0, 1, 1])
    found = keras_itra.diagnostics.alignment_share(model, x, y)
    assert 0 <= found.total <= 1
    ```
    """
    found = step_gradients(model, x, y, sample_weight)
    squares = np.array(
        [
            [_number(ops.sum(ops.square(g))) for g in part]
            for part in (found.supervised, found.alignment)
        ]
    )
    product = sum(_number(ops.sum(a * b)) for a, b in zip(*found, strict=True))
    weight = _number(model.alignment_weight)
    supervised, unweighted = map(float, np.sqrt(squares.sum(axis=1)))
    alignment = weight * unweighted
    return AlignmentShare(
        total=_share(alignment, supervised),
        cosine=_ratio(product, supervised * unweighted),
        supervised_norm=supervised,
        alignment_norm=alignment,
        by_variable={
            variable.path: _share(weight * math.sqrt(a), math.sqrt(s))
            for variable, s, a in zip(
                model.trainable_variables, *squares, strict=True
            )
        },
        unweighted_norm=unweighted,
    )


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


def _share(part: float, other: float) -> float:
    return _ratio(part, part + other)


def _ratio(numerator: float, denominator: float) -> float:
    return numerator / denominator if denominator else 0.0


def _number(tensor: Any) -> float:
    return float(ops.convert_to_numpy(ops.convert_to_tensor(tensor)))

"""How much of a training step is alignment."""

import math
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_itra.diagnostics.step_gradients import (
    StepGradients,
    step_gradients,
    weight_of_next_step,
)
from keras_itra.models import ITRAModel
from keras_itra.typing import Tensor
from keras_itra.validation import require, require_number


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
    found = StepGradients(
        *map(_wide, step_gradients(model, x, y, sample_weight))
    )
    squares = np.array(
        [
            [_number(ops.sum(ops.square(g))) for g in part]
            for part in (found.supervised, found.alignment)
        ]
    )
    product = sum(_number(ops.sum(a * b)) for a, b in zip(*found, strict=True))
    weight = weight_of_next_step(model)
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


def _share(part: float, other: float) -> float:
    return _ratio(part, part + other)


def _ratio(numerator: float, denominator: float) -> float:
    return numerator / denominator if denominator else 0.0


def _wide(gradients: list[Tensor]) -> list[Tensor]:
    """In float32 at least."""
    return [
        ops.cast(g, keras.backend.result_type(g.dtype, "float32"))
        for g in gradients
    ]


def _number(tensor: Any) -> float:
    return float(ops.convert_to_numpy(ops.convert_to_tensor(tensor)))

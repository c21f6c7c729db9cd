"""How much a step's gradient varies from mini-batch to mini-batch."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from keras_itra.data import PairedBatches
from keras_itra.diagnostics.gradient_moments import (
    GradientMoments,
    Layers,
    by_layer,
    combine,
)
from keras_itra.diagnostics.step_gradients import (
    StepGradients,
    compiled_step_gradients,
    weight_of_next_step,
)
from keras_itra.models import ITRAModel
from keras_itra.typing import Batch
from keras_itra.validation import require_integer


class Spread(NamedTuple):
    """Variation of the gradient of a step, or of its part in one layer.

    Attributes:
        variance: Trace of the covariance over mini-batches.
        squared_mean: Squared norm of the mean gradient, without bias; may
            fall below 0 where the mean is small.
        cosine: Mean cosine of the angle to the gradient of the supervised
            loss on all training rows.
        held_out_cosine: The same for held-out rows; nan without them.
    """

    variance: float
    squared_mean: float
    cosine: float
    held_out_cosine: float = math.nan

    @property
    def relative(self) -> float:
        """Variance over the squared mean; infinite without a mean."""
        if self.squared_mean <= 0:
            return math.inf
        return self.variance / self.squared_mean


@dataclass(frozen=True)
class GradientVariance:
    """Variation of the gradient with and without alignment.

    Attributes:
        supervised: Of the supervised loss alone.
        aligned: Of the whole step: with the weighted alignment of the same
            mini-batches.
        supervised_by_layer: By the path of the layer.
        aligned_by_layer: By the path of the layer.
        batches: Mini-batches that were drawn.
    """

    supervised: Spread
    aligned: Spread
    supervised_by_layer: dict[str, Spread]
    aligned_by_layer: dict[str, Spread]
    batches: int


def gradient_variance(
    model: ITRAModel,
    x: Any,
    y: Any,
    *,
    batch_size: int = 32,
    batches: int = 64,
    seed: int = 0,
    held_out: Batch | None = None,
    step: Callable[..., StepGradients] | None = None,
) -> GradientVariance:
    """Variance of a training step's gradient over mini-batches.

    ```
    g_b      = grad L(S1_b) + alignment_weight * grad A(S1_b, S2_b)
    variance = tr Cov(g_b),     relative = tr Cov(g_b) / ||E g_b||^2
    ```

    The mini-batches are independent of each other: each is the first of an
    epoch of its own, drawn as in `fit`. With and without alignment they are
    the same ones, at the same weights, so that the two are a pair. For
    `||E g_b||^2`, the mean supervised gradient is that over all rows of an
    epoch, and the bias of the mean alignment gradient is subtracted.

    The model stays as it is. Layers that draw random numbers draw the same
    ones for every mini-batch, which leaves their noise out.

    Args:
        model: A compiled `ITRAModel` on one device; its pairing and sampling
            form the mini-batches.
        x: Inputs of the training set as the model is fed: arrays.
        y: Targets.
        batch_size: m, as for `fit`. Defaults to 32.
        batches: Mini-batches to draw, at least 2. Defaults to 64.
        seed: Seed of the mini-batches. Defaults to 0.
        held_out: Rows `(x, y)` that the model was not trained on. A step
            along the gradient of their loss would generalise. Defaults to
            None.
        step: From `compiled_step_gradients(model)`, to measure a model again
            without compiling anew. Defaults to None.

    Returns:
        Variance, squared mean and cosines, in all and by layer.

    Raises:
        ValueError: If the model is not a compiled `ITRAModel` on one device,
            or a number is outside its domain.

    Example:

    ```python
    import keras
    import numpy as np
    import keras_itra

    rng = np.random.default_rng(0)
    y = np.arange(40) % 2
    x = (rng.normal(size=(40, 3)) + y[:, None]).astype("float32")
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
    found = keras_itra.diagnostics.gradient_variance(
        model, x, y, batch_size=8, batches=4
    )
    print(found.supervised.variance, found.aligned.variance)
    ```

    Reference:
        Li et al., AAAI 2023, claim that aligned mini-batches have gradients
        of lower variance.
    """
    require_integer("batches", batches, minimum=2)
    step = compiled_step_gradients(model) if step is None else step
    rows = PairedBatches(
        (x, y),
        batch_size,
        pairing=model.row_pairing,
        sampling=model.sampling,
        seed=seed,
    )
    full = _mean_supervised(model, step, (x, y), batch_size, seed)
    directions = [full]
    if held_out is not None:
        directions.append(
            _mean_supervised(model, step, held_out, batch_size, seed)
        )
    weight = weight_of_next_step(model)
    plain, aligned = GradientMoments(directions), GradientMoments(directions)
    alignment = GradientMoments([])
    for rows.epoch in range(batches):
        supervised, pull = _by_layer(model, step(*rows[0]))
        plain.update(supervised)
        alignment.update(pull)
        aligned.update(combine(supervised, pull, weight))
    mean = combine(full, alignment.mean, weight)
    squares, squares_aligned = (
        {
            layer: float(of[layer] @ of[layer])
            - strength**2 * alignment.variance(layer) / batches
            for layer in full
        }
        for of, strength in ((full, 0.0), (mean, weight))
    )
    return GradientVariance(
        *(_spread(plain, squares), _spread(aligned, squares_aligned)),
        {k: _spread(plain, squares, k) for k in full},
        {k: _spread(aligned, squares_aligned, k) for k in full},
        batches,
    )


def _mean_supervised(
    model: ITRAModel,
    step: Callable[..., StepGradients],
    data: Batch,
    batch_size: int,
    seed: int,
) -> Layers:
    """Gradient of the supervised loss on all rows of an epoch."""
    split = model.row_pairing == "split"
    batches = PairedBatches(
        data,
        batch_size // 2 if split else batch_size,
        # The halves of one permutation would leave rows of S1 out.
        pairing="independent" if split else model.row_pairing,
        sampling=model.sampling,
        seed=seed,
    )
    sums: Layers = {}
    for index in range(batches.steps_per_epoch):
        batch = batches[index]
        supervised, _ = _by_layer(model, step(*batch))
        share = len(batch[1]) / len(batches.order(0))
        nothing = {k: np.zeros_like(v) for k, v in supervised.items()}
        sums = combine(sums or nothing, supervised, share)
    return sums


def _by_layer(
    model: ITRAModel, gradients: StepGradients
) -> tuple[Layers, Layers]:
    supervised, alignment = (
        by_layer(model.trainable_variables, part) for part in gradients
    )
    return supervised, alignment


def _spread(
    moments: GradientMoments,
    squares: dict[str, float],
    layer: str | None = None,
) -> Spread:
    """Of all layers if none is named."""
    return Spread(
        moments.variance(layer),
        sum(squares.values()) if layer is None else squares[layer],
        *moments.cosines(layer),
    )

"""An alignment weight that follows the gradients."""

import math
from typing import Any

import keras
from keras import ops

from keras_itra.callbacks.alignment_weight import (
    require_settable_weight,
    weight_of,
)
from keras_itra.data import PairedBatches
from keras_itra.diagnostics import alignment_share
from keras_itra.distribution.strategies import strategy_of
from keras_itra.models.preprocessing import preprocessing_of
from keras_itra.typing import Batch
from keras_itra.validation import require, require_integer, require_number


def next_weight(
    weight: float, wanted: float, smoothing: float, bounds: tuple[float, float]
) -> float:
    """The weight between the present and the wanted one.

    ```
    w <- w^smoothing * wanted^(1 - smoothing), both within the bounds
    ```

    Args:
        weight: The present weight.
        wanted: The weight that a measurement asks for.
        smoothing: From 0, at once, to below 1.
        bounds: Smallest and largest weight, above 0.
    """
    now, then = (min(max(w, bounds[0]), bounds[1]) for w in (weight, wanted))
    return math.exp(
        smoothing * math.log(now) + (1 - smoothing) * math.log(then)
    )


class AlignmentWeightController(keras.callbacks.Callback):
    """Holds the alignment's share of the gradient at a target.

    Before the first step and then every `every` steps it measures the two
    gradients on a paired mini-batch (`keras_itra.diagnostics.alignment_share`)
    and moves `model.alignment_weight` towards the weight w of

    ```
    share = w a / (w a + s),   a = ||grad alignment||, s = ||grad supervised||
    ```

    in the geometric mean of the old and the new weight. A weight that is
    found this way follows the scale of the two losses; whether a share is a
    good one, only validation data can tell. As the supervised gradient
    vanishes late in training, so does the weight, down to `min_weight`.

    The history has the share, `alignment_share` (that of the last
    measurement, before the weight moved), beside Keras's mean of
    `alignment_weight`. There is no other state than that variable, and
    mini-batches are a function of the step: `ExactBackup` resumes exactly.
    A measurement costs about two training steps, run eagerly. On one device
    only, with `pairing` other than `"queue"`, and not under JAX, whose
    variables are not at hand inside of an epoch.

    Args:
        data: `(x, y)`: arrays of training rows, of which mini-batches are
            paired as the model pairs its own.
        share: Target, between 0 and 1. Defaults to 0.2.
        every: Updates of the optimizer from one measurement to the next.
            Defaults to 50.
        batch_size: m. Defaults to 32.
        smoothing: Exponent of the old weight, from 0 to below 1. Defaults to
            0.5.
        min_weight: Lower bound, above 0. Defaults to 0.01.
        max_weight: Upper bound. Defaults to 2.

    Attributes:
        measurements: A list of dicts: `"step"`, `"share"` as measured, and
            the `"weight"` that was set.

    Raises:
        ValueError: For arguments outside their domain; in `fit`, for a model
            that is no `ITRAModel`, whose weight follows a schedule, or that
            has a queue or several replicas.

    Example:

    ```python
    import keras
    import numpy as np
    import keras_itra

    x = np.random.default_rng(0).normal(size=(64, 8)).astype("float32")
    y = (x[:, 0] > 0).astype("int32")
    layers = [keras.Input((8,)), keras.layers.Dense(4), keras.layers.Dense(2)]
    model = keras_itra.ITRAModel.from_model(keras.Sequential(layers), seed=0)
    model.compile(
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    )
    controller = keras_itra.callbacks.AlignmentWeightController(
        (x, y), share=0.1, every=2, batch_size=16
    )
    history = model.fit(
        x, y, batch_size=16, epochs=2, callbacks=[controller], verbose=0
    ).history
    assert len(history["alignment_share"]) == 2
    ```
    """

    def __init__(
        self,
        data: Any,
        share: float = 0.2,
        every: int = 50,
        batch_size: int = 32,
        smoothing: float = 0.5,
        min_weight: float = 0.01,
        max_weight: float = 2.0,
    ) -> None:
        super().__init__()
        backend = keras.backend.backend()
        require(backend != "jax", "another backend than JAX", backend=backend)
        require_number("share", share, strict=True)
        require(share < 1, "`share` below 1", share=share)
        require_integer("every", every, minimum=1)
        require_integer("batch_size", batch_size, minimum=1)
        require_number("smoothing", smoothing)
        require(smoothing < 1, "`smoothing` below 1", smoothing=smoothing)
        require_number("min_weight", min_weight, strict=True)
        require_number("max_weight", max_weight, minimum=min_weight)
        require(
            isinstance(data, (tuple, list)) and len(data) == 2,
            "`data`, the arrays `(x, y)`",
            data=type(data).__name__,
        )
        self.data = tuple(data)
        self.share = share
        self.every = every
        self.batch_size = batch_size
        self.smoothing = smoothing
        self.bounds = (min_weight, max_weight)
        self.measurements: list[dict[str, float]] = []

    def on_train_begin(self, logs: Any = None) -> None:
        require_settable_weight(self.model)
        strategy = strategy_of(self.model)
        require(
            strategy is None,
            "a model on one device",
            strategy=type(strategy).__name__,
        )
        require(
            self.model.feature_memory is None,
            "`pairing` other than 'queue'",
            pairing=self.model.pairing,
        )
        preprocess = preprocessing_of(self.model)
        x, y = self.data
        if preprocess is not None:
            x, y, _ = preprocess.before_pairing(x, y, None)
        rows = len(keras.tree.flatten(x)[0])
        require(
            self.model.pairing != "independent"
            or self.model.sampling == "balanced"
            or self.batch_size < rows,
            "a `batch_size` below the number of rows, of which S1 and S2 would "
            "both be all",
            batch_size=self.batch_size,
            rows=rows,
        )
        self._batches = PairedBatches(
            (x, y, None),
            self.batch_size,
            pairing=self.model.pairing,
            sampling=self.model.sampling,
            seed=self.model.seed,
        )
        self.measurements = []
        self._last: int | None = None

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        # Not before: an `ExactBackup` may just have moved the step.
        if self._last is None:
            self._last = self._step()
            if self._last == 0:
                self._control(0)

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        step = self._step()
        if step // self.every > (self._last or 0) // self.every:
            self._control(step)
        self._last = step

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        if not self.measurements:
            self._control(self._step(), move=False)
        if logs is not None:
            logs["alignment_share"] = self.measurements[-1]["share"]

    def _control(self, step: int, move: bool = True) -> None:
        found = alignment_share(self.model, *self._batch(step))
        weight = weight_of(self.model)
        wanted = found.weight_for(self.share) if found.total >= 0 else math.nan
        # No class in both mini-batches, or a network that diverges.
        if move and math.isfinite(wanted):
            weight = next_weight(weight, wanted, self.smoothing, self.bounds)
            self.model.alignment_weight.assign(weight)
        self.measurements.append(
            {"step": step, "share": found.total, "weight": weight}
        )

    def _batch(self, step: int) -> Batch:
        place = step // self.every % self._batches.steps_per_epoch
        batch = tuple(self._batches[place])
        preprocess = preprocessing_of(self.model)
        return batch if preprocess is None else preprocess(*batch)

    def _step(self) -> int:
        return int(ops.convert_to_numpy(self.model.optimizer.iterations))

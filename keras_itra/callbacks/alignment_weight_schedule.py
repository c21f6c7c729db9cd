"""An alignment weight that changes from epoch to epoch."""

from collections.abc import Callable
from typing import Any

import keras

from keras_itra.callbacks.alignment_weight import require_settable_weight
from keras_itra.validation import require, require_number


class AlignmentWeightSchedule(keras.callbacks.Callback):
    """Sets the alignment weight at the beginning of each epoch.

    A warm-up keeps features from collapsing while the network cannot tell the
    classes apart. For a weight that changes from step to step give
    `ITRAModel` a `LearningRateSchedule` as `alignment_weight` instead.

    The history has the weight as `alignment_weight`. It is a function of the
    epoch alone, so a run that is resumed goes on with it.

    Args:
        schedule: A function of the epoch, from 0, that gives a weight >= 0:
            `linear_ramp`, `piecewise_constant` or one of your own.

    Raises:
        ValueError: For what is no function; in `fit`, for a weight below 0 or
            not finite, for a model that is no `ITRAModel`, and for one whose
            weight follows a schedule of steps.

    Example:

    ```python
    import keras
    import numpy as np
    import keras_itra
    from keras_itra.callbacks import AlignmentWeightSchedule, linear_ramp

    x = np.random.default_rng(0).normal(size=(32, 8)).astype("float32")
    y = (x[:, 0] > 0).astype("int32")
    layers = [keras.Input((8,)), keras.layers.Dense(4), keras.layers.Dense(2)]
    model = keras_itra.ITRAModel.from_model(keras.Sequential(layers), seed=0)
    model.compile(
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    )
    rising = AlignmentWeightSchedule(linear_ramp(0.6, epochs=2))
    history = model.fit(
        x, y, epochs=3, callbacks=[rising], verbose=0
    ).history
    assert np.allclose(history["alignment_weight"], [0.2, 0.4, 0.6])
    ```
    """

    def __init__(self, schedule: Callable[[int], float]) -> None:
        super().__init__()
        require(
            callable(schedule)
            and not isinstance(
                schedule, keras.optimizers.schedules.LearningRateSchedule
            ),
            "`schedule`, a function of the epoch; a schedule of steps is the "
            "`alignment_weight` of an `ITRAModel`",
            schedule=schedule,
        )
        self.schedule = schedule

    def on_train_begin(self, logs: Any = None) -> None:
        require_settable_weight(self.model)

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        weight = self.schedule(epoch)
        require_number("alignment_weight", weight)
        self.model.alignment_weight.assign(weight)

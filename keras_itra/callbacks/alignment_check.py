"""Warnings of an alignment that does harm or nothing."""

import warnings
from typing import Any

import keras

from keras_itra.callbacks.alignment_health import (
    has_collapsed,
    idle_reason,
    information,
    spread,
)
from keras_itra.callbacks.feature_reader import (
    FeatureNetwork,
    FeatureReader,
    Reading,
)
from keras_itra.models import ITRAModel
from keras_itra.validation import require_integer


class AlignmentCheck(keras.callbacks.Callback):
    """Warns if features collapse, or if the alignment does nothing.

    *Collapse*, after each epoch: the features of some rows, of all classes,
    lie within 5 % of the spread (mean squared distance to their mean) that
    they had when `fit` began, while the outputs know nothing of the classes
    (cross-entropy within 2 % of the entropy of the classes: "the loss stays
    at log K"). Features that become compact in a network that learns are
    none of that.

    *Nothing*, for an `ITRAModel`, after `patience` epochs in a row: the
    weight is 0 (unless a search tries it), or no class is in both
    mini-batches, or `alignment_weight * alignment` is below 0.1 % of the
    supervised loss.

    Each is said once in a `fit`, as a `UserWarning` with what to do. Training
    is not changed, unless `stop_training`. A run that is resumed compares
    with the features that it is resumed with. On several replicas as
    `FeatureMonitor`.

    Args:
        data: Some hundred rows, of training or validation, as for
            `FeatureMonitor`.
        patience: Epochs in which the alignment may do nothing. A warm-up of
            the weight should be over by then. Defaults to 3.
        stop_training: Whether to end training when features have collapsed.
            Defaults to False.
        feature_layer: As for `FeatureMonitor`.
        batch_size: Rows of a forward pass, for arrays. Defaults to 32.

    Raises:
        ValueError: For arguments outside their domain; in `fit`, for a model
            whose features cannot be found.

    Example:

    ```python
    import warnings

    import keras
    import numpy as np
    import keras_itra

    x = np.random.default_rng(0).normal(size=(64, 8)).astype("float32")
    y = (x[:, 0] > 0).astype("int32")
    layers = [keras.Input((8,)), keras.layers.Dense(4), keras.layers.Dense(2)]
    model = keras_itra.ITRAModel.from_model(
        keras.Sequential(layers), alignment_weight=0.0, seed=0
    )
    model.compile(
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    )
    check = keras_itra.callbacks.AlignmentCheck((x, y), patience=1)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model.fit(x, y, epochs=1, callbacks=[check], verbose=0)
    assert "`alignment_weight` is 0" in str(caught[-1].message)
    ```
    """

    def __init__(
        self,
        data: Any,
        patience: int = 3,
        stop_training: bool = False,
        feature_layer: str | None = None,
        batch_size: int | None = None,
    ) -> None:
        super().__init__()
        require_integer("patience", patience, minimum=1)
        self.patience = patience
        self.stop_training = stop_training
        self.feature_layer = feature_layer
        self._reader = FeatureReader(data, batch_size)

    def on_train_begin(self, logs: Any = None) -> None:
        self._network = FeatureNetwork(self.model, self.feature_layer)
        self._first: float | None = None
        self._idle_epochs = 0
        self._collapse_said = self._idle_said = False
        if self.model.built:
            self._first = spread(self._read().features)

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        if self._first is None:
            self._first = spread(self._read().features)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        if not self._collapse_said:
            self._check_collapse(epoch)
        # A collapse explains an alignment of 0.
        if isinstance(self.model, ITRAModel) and not (
            self._collapse_said or self._idle_said
        ):
            self._check_idle(epoch, logs or {})

    def _check_collapse(self, epoch: int) -> None:
        reading = self._read()
        if not reading.is_finite or self._first is None:
            return
        now = spread(reading.features)
        informed = information(reading.outputs, reading.labels)
        if not has_collapsed(now, self._first, informed):
            return
        self._collapse_said = True
        warnings.warn(
            f"The features of all classes have come together in epoch {epoch}: "
            f"their spread is {now:.2g}, after {self._first:.2g} in the "
            "beginning, and the outputs do not tell the classes apart. Lower "
            "the alignment weight, or let it rise from 0 "
            "(`AlignmentWeightSchedule(linear_ramp(...))`); lower the learning "
            "rate; put batch normalization in front of the features.",
            stacklevel=2,
        )
        if self.stop_training:
            self.model.stop_training = True

    def _check_idle(self, epoch: int, logs: dict[str, Any]) -> None:
        if self.model.is_searching and logs["alignment_weight"] == 0:
            return  # What the other weights are compared with.
        reason = idle_reason(logs)
        self._idle_epochs = self._idle_epochs + 1 if reason else 0
        if self._idle_epochs >= self.patience:
            self._idle_said = True
            warnings.warn(
                f"The alignment has done nothing for {self._idle_epochs} "
                f"epochs, up to epoch {epoch}. {reason}",
                stacklevel=2,
            )

    def _read(self) -> Reading:
        return self._reader.read(self._network)

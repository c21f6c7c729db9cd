"""Metrics of features, on a held-out set, while a model trains."""

import os
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import keras
from keras import ops

from keras_itra.callbacks.feature_metrics import (
    FeatureMetric,
    evaluate_metrics,
    named,
    needs_training_rows,
)
from keras_itra.callbacks.feature_reader import FeatureNetwork, FeatureReader
from keras_itra.callbacks.tf_scalars import ScalarWriter
from keras_itra.validation import require, require_integer, require_one_of


class FeatureMonitor(keras.callbacks.Callback):
    """Measures features while a model trains.

    The values enter the logs: those of `History`, of the progress bar, and
    of the callbacks that stand after this one, such as `CSVLogger`,
    `TensorBoard`, `EarlyStopping` and `ModelCheckpoint`, whose `monitor=`
    may name them. Training is not changed by it: neither variables nor
    random generators nor orders.

    A metric is

    * a function; the names of its arguments say what it is given:
      `features` `(n, d)`, `labels` `(n,)`, `logits` or `outputs` `(n, K)`
      (what the model gives; `logits` refuses probabilities), and
      `train_features` and `train_labels`, those of `train_data`. So the
      functions of `keras_itra.metrics` can be listed as they are;
    * or a streaming metric: `ClassMoments` and its subclasses see features,
      other `keras.metrics.Metric` objects see outputs.

    Measured is before the first step (which finds mistakes early, and goes
    to `measurements` only), after the first epoch, then every `every` epochs
    or steps, and after the last epoch. In between the logs repeat the last
    value, so that all lists of the history have one entry for each epoch.
    For `EarlyStopping` a repeated value is no improvement: its `patience`
    still counts epochs. If features or outputs are not finite, all values
    are NaN.

    Nothing needs to be resumed: a `fit` that is continued measures after its
    first epoch. Works on one device and under `MirroredStrategy`, where one
    device measures unless `fit` is called inside of the strategy's scope.
    Under PyTorch, reading data moves the global generator of `torch`, as it
    does when Keras validates.

    Args:
        data: Held-out rows as `fit` takes `validation_data`: `(x, y)`, a
            `tf.data.Dataset` or a `keras.utils.PyDataset`. Labels are
            integers or one-hot; sample weights are left out. For an
            `ITRAModel` around a KerasHub task also raw strings.
        metrics: A dict of metrics by name, or a list of metrics that have
            names.
        every: How often to measure, from 1. Defaults to 1.
        unit: Of `every`: `"epochs"` (default), or `"steps"`, updates that the
            optimizer has applied; not under JAX.
        prefix: Of the names in the logs. Defaults to `"val_"`, which
            TensorBoard shows beside the validation metrics.
        feature_layer: Name or path of the layer whose output is the feature,
            for a functional or Sequential model. Defaults to what enters the
            final linear layer. An `ITRAModel` has its own.
        train_data: Rows of the training set, in the forms of `data`, for
            metrics of `train_features` and `train_labels`.
        batch_size: Rows of a forward pass, for arrays. Defaults to 32.
        log_dir: A directory of event files for TensorBoard, with every
            measurement by step. Defaults to None, for none.

    Attributes:
        measurements: Of the last training (after a search for the alignment
            weight, that of the last weight tried; the history is that of the
            chosen one). A list of dicts: `"step"`, the updates before the
            measurement, and the values by their names in the logs.

    Raises:
        ValueError: For arguments outside their domain; in `fit`, for a model
            whose features cannot be found and for a name that is in the logs
            already.

    Example:

    ```python
    import keras
    import numpy as np
    import keras_itra
    from keras_itra import metrics

    x = np.random.default_rng(0).normal(size=(96, 8)).astype("float32")
    y = (x[:, 0] > 0).astype("int32")
    layers = [keras.Input((8,)), keras.layers.Dense(4), keras.layers.Dense(2)]
    model = keras_itra.ITRAModel.from_model(keras.Sequential(layers), seed=0)
    model.compile(
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    )
    monitor = keras_itra.callbacks.FeatureMonitor(
        (x[64:], y[64:]),
        [metrics.scatter, metrics.expected_calibration_error],
    )
    history = model.fit(
        x[:64], y[:64], epochs=2, callbacks=[monitor], verbose=0
    ).history
    assert len(history["val_scatter"]) == 2
    assert "val_expected_calibration_error" in history
    ```
    """

    def __init__(
        self,
        data: Any,
        metrics: Mapping[str, FeatureMetric] | Sequence[FeatureMetric],
        every: int = 1,
        unit: str = "epochs",
        prefix: str = "val_",
        feature_layer: str | None = None,
        train_data: Any = None,
        batch_size: int | None = None,
        log_dir: str | os.PathLike[str] | None = None,
    ) -> None:
        super().__init__()
        require_integer("every", every, minimum=1)
        require_one_of("unit", unit, ("epochs", "steps"))
        require(
            unit == "epochs" or keras.backend.backend() != "jax",
            "`unit='epochs'` under JAX, whose variables are not at hand "
            "inside of an epoch",
            unit=unit,
        )
        require(
            isinstance(prefix, str), "`prefix` to be a string", prefix=prefix
        )
        self.metrics = named(metrics)
        require(
            needs_training_rows(self.metrics) == (train_data is not None),
            "`train_data` if a metric takes `train_features`, and only then",
            train_data=type(train_data).__name__,
        )
        self.every = every
        self.unit = unit
        self.prefix = prefix
        self.feature_layer = feature_layer
        self.measurements: list[dict[str, float]] = []
        self._held_out = FeatureReader(data, batch_size)
        self._training = (
            None
            if train_data is None
            else FeatureReader(train_data, batch_size)
        )
        self._log_dir = log_dir
        self._writer: ScalarWriter | None = None

    def on_train_begin(self, logs: Any = None) -> None:
        self._names_are_new = False
        self._network = FeatureNetwork(self.model, self.feature_layer)
        self.measurements = []
        self._values: dict[str, float] = {}
        if self._log_dir is not None:
            self._writer = ScalarWriter(self._log_dir)
        self._begin = self._step()
        if self.model.built:
            # Not for the logs, which speak of trained models: a `monitor`
            # would take the untrained one for the best.
            self._measure()
            self._values = {}

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        if not self._names_are_new:
            self._require_new_names(logs or {})
        if self.unit == "epochs":
            return
        last = self.measurements[-1]["step"] if self._values else self._begin
        if self._step() // self.every > last // self.every:
            self._measure()
        if logs is not None:
            logs.update(self._values)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        due = self.unit == "epochs" and epoch % self.every == 0
        last = epoch + 1 == self.params.get("epochs")
        if due or last or not self._values:
            self._measure()
        if logs is not None:
            if self.unit == "epochs":
                _refuse(logs.keys() & self._values.keys())
            logs.update(self._values)

    def on_train_end(self, logs: Any = None) -> None:
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    def _measure(self) -> None:
        step = self._step()
        if self._values and self.measurements[-1]["step"] == step:
            return
        values = evaluate_metrics(
            self.metrics,
            self._held_out.read(self._network),
            None
            if self._training is None
            else self._training.read(self._network),
        )
        self._values = {self.prefix + n: v for n, v in values.items()}
        self.measurements.append({"step": step, **self._values})
        if self._writer is not None:
            self._writer.write(self._values, step)

    def _step(self) -> int:
        return int(ops.convert_to_numpy(self.model.optimizer.iterations))

    def _require_new_names(self, logs: Mapping[str, Any]) -> None:
        """Refuse names under which Keras logs something else."""
        known = {*logs, *(f"val_{name}" for name in logs)}
        _refuse(known & {self.prefix + name for name in self.metrics})
        self._names_are_new = True


def _refuse(names: Collection[str]) -> None:
    require(
        not names,
        "names that are not in the logs already; give a dict of metrics or "
        "another `prefix`",
        names=sorted(names),
    )

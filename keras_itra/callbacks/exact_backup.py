"""Training that is interrupted and ends as if it had not been."""

import os
from pathlib import Path
from typing import Any

import keras

from keras_itra.callbacks.random_state import (
    device_state,
    host_state,
    restore_device_state,
    restore_host_state,
)
from keras_itra.callbacks.replay import HookedStep, Position, discard
from keras_itra.callbacks.run_facts import facts_of_run, require_same_run
from keras_itra.callbacks.state_file import read_state, write_state
from keras_itra.callbacks.training_state import (
    assign_variables,
    read_variables,
)
from keras_itra.data import PairedBatches
from keras_itra.distribution.strategies import strategy_of
from keras_itra.distribution.workers import require_agreement
from keras_itra.models import ITRAModel
from keras_itra.models.keras_compat import start_at_epoch
from keras_itra.validation import require, require_integer


class ExactBackup(keras.callbacks.Callback):
    """Backs `fit` up such that it resumes exactly.

    A run that is killed and started again, with the same script, ends with
    the weights of a run that was not: bit for bit where the device computes
    reproducibly, as CPUs do. Stock `BackupAndRestore` resumes at the
    beginning of an epoch, with the metrics, random generators and orders of
    a new process.

    A backup holds all variables of the model (those of its metrics, seed
    generators and alignment included) and of its optimizer, the states of
    `keras.random`, `tf.random.get_global_generator()`, `random` and
    `numpy.random`, the epoch and the step. It is one file that is replaced
    in one step, so a kill while it is written leaves the one before. Nothing
    in it is executed when it is loaded.

    To resume inside an epoch, its first mini-batches are drawn again and not
    trained on. So the data must be a function of the seed and the epoch:

    * arrays, and a `PyDataset`, in `ITRAModel.fit`: always.
    * `PairedBatches` in a plain `keras.Model.fit`: with `data`.
    * `tf.data`: if it has the same order in every epoch, or if
      `steps_per_epoch` cuts an endless stream, which is drawn again from its
      beginning. A dataset that reshuffles itself each time it is read starts
      with its first order again; `ITRAModel` with pairs reads it twice at
      once, in an order that not even an undisturbed run repeats.
    * arrays in a plain `keras.Model.fit` are shuffled by Keras: only with
      `shuffle=False`. Take `PairedBatches(pairing="none")`.

    Other callbacks keep their own state, or lose it: `EarlyStopping` and
    `ReduceLROnPlateau` count their patience anew, and the history starts
    with the epoch that is resumed.

    Works with the TensorFlow backend, on one device and on several replicas.
    With several workers the chief alone writes, and all read: the directory
    must be a shared one. What replicas do not share is saved as the first
    one has it: batch norm needs `synchronized=True` for exact validation.

    Args:
        directory: Where the file is, `backup.npz`. One for each run.
        data: The `PairedBatches` that a plain `keras.Model.fit` is given, to
            be told the epoch. Defaults to None, for `ITRAModel`, and for
            data that do not change from epoch to epoch.
        save_freq: `"epoch"` (default), before the first step of each epoch;
            or a number of mini-batches, before the step that follows them.
        delete_checkpoint: Whether to delete the file when `fit` is over.
            Defaults to True.

    Raises:
        ValueError: For arguments outside their domain; in `fit`, for a file
            that is damaged or belongs to another model, to an epoch of
            another number of steps, to another seed or way to pair, or, with
            `data`, to another order; and for a model that is not built.

    Example:

    ```python
    import tempfile

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
    with tempfile.TemporaryDirectory() as directory:
        backup = keras_itra.callbacks.ExactBackup(directory, save_freq=2)
        model.fit(x, y, batch_size=8, epochs=2, callbacks=[backup], verbose=0)
    ```
    """

    def __init__(
        self,
        directory: str | os.PathLike[str],
        data: PairedBatches | None = None,
        save_freq: str | int = "epoch",
        delete_checkpoint: bool = True,
    ) -> None:
        super().__init__()
        backend = keras.backend.backend()
        require(
            backend == "tensorflow", "the TensorFlow backend", backend=backend
        )
        require(
            bool(str(directory)) and "://" not in str(directory),
            "`directory` of a file system that can rename in one step",
            directory=directory,
        )
        require(
            data is None or isinstance(data, PairedBatches),
            "`data` to be `PairedBatches` or None",
            data=type(data).__name__,
        )
        if save_freq != "epoch":
            require_integer("save_freq", save_freq, minimum=1)
        self.data = data
        self.save_freq = save_freq
        self.delete_checkpoint = delete_checkpoint
        self._file = Path(directory) / "backup.npz"

    def on_train_begin(self, logs: Any = None) -> None:
        require(
            self.model.built,
            "a model that is built; call it on a mini-batch first",
            model=self.model.name,
        )
        require(
            self.data is None or not isinstance(self.model, ITRAModel),
            "no `data` for an `ITRAModel`, which knows its own",
            data=type(self.data).__name__,
        )
        with self.model.distribute_strategy.scope():
            if not self.model.optimizer.built:
                self.model.optimizer.build(self.model.trainable_variables)
        self._step = HookedStep(self.model.train_function, self._before_step)
        self.model.train_function = self._step
        self._position = Position()
        self._began = False
        self._since_backup: int | None = None
        self._run = facts_of_run(self.model, self.params, self.data)
        self._resumed: Any = read_state(self._file)
        header = self._resumed[0] if self._resumed else {}
        require_agreement(
            strategy_of(self.model),
            backup_epoch=header.get("epoch"),
            backup_step=header.get("step"),
        )
        if self._resumed:
            require_same_run(header["run"], self._run)
            assign_variables(self.model, self._resumed[1], metrics=False)
            start_at_epoch(self.model, header["epoch"])

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        start_at_epoch(self.model, None)
        if self.data is not None:
            self.data.next_epoch = epoch
        self._began = True
        self._position.begin(epoch)
        if self._resumed:
            header = self._resumed[0]
            require(
                epoch == header["epoch"],
                f"`initial_epoch` <= {header['epoch']}, that of the backup",
                initial_epoch=epoch,
            )
            restore_host_state(header["host"])
        self._host_of_epoch = host_state()

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        self._step.armed = True

    def on_train_end(self, logs: Any = None) -> None:
        start_at_epoch(self.model, None)
        self.model.train_function = self._step.train_function
        if self.delete_checkpoint and self._began and self._writes():
            self._file.unlink(missing_ok=True)

    def _before_step(self, iterator: Any) -> Any:
        """Back up or replay; logs if the step must not be trained."""
        if self._position.see(iterator):
            # Of the beginning of the data that a resumed run draws again.
            self._host = self._host_of_epoch
        logs = self._replay(iterator) if self._resumed else None
        if logs is None and self._is_due():
            self._back_up()
        count = self.model.steps_per_execution
        self._position.advance(count)
        if logs is None:
            self._since_backup = (self._since_backup or 0) + count
        return logs

    def _replay(self, iterator: Any) -> Any:
        """Draw what was drawn; logs until all of it is."""
        header, arrays = self._resumed
        step, inside = self._position.step, header["step"] > 0
        count = self.model.steps_per_execution
        if step == 0 and not getattr(self.model, "starts_at_epoch", False):
            earlier = header["drawn"] - count * header["step"]
            discard(iterator, earlier)
            self._position.drawn = earlier
        if inside and step == 0:
            # A step builds what is not built yet, such as the metrics.
            self._step.train_function(iterator)
        elif step < header["step"]:
            discard(iterator, count)
        if step in (0, header["step"]):
            assign_variables(self.model, arrays, metrics=inside)
            restore_device_state(header["device"])
        if step < header["step"]:
            return self.model.get_metrics_result()
        self._resumed = None
        self._since_backup = 0
        return None

    def _is_due(self) -> bool:
        if self._since_backup is None:
            return True  # Before the first step, for the initial weights.
        if self.save_freq == "epoch":
            return self._position.step == 0 and self._since_backup > 0
        return self._since_backup >= int(self.save_freq)

    def _back_up(self) -> None:
        position = self._position
        arrays = read_variables(self.model, metrics=position.step > 0)
        header = {
            "epoch": position.epoch,
            "step": position.step,
            "drawn": position.drawn,
            "run": self._run,
            "host": self._host,
            "device": device_state(),
        }
        if self._writes():
            write_state(self._file, header, arrays)
        self._since_backup = 0

    def _writes(self) -> bool:
        return self.model.distribute_strategy.extended.should_checkpoint

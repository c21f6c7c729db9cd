"""Snapshots of features for TensorBoard's embedding projector."""

import os
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np

from keras_itra.callbacks.feature_reader import FeatureNetwork, FeatureReader
from keras_itra.callbacks.projector_files import (
    METADATA,
    SPRITE,
    write_config,
    write_metadata,
    write_rows,
    write_sprite,
)
from keras_itra.validation import require, require_integer


class ProjectorSnapshots(keras.callbacks.Callback):
    """Writes the features of some rows, epoch by epoch, for TensorBoard.

    `tensorboard --logdir DIR` shows them in its projector (PCA, t-SNE, UMAP),
    one tensor for each epoch, coloured by class. The files are
    `epoch_00003.tsv` (the features after that epoch), `metadata.tsv` (the
    classes), `sprite.png` (the images) and `projector_config.pbtxt`.

    Snapshots that are in the directory stay and are listed: a `fit` that
    is continued adds to them. Take a directory for each run. Training is not
    changed. On several replicas as `FeatureMonitor`.

    Args:
        log_dir: Directory, made if it is missing. TensorBoard must be
            pointed at it, or find event files in it.
        data: The rows, as for `FeatureMonitor`. Some thousand at most, for
            the projector runs in the browser.
        epochs: Epochs to write, from 0 as Keras counts them. Defaults to
            None, all.
        class_names: Names of the classes 0, 1, ... Defaults to the numbers.
        images: Small images of the rows, in the same order: `(n, height,
            width[, channels])`, integers from 0 to 255 or floats from 0 to 1.
            Needs Pillow. Defaults to None, points.
        feature_layer: As for `FeatureMonitor`.
        batch_size: Rows of a forward pass, for arrays. Defaults to 32.

    Raises:
        ValueError: For arguments outside their domain; in `fit`, for rows
            that change their order, and numbers of names or images that do
            not fit.
        ImportError: In `fit`, for images without Pillow.

    Example:

    ```python
    import pathlib
    import tempfile

    import keras
    import numpy as np
    import keras_itra

    x = np.random.default_rng(0).normal(size=(32, 8)).astype("float32")
    y = (x[:, 0] > 0).astype("int32")
    layers = [keras.Input((8,)), keras.layers.Dense(4), keras.layers.Dense(2)]
    model = keras.Sequential(layers)
    model.compile(
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    )
    with tempfile.TemporaryDirectory() as directory:
        snapshots = keras_itra.callbacks.ProjectorSnapshots(
            directory, (x, y), epochs=[1], class_names=["low", "high"]
        )
        model.fit(x, y, epochs=2, callbacks=[snapshots], verbose=0)
        assert (pathlib.Path(directory) / "epoch_00001.tsv").exists()
    ```
    """

    def __init__(
        self,
        log_dir: str | os.PathLike[str],
        data: Any,
        epochs: Collection[int] | None = None,
        class_names: Sequence[str] | None = None,
        images: Any = None,
        feature_layer: str | None = None,
        batch_size: int | None = None,
    ) -> None:
        super().__init__()
        require(bool(str(log_dir)), "`log_dir`, a directory", log_dir=log_dir)
        if epochs is not None:
            require(
                isinstance(epochs, Collection) and len(epochs) > 0,
                "`epochs`, one or more, or None",
                epochs=epochs,
            )
            for epoch in epochs:
                require_integer("epochs", epoch, minimum=0)
        self.log_dir = Path(log_dir)
        self.epochs = epochs
        require(
            class_names is None
            or all(isinstance(name, str) for name in class_names),
            "`class_names` to be strings",
            class_names=class_names,
        )
        self.class_names = class_names
        self.feature_layer = feature_layer
        self._images = None if images is None else np.asarray(images)
        self._reader = FeatureReader(data, batch_size)

    def on_train_begin(self, logs: Any = None) -> None:
        self._network = FeatureNetwork(self.model, self.feature_layer)
        self._labels: np.ndarray | None = None

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        if self.epochs is not None and epoch not in self.epochs:
            return
        reading = self._reader.read(self._network)
        if self._labels is None:
            self._labels = reading.labels
            self._describe(reading.labels)
        require(
            np.array_equal(self._labels, reading.labels),
            "`data` in the same order every time they are read",
            rows=len(reading.labels),
        )
        write_rows(self.log_dir / f"epoch_{epoch:05d}.tsv", reading.features)
        tensors = sorted(
            (path.name for path in self.log_dir.glob("epoch_*.tsv")),
            reverse=True,
        )
        images = self._images
        write_config(
            self.log_dir,
            tensors,
            None if images is None else images.shape[1:3],
        )

    def _describe(self, labels: np.ndarray) -> None:
        """Write what is the same in all epochs."""
        self.log_dir.mkdir(parents=True, exist_ok=True)
        names = self.class_names
        if names is None:
            names = [str(k) for k in range(int(labels.max()) + 1)]
        require(
            labels.min() >= 0 and labels.max() < len(names),
            f"`class_names` for labels up to {labels.max()}, from 0 on",
            class_names=len(names),
            smallest=int(labels.min()),
        )
        write_metadata(self.log_dir / METADATA, [names[k] for k in labels])
        if self._images is not None:
            require(
                len(self._images) == len(labels),
                f"`images` of the {len(labels)} rows",
                images=len(self._images),
            )
            write_sprite(self.log_dir / SPRITE, self._images)

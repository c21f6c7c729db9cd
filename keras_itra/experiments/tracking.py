"""The distance between mini-batches during training (the paper's Fig. 1)."""

from typing import Any

import keras
import numpy as np

from keras_itra import metrics
from keras_itra.experiments.evaluation import as_floats
from keras_itra.experiments.protocol import Splits

TRACKED = ("same_class_distance", "relative_same_class_distance")
"""What the history of a run holds: one value per epoch for each."""


class DistanceTracker(keras.callbacks.Callback):
    """Logs how far apart two mini-batches of the training set are.

    After each epoch, on the same two mini-batches of m rows:
    `same_class_distance` is the mean distance between features of one class
    in the first and in the second, `relative_same_class_distance` its
    quotient by the mean distance between features of different classes,
    which does not change when all features shrink alike. Both are nan once
    training has diverged, and where the mini-batches share no class.

    Args:
        classifier: With a layer `features`.
        splits: The training data.
        batch_size: m.
    """

    def __init__(
        self, classifier: keras.Model, splits: Splits, batch_size: int
    ) -> None:
        super().__init__()
        self._extractor = keras.Model(
            classifier.input, classifier.get_layer("features").output
        )
        order = np.random.default_rng(0).permutation(len(splits.x_train))
        rows = min(batch_size, len(order) // 2)
        batches = order[:rows], order[rows : 2 * rows]
        self._x = [as_floats(splits.x_train[rows]) for rows in batches]
        self._y = [splits.y_train[rows] for rows in batches]
        first, second = self._y
        self._comparable = bool(np.isin(first, second).any())

    def on_epoch_end(
        self, epoch: int, logs: dict[str, Any] | None = None
    ) -> None:
        features = [
            keras.ops.convert_to_numpy(self._extractor(x, training=False))
            for x in self._x
        ]
        if logs is None:
            return
        logs.update(dict.fromkeys(TRACKED, float("nan")))
        finite = all(np.isfinite(rows).all() for rows in features)
        if self._comparable and finite:
            pair = features[0], self._y[0], features[1], self._y[1]
            for name in TRACKED:
                logs[name] = getattr(metrics, name)(*pair)

"""The compiled loss of every validation row, and how it is classified."""

import itertools
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import keras
import numpy as np
from keras import ops

from keras_itra.models.class_measures import class_measures
from keras_itra.models.keras_compat import loss_of
from keras_itra.typing import Batch
from keras_itra.validation import require


class RowMeasures(NamedTuple):
    """Measures of every validation row, float64, the lower the better.

    Each is multiplied by the row's sample weight.

    Attributes:
        losses: `(rows,)`: the compiled loss, without the penalties of
            regularizers, which belong to no row.
        others: `(rows,)` for each name; of classifiers alone (see
            `keras_itra.models.class_measures`).
    """

    losses: np.ndarray
    others: Mapping[str, np.ndarray]


class RowLosses:
    """Measures a model on the same validation rows again and again.

    Args:
        model: A compiled model of one output.
        validation_data: As for `fit`; read anew for every measurement.
        batch_size: Rows of a forward pass, for arrays.
        steps: Mini-batches of a dataset to read; None reads it to its end.

    Raises:
        ValueError: If the model was not compiled with one loss, or the data
            can be read only once.
    """

    def __init__(
        self,
        model: keras.Model,
        validation_data: Any,
        batch_size: int | None = None,
        steps: int | None = None,
    ) -> None:
        require(
            not isinstance(validation_data, Iterator),
            "`validation_data` that can be read again for every weight: "
            "arrays or a dataset",
            validation_data=type(validation_data).__name__,
        )
        self._model = model
        self._loss = _compiled_loss(model)
        self._data = validation_data
        self._batch_size = batch_size
        self._steps = steps
        self._targets: np.ndarray | None = None

    def measure(self) -> RowMeasures:
        """Measures of the model as it is now.

        Raises:
            ValueError: If the data come in another order than before.
        """
        predicted = self._predict()
        targets, losses, weights, start = [], [], [], 0
        for y, weight in self._batches():
            y = _array(y)
            of_batch = predicted[start : start + len(y)]
            start += len(y)
            values = ops.convert_to_numpy(_per_row(self._loss, y, of_batch))
            require(
                values.shape[:1] == of_batch.shape[:1],
                "a compiled loss with one value per row",
                values_shape=values.shape,
                rows=len(of_batch),
            )
            values = values.reshape(len(values), -1).mean(axis=1, dtype=float)
            weight = 1.0 if weight is None else _array(weight)
            weights.append(np.broadcast_to(np.reshape(weight, -1), len(values)))
            losses.append(values)
            targets.append(y)
        y, weight = np.concatenate(targets), np.concatenate(weights)
        self._require_same(y)
        others = class_measures(y, _array(predicted))
        return RowMeasures(
            weight * np.concatenate(losses),
            {name: weight * values for name, values in others.items()},
        )

    def _predict(self) -> np.ndarray:
        """All at once: what preprocesses strings is traced only once."""
        if not isinstance(self._data, (tuple, list)):
            return self._model.predict(self._data, steps=self._steps, verbose=0)
        x, *_ = keras.utils.unpack_x_y_sample_weight(tuple(self._data))
        return self._model.predict(x, batch_size=self._batch_size, verbose=0)

    def _batches(self) -> Iterator[tuple[Any, Any]]:
        """Targets and sample weights."""
        for batch in _batches(self._data, self._steps):
            _, y, weight = keras.utils.unpack_x_y_sample_weight(batch)
            yield y, weight

    def _require_same(self, targets: np.ndarray) -> None:
        """Row i must be the same row for every weight, or nothing pairs."""
        if self._targets is None:
            self._targets = targets
        require(
            np.array_equal(targets, self._targets),
            "`validation_data` in the same order every time they are read",
            rows=len(targets),
            rows_before=len(self._targets),
        )


def _compiled_loss(model: keras.Model) -> Any:
    losses = keras.tree.flatten(getattr(model, "loss", None))
    require(
        len(losses) == 1 and losses[0] is not None,
        "a model compiled with one loss",
        loss=losses,
    )
    return losses[0]


def _per_row(identifier: Any, y: Any, predicted: Any) -> Any:
    loss = loss_of(identifier, y, predicted)
    y = ops.convert_to_tensor(y, loss.dtype)
    predicted = ops.convert_to_tensor(predicted, loss.dtype)
    if len(predicted.shape) == len(y.shape) + 1 and predicted.shape[-1] == 1:
        y = ops.expand_dims(y, -1)
    return loss.call(y, predicted)


def _batches(data: Any, steps: int | None) -> Iterator[Batch]:
    if isinstance(data, (tuple, list)):
        return iter([tuple(data)])
    if isinstance(data, keras.utils.PyDataset):
        batches = (data[index] for index in range(data.num_batches))
        return itertools.islice(batches, steps)
    return itertools.islice(data, steps)


def _array(value: Any) -> np.ndarray:
    return np.asarray(ops.convert_to_numpy(value))

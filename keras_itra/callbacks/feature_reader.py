"""Features, outputs and labels of a held-out set, while a model trains."""

import operator
from collections.abc import Iterator
from typing import Any, NamedTuple

import keras
import numpy as np

from keras_itra.data.class_ids import class_ids
from keras_itra.data.tf_datasets import is_tf_dataset
from keras_itra.distribution.strategies import is_multi_worker, strategy_of
from keras_itra.models import ITRAModel
from keras_itra.models.functional_split import split_classifier
from keras_itra.models.preprocessing import Preprocessing
from keras_itra.validation import require, require_integer


class Reading(NamedTuple):
    """What a model makes of a set of rows.

    Attributes:
        features: `(n, d)`.
        outputs: `(n, K)` or `(n, 1)`, as the model gives them.
        labels: `(n,)` integers.
    """

    features: np.ndarray
    outputs: np.ndarray
    labels: np.ndarray

    @property
    def is_finite(self) -> bool:
        """Whether no feature and no output is NaN or infinite."""
        return all(
            bool(np.isfinite(rows).all())
            for rows in (self.features, self.outputs)
        )


class FeatureReader:
    """Reads the same set again and again, in inference mode.

    Neither the model nor a random generator changes.

    Args:
        data: `(x, y)`, a `tf.data.Dataset` or a `keras.utils.PyDataset` of
            labelled mini-batches. Sample weights are left out.
        batch_size: Rows of a forward pass, for arrays.

    Raises:
        ValueError: For data without labels, and for data that can be read
            only once or have no end.
    """

    def __init__(self, data: Any, batch_size: int | None = None) -> None:
        if batch_size is not None:
            require_integer("batch_size", batch_size, minimum=1)
        endless = (is_tf_dataset(data) and int(data.cardinality()) == -1) or (
            isinstance(data, keras.utils.PyDataset) and data.num_batches is None
        )
        require(
            not hasattr(data, "__next__") and not endless,
            "`data` that end and can be read again: arrays or a dataset",
            data=type(data).__name__,
        )
        self._data: tuple[Any, ...] = (data, None)
        if not _is_dataset(data):
            self._data = keras.utils.unpack_x_y_sample_weight(data)[:2]
            require(
                self._data[1] is not None,
                "`data` of inputs and labels, `(x, y)`, or a dataset",
                data=type(data).__name__,
            )
        self._batch_size = batch_size or 32

    def read(self, network: "FeatureNetwork") -> Reading:
        """Features, outputs and labels of all rows.

        Args:
            network: From `FeatureNetwork`.

        Raises:
            ValueError: For labels that are no classes, or not one per row.
        """
        x, y = self._data
        if network.preprocess is not None:
            x, y, _ = network.preprocess.dataset(self._batch_size, x, y)
        parts = [
            (*network.on_rows(rows), class_ids(labels))
            for rows, labels in _batches(x, y, self._batch_size)
        ]
        return Reading(*map(np.concatenate, zip(*parts, strict=True)))


@keras.saving.register_keras_serializable(package="keras_itra")
class FeatureNetwork(keras.Model):
    """Features and outputs of a classifier in one pass.

    Args:
        model: An `ITRAModel`, or a functional or Sequential classifier.
        feature_layer: Of a classifier that is no `ITRAModel`; see there.

    Raises:
        ValueError: If the features cannot be found, or with several workers.
    """

    def __init__(
        self, model: keras.Model, feature_layer: str | None = None
    ) -> None:
        # A functional model casts its inputs itself.
        super().__init__(
            name="feature_network",
            autocast=isinstance(model, ITRAModel) and model.autocast,
        )
        if isinstance(model, ITRAModel):
            require(
                feature_layer is None,
                "no `feature_layer` for an `ITRAModel`, which has its own",
                feature_layer=feature_layer,
            )
            self.extractor, self.head = model.extract_features, model.classify
        else:
            self.extractor, self.head = split_classifier(model, feature_layer)
        strategy = strategy_of(model)
        require(
            strategy is None or not is_multi_worker(strategy),
            "one process; with several workers, measure after training",
            strategy=type(strategy).__name__,
        )
        # Tracked, so that every backend knows the variables.
        self.model = model
        self.run_eagerly = model.run_eagerly
        task = model.wrapped if isinstance(model, ITRAModel) else model
        has_preprocessor = getattr(task, "preprocessor", None) is not None
        self.preprocess = Preprocessing(task) if has_preprocessor else None

    def call(self, x: Any, training: bool | None = None) -> Any:
        features = self.extractor(x, training=training)
        outputs = self.head(features, training=training)
        return {"features": features, "outputs": outputs}

    def on_rows(self, x: Any) -> tuple[np.ndarray, np.ndarray]:
        """Features `(n, d)` and outputs of a mini-batch, as float64."""
        rows = len(keras.tree.flatten(x)[0])
        read = self.predict_on_batch(x)
        # Inside of a strategy's scope, every replica computes all rows.
        features, outputs = (
            np.asarray(read[name], "float64")[:rows]
            for name in ("features", "outputs")
        )
        return features.reshape(rows, -1), outputs


def _is_dataset(data: Any) -> bool:
    return is_tf_dataset(data) or isinstance(data, keras.utils.PyDataset)


def _batches(x: Any, y: Any, batch_size: int) -> Iterator[tuple[Any, Any]]:
    """Inputs and labels of the mini-batches of a dataset, or of arrays."""
    if is_tf_dataset(x):
        batches = x.as_numpy_iterator()
    elif isinstance(x, keras.utils.PyDataset):
        batches = (x[index] for index in range(x.num_batches))
    else:
        yield from _slices(x, np.asarray(y), batch_size)
        return
    for batch in batches:
        rows, labels, _ = keras.utils.unpack_x_y_sample_weight(batch)
        require(
            labels is not None,
            "labelled mini-batches, `(x, y)`",
            y=labels,
        )
        yield rows, labels


def _slices(
    x: Any, y: np.ndarray, batch_size: int
) -> Iterator[tuple[Any, Any]]:
    lengths = [len(leaf) for leaf in keras.tree.flatten(x)]
    require(
        len(y) > 0 and set(lengths) == {len(y)},
        "as many labels as rows, at least one",
        labels=len(y),
        rows=lengths,
    )
    rows = (x, y)
    for start in range(0, len(y), batch_size):
        cut = operator.itemgetter(slice(start, start + batch_size))
        yield keras.tree.map_structure(cut, rows)

"""A trained classifier: from a file, in two parts, and what it consists of."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from keras_itra.experiments.evaluation import EVALUATION_ROWS
from keras_itra.metrics.logits import as_logits
from keras_itra.models import ITRAModel
from keras_itra.models.functional_split import split_classifier
from keras_itra.models.keras_compat import producer
from keras_itra.models.preprocessing import Preprocessing
from keras_itra.validation import require

Floats = NDArray[np.float64]


def load_model(path: str | Path) -> keras.Model:
    """Reads a model file.

    Args:
        path: A file that ends in `.keras`.

    Returns:
        The model, not compiled.

    Raises:
        ValueError: If there is no such file, or it holds classes of which
            this process knows nothing.
    """
    require(
        Path(path).suffix == ".keras" and Path(path).is_file(),
        "a model file that is there and ends in .keras",
        path=str(path),
    )
    try:
        return keras.saving.load_model(path, compile=False)
    except TypeError as error:  # Keras' word for an unknown class
        raise ValueError(
            "Expected a model of Keras' and keras-itra's own classes; import "
            "others, load the file and give the model to "
            f"`keras_itra.reports.model_report`. Received: path='{path}', "
            f"where {error}"
        ) from error


class Classifier:
    """A classifier whose features can be read.

    Args:
        model: An `ITRAModel`, a functional or Sequential classifier, or a
            KerasHub task.
        feature_layer: Name or path of the layer whose output is the feature.
            None: that of the `ITRAModel`, or what enters the final linear
            layer.

    Raises:
        ValueError: If the features cannot be found.
    """

    def __init__(
        self, model: keras.Model, feature_layer: str | None = None
    ) -> None:
        self.model = model
        aligned = isinstance(model, ITRAModel)
        if aligned and model.wrapped is None:
            require(
                feature_layer is None,
                "no `feature_layer` for a subclass, which has its own "
                "`extract_features`",
                feature_layer=feature_layer,
            )
            require(
                model.built,
                "a model that was called or fitted before",
                model=model.name,
            )
            self.network = model
            self._features, self._outputs = (
                model.extract_features,
                model.classify,
            )
            self.feature_layer, self.activation = "extract_features", None
            return
        self.network = model.wrapped if aligned else model
        if aligned and feature_layer is None:
            feature_layer = model.feature_layer
        parts = split_classifier(self.network, feature_layer)
        self._features, self._outputs = parts.feature_model, parts.classifier
        self.feature_layer = (
            feature_layer
            or producer(parts.feature_model.outputs[0]).operation.name
        )
        self.activation = _final_activation(parts.classifier)

    def read(self, x: Any) -> tuple[Floats, Floats]:
        """Features and logits of examples.

        Args:
            x: `(n, ...)`, as the model takes them; strings for a KerasHub task
                with a preprocessor.

        Returns:
            Features `(n, d)` and logits `(n, K)`.

        Raises:
            ValueError: If they are not finite, or outputs are no logits or
                probabilities of classes.
        """
        require(len(x) > 0, "examples to read", rows=0)
        batches = np.array_split(x, -(-len(x) // EVALUATION_ROWS))
        parts = [self._read(batch) for batch in batches]
        features, outputs = map(np.concatenate, zip(*parts, strict=True))
        bad = int(np.count_nonzero(~np.isfinite(features)))
        bad += int(np.count_nonzero(~np.isfinite(outputs)))
        require(bad == 0, "finite features and outputs", nan_or_infinite=bad)
        return features, as_logits(outputs, self.activation)

    def kernel(self, width: int, num_classes: int) -> Floats | None:
        """Weights `(d, K)` between features and logits; None unless one."""
        found = [
            weight
            for weight in getattr(self._outputs, "weights", [])
            if tuple(weight.shape) == (width, num_classes)
        ]
        if len(found) != 1:
            return None
        return keras.ops.convert_to_numpy(found[0]).astype(np.float64)

    def _read(self, batch: Any) -> tuple[Floats, Floats]:
        if batch.dtype == object:
            texts = batch.tolist()
            entries = getattr(self.network, "inputs", None) or []
            if getattr(self.network, "preprocessor", None) is not None:
                batch = Preprocessing(self.network)(texts)
            else:
                require(
                    any(entry.dtype == "string" for entry in entries),
                    "a KerasHub task with a preprocessor, or a network that "
                    "takes strings, for texts",
                    model=type(self.network).__name__,
                )
                batch = keras.ops.convert_to_tensor(texts)
        features = self._features(batch, training=False)
        outputs = self._outputs(features, training=False)
        rows = keras.ops.convert_to_numpy(features).astype(np.float64)
        return (
            rows.reshape(len(rows), -1),
            keras.ops.convert_to_numpy(outputs).astype(np.float64),
        )


def _final_activation(model: Any) -> str | None:
    """The name of the activation a model ends in.

    Args:
        model: A functional model, or a layer.

    Returns:
        For example `"softmax"`; None if its last layer has none.
    """
    while isinstance(model, keras.Model) and model.layers:
        model = model.layers[-1]
    if isinstance(model, keras.layers.Softmax):
        return "softmax"
    return getattr(getattr(model, "activation", None), "__name__", None)

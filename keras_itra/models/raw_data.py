"""Raw data in `evaluate`, `predict` and the methods for one mini-batch."""

from typing import Any

import keras

from keras_itra.models.keras_compat import evaluates_within_fit
from keras_itra.models.preprocessing import (
    preprocessing_of,
    require_inputs,
)
from keras_itra.typing import Batch


class RawData(keras.Model):
    """Maps the preprocessor of a wrapped KerasHub task over the data.

    Attributes:
        wrapped: The model given to `ITRAModel.from_model`, or None.
    """

    wrapped: keras.Model | None

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        require_inputs(self, args[0] if args else kwargs.get("x"))
        return super().__call__(*args, **kwargs)

    def evaluate(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        verbose: Any = "auto",
        sample_weight: Any = None,
        *args: Any,
        **kwargs: Any,
    ) -> Any:
        if not evaluates_within_fit(kwargs):
            x, y, sample_weight = self._preprocessed(
                batch_size, x, y, sample_weight
            )
        return super().evaluate(
            x, y, batch_size, verbose, sample_weight, *args, **kwargs
        )

    def predict(
        self, x: Any, batch_size: int | None = None, *args: Any, **kwargs: Any
    ) -> Any:
        x, *_ = self._preprocessed(batch_size, x)
        return super().predict(x, batch_size, *args, **kwargs)

    def train_on_batch(
        self,
        x: Any,
        y: Any = None,
        sample_weight: Any = None,
        *args: Any,
        **kwargs: Any,
    ) -> Any:
        batch = self._preprocessed_batch(x, y, sample_weight)
        return super().train_on_batch(*batch, *args, **kwargs)

    def test_on_batch(
        self,
        x: Any,
        y: Any = None,
        sample_weight: Any = None,
        *args: Any,
        **kwargs: Any,
    ) -> Any:
        batch = self._preprocessed_batch(x, y, sample_weight)
        return super().test_on_batch(*batch, *args, **kwargs)

    def predict_on_batch(self, x: Any) -> Any:
        return super().predict_on_batch(self._preprocessed_batch(x)[0])

    def _preprocessed(self, batch_size: int | None, *data: Any) -> Batch:
        preprocess = preprocessing_of(self)
        if preprocess is None:
            require_inputs(self, data[0])
            return data
        return preprocess.dataset(batch_size, *data)

    def _preprocessed_batch(self, *batch: Any) -> Batch:
        preprocess = preprocessing_of(self)
        if preprocess is None:
            require_inputs(self, batch[0])
            return batch
        return keras.utils.unpack_x_y_sample_weight(preprocess(*batch))

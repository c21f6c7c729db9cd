"""`fit` on paired mini-batches."""

from typing import Any

import keras

from keras_itra.data.paired_batches import PairedBatches
from keras_itra.data.tf_arrays import array_dataset
from keras_itra.distribution.strategies import (
    require_trainable,
    strategy_of,
)
from keras_itra.distribution.workers import (
    lost_worker_named,
    require_agreement,
)
from keras_itra.models.distributed_batches import distribute_batches
from keras_itra.models.first_batch import (
    check_first_batch,
    require_class_weights,
    require_weights,
)
from keras_itra.models.fit_arguments import (
    PairingOptions,
    paired_fit_arguments,
)
from keras_itra.models.preprocessing import preprocessing_of, require_inputs
from keras_itra.models.raw_data import RawData
from keras_itra.models.weight_choice import WeightSearch
from keras_itra.models.weight_search import tune_alignment_weight


class PairedFit(RawData):
    """Pairs the data that Keras's own `fit` is given.

    Attributes:
        row_pairing: Pairing of the rows of a mini-batch; "none" with a queue.
        sampling: See `ITRAModel`.
        seed: See `ITRAModel`.
        initial_alignment_weight: "auto" lets the next `fit` choose.
        weight_search: What the last search for the weight found, or None.
        starts_at_epoch: Whether the data of the last `fit` started with the
            mini-batches of its first epoch, whichever that was.
    """

    row_pairing: str
    sampling: str
    seed: int
    initial_alignment_weight: Any
    weight_search: WeightSearch | None = None
    starts_at_epoch = False

    def fit(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        epochs: int = 1,
        verbose: Any = "auto",
        callbacks: Any = None,
        validation_split: float = 0.0,
        validation_data: Any = None,
        shuffle: bool = True,
        class_weight: dict[int, float] | None = None,
        sample_weight: Any = None,
        initial_epoch: int = 0,
        steps_per_epoch: int | None = None,
        validation_steps: int | None = None,
        validation_batch_size: int | None = None,
        validation_freq: int = 1,
    ) -> keras.callbacks.History:
        """Train on paired mini-batches; arguments as in `keras.Model.fit`.

        Args:
            x: Arrays (with `y`), or a `tf.data.Dataset` or
                `keras.utils.PyDataset` of mini-batches. What can be read
                once only (a generator) needs another pairing than
                `"independent"`. Around a KerasHub task with a preprocessor:
                what that takes, such as strings, in these forms or as a list.
            y: Targets, one per row: class labels (integers, one-hot or
                soft); other targets where the alignment uses no classes.
            batch_size: m, for arrays. Defaults to 32.
            epochs: Passes over S1.
            verbose: As in Keras.
            callbacks: As in Keras.
            validation_split: As in Keras.
            validation_data: As in Keras.
            shuffle: If False, S1 keeps the order of the arrays.
            class_weight: As in Keras.
            sample_weight: Scales the compiled loss and the weights of the
                alignment; 0 takes a row out of both.
            initial_epoch: `initial_epoch=k` starts with the order of epoch
                k.
            steps_per_epoch: Cuts the endless stream of mini-batches into
                epochs of this length.
            validation_steps: As in Keras.
            validation_batch_size: Defaults to m.
            validation_freq: As in Keras.

        Returns:
            The history.

        Raises:
            ValueError: For data that cannot be paired, labels that are no
                classes (also of validation arrays), weights that are no
                weights, and features that are not finite; with
                `alignment_weight="auto"` also as `tune_alignment_weight`.
        """
        require_class_weights(class_weight)
        preprocess = preprocessing_of(self)
        if preprocess is None:
            require_inputs(self, x)
        else:
            x, y, sample_weight = preprocess.before_pairing(x, y, sample_weight)
        if self.initial_alignment_weight == "auto":
            tune_alignment_weight(
                self,
                x,
                y,
                batch_size=batch_size,
                epochs=epochs,
                verbose=verbose,
                callbacks=callbacks,
                validation_split=validation_split,
                validation_data=validation_data,
                shuffle=shuffle,
                class_weight=class_weight,
                sample_weight=sample_weight,
                initial_epoch=initial_epoch,
                steps_per_epoch=steps_per_epoch,
                validation_steps=validation_steps,
                validation_batch_size=validation_batch_size,
                validation_freq=validation_freq,
            )
            return self.history
        strategy = strategy_of(self)
        if strategy is not None:
            require_trainable(self, strategy)
        options = PairingOptions(
            self.row_pairing,
            self.sampling,
            self.seed,
            endless=strategy is not None,
        )
        arguments = paired_fit_arguments(
            options,
            x=x,
            y=y,
            sample_weight=sample_weight,
            batch_size=batch_size,
            callbacks=callbacks,
            validation_split=validation_split,
            validation_data=validation_data,
            shuffle=shuffle,
            initial_epoch=initial_epoch,
            steps_per_epoch=steps_per_epoch,
            validation_batch_size=validation_batch_size,
        )
        self.starts_at_epoch = arguments.starts_at_epoch
        with lost_worker_named(strategy):
            require_agreement(
                strategy,
                seed=self.seed,
                epochs=epochs,
                initial_epoch=initial_epoch,
                steps_per_epoch=arguments.steps_per_epoch,
                first_batch=arguments.sample,
                validation_arrays=_arrays(arguments.validation_data),
            )
            data, sample = arguments.data, arguments.sample
            validation_data = arguments.validation_data
            if preprocess is not None:
                sample = preprocess(*sample)
                if not isinstance(data, PairedBatches):
                    data = preprocess.stream(data)
                validation_data = preprocess.validation_data(
                    validation_data, arguments.validation_batch_size
                )
            labels = None
            if isinstance(arguments.data, PairedBatches):
                labels = arguments.data.arrays[1]
                for weights in arguments.data.arrays[2:]:
                    require_weights(weights)
            check_first_batch(self, sample, labels, arguments.validation_data)
            if strategy is not None:
                data = distribute_batches(
                    data, strategy, self.row_pairing, class_weight, preprocess
                )
                class_weight = None
            elif isinstance(data, PairedBatches) and (
                preprocess is not None
                or keras.backend.backend() == "tensorflow"
            ):
                data = array_dataset(data, class_weight, preprocess)
                class_weight = None
            return super().fit(
                data,
                epochs=epochs,
                verbose=verbose,
                callbacks=arguments.callbacks,
                validation_data=validation_data,
                shuffle=arguments.shuffle,
                class_weight=class_weight,
                initial_epoch=initial_epoch,
                steps_per_epoch=arguments.steps_per_epoch,
                validation_steps=validation_steps,
                validation_batch_size=arguments.validation_batch_size,
                validation_freq=validation_freq,
            )


def _arrays(data: Any) -> Any:
    """Data that can be looked at without reading a stream."""
    return data if isinstance(data, (tuple, list)) else None

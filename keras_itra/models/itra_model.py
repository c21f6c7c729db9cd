"""The model that trains with in-training representation alignment."""

import random
from typing import Any

import keras
from keras import ops

from keras_itra.data import orders
from keras_itra.losses import FeatureLoss, ITRAAlignment
from keras_itra.models.alignment_step import AlignmentStep
from keras_itra.models.classification import Classification, has_own_weights
from keras_itra.models.functional_split import split_classifier
from keras_itra.models.input_signature import InputSignature
from keras_itra.models.keras_compat import (
    DistributedTrainer,
    is_called_by_another,
)
from keras_itra.models.paired_fit import PairedFit
from keras_itra.models.paired_rows import first_rows, merge_rows, split_rows
from keras_itra.models.penalties import Penalties
from keras_itra.models.queue import queue_memory
from keras_itra.models.serialization import SavedByArguments
from keras_itra.models.training_logs import TrainingLogs
from keras_itra.typing import Tensor
from keras_itra.validation import (
    require,
    require_integer,
    require_number,
    require_one_of,
)


@keras.saving.register_keras_serializable(package="keras_itra")
class ITRAModel(SavedByArguments, AlignmentStep, PairedFit, DistributedTrainer):
    """A classifier trained with in-training representation alignment.

    Every step draws two mini-batches S1 and S2 of the training set and
    minimises

    ```
    cross-entropy(S1) + alignment_weight * MMD(features(S1), features(S2))
    ```

    Wrap a classifier with `ITRAModel.from_model`, or subclass and implement
    `extract_features` and `classify`. `compile`, `evaluate`, `predict` and
    `save` are those of Keras.

    `fit` pairs what it is given: arrays, a `keras.utils.PyDataset` or a
    `tf.data.Dataset`; `batch_size` is m. A pass over S1 is an epoch. The
    order of arrays is a pure function of (seed, epoch). `train_on_batch`
    takes mini-batches that are paired already: S1 in even rows, S2 in odd.

    History: `loss` = `supervised_loss` (the compiled loss and regularizers)
    + `alignment_weight` * `alignment`; `bandwidth` is the mean bandwidth of
    the classes present in both mini-batches (0 where the kernel has none).
    `evaluate` reports the supervised loss and the metrics only.

    In training, `model(x, training=True)` returns a dict of `"logits"` (of
    S1) and `"features"`; otherwise the output of the classifier.

    Args:
        model: The classifier to wrap; None for subclasses.
        feature_layer: Name or path (`"backbone/pool"`) of the layer of
            `model` whose output is aligned. Defaults to what enters the
            final linear layer.
        alignment: A `keras_itra.losses.FeatureLoss`. Defaults to
            `ITRAAlignment(mode="conditional")`, ITRA-c.
        alignment_weight: Number >= 0, a `LearningRateSchedule` of
            `optimizer.iterations` (below 0 it counts as 0), or `"auto"`: the
            first `fit`, which then needs validation data and trains six
            times, chooses the weight (see `keras_itra.tune_alignment_weight`)
            and tells in `model.weight_search` why. The weight is a variable,
            `model.alignment_weight`, which may be set at any time and is
            saved. Defaults to 0.6.
        pairing: `"independent"` (default; the paper): 2m rows a step, S1 and
            S2 from two permutations; `"split"`: m rows a step, half of them
            S1; `"none"`: one mini-batch, for losses that need no second;
            `"queue"`: m rows a step, all of them S1, and S2 is a memory of
            the features of the steps before. The gradient passes through
            S1 only and is scaled to that of two mini-batches. Take it with
            `alignment=WithinClassSpread()`: an MMD, which is 0 until the
            memory is full, keeps less of its effect with remembered rows.
        supervise: `"first"` (default; the paper): the compiled loss sees S1
            only; `"both"`: S1 and S2.
        sampling: `"matched"` (default): S1 as in plain `fit`, row i of S2
            has the class of row i of S1; `"balanced"`: class-balanced round
            robin, smaller classes repeated (the authors' choice);
            `"random"`.
        forward: `"joint"` (default): one pass of all rows; `"separate"`: S1
            and S2 pass one after the other, each with its own batch
            statistics (the paper).
        memory_size: Rows of the memory of `pairing="queue"`. Defaults to
            128, a mini-batch of the usual size. For an MMD more rows are
            worse, being out of date; the spread bears them.
        memory_balanced: Remember the latest `memory_size // num_classes`
            rows of every class, instead of the latest rows. Defaults to
            False.
        seed: Seed of the orders. Defaults to a draw from `random`, which
            `keras.utils.set_random_seed` makes reproducible.
        **kwargs: Of `keras.Model`: `name`, `dtype`, `trainable`.

    Raises:
        ValueError: For arguments outside their domain, and for models whose
            features cannot be found.

    Example:

    ```python
    import keras
    import numpy as np
    import keras_itra

    x = np.random.default_rng(0).normal(size=(64, 8)).astype("float32")
    y = (x[:, 0] > 0).astype("int32")
    classifier = keras.Sequential(
        [
            keras.Input((8,)),
            keras.layers.Dense(16, activation="relu"),
            keras.layers.Dense(2),
        ]
    )
    model = keras_itra.ITRAModel.from_model(classifier, seed=0)
    model.compile(
        optimizer="sgd",
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    history = model.fit(x, y, batch_size=16, epochs=1, verbose=0).history
    assert "alignment" in history
    ```

    Reference:
        Li et al., Learning Compact Features via In-Training Representation
        Alignment, AAAI 2023, https://arxiv.org/abs/2211.13332, Eq. 3-6.
    """

    def __init__(
        self,
        model: keras.Model | None = None,
        feature_layer: str | None = None,
        alignment: FeatureLoss | None = None,
        alignment_weight: Any = 0.6,
        pairing: str = "independent",
        supervise: str = "first",
        sampling: str = "matched",
        forward: str = "joint",
        seed: int | None = None,
        memory_size: int = 128,
        memory_balanced: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        given = {
            "model": model,
            "feature_layer": feature_layer,
            "alignment": alignment,
            "alignment_weight": alignment_weight,
            "pairing": pairing,
            "supervise": supervise,
            "sampling": sampling,
            "forward": forward,
            "seed": seed,
            "memory_size": memory_size,
            "memory_balanced": memory_balanced,
        }
        # Not through Keras, which would wrap and track the dict.
        object.__setattr__(self, "_given", given)
        require_one_of("pairing", pairing, (*orders.PAIRINGS, "queue"))
        require_one_of("supervise", supervise, ("first", "both"))
        require_one_of("sampling", sampling, orders.SAMPLINGS)
        require_one_of("forward", forward, ("joint", "separate"))
        require_integer("memory_size", memory_size, minimum=1)
        queue = pairing == "queue"
        require(
            queue or memory_balanced is False,
            "`memory_balanced=True` only with `pairing='queue'`",
            memory_balanced=memory_balanced,
            pairing=pairing,
        )
        if seed is not None:
            require_integer("seed", seed, minimum=0)
        alignment = ITRAAlignment() if alignment is None else alignment
        require(
            isinstance(alignment, FeatureLoss),
            "`alignment` to be a `keras_itra.losses.FeatureLoss`",
            alignment=alignment,
        )
        schedule = alignment_weight
        if not isinstance(
            schedule, keras.optimizers.schedules.LearningRateSchedule
        ):
            schedule = None
            if isinstance(alignment_weight, str):
                require_one_of("alignment_weight", alignment_weight, ("auto",))
            else:
                require_number("alignment_weight", alignment_weight)
        self.feature_layer = feature_layer
        self.alignment = alignment
        self.pairing = pairing
        self.row_pairing = "none" if queue else pairing
        self.supervise = supervise
        self.sampling = sampling
        # Not `forward`: under PyTorch, Keras calls a model by this name.
        self.passes = forward
        self.memory_size = memory_size
        self.memory_balanced = memory_balanced
        self.seed = random.randrange(2**31) if seed is None else seed
        self.initial_alignment_weight = alignment_weight
        self.alignment_schedule = schedule
        self._alignment_weight = self.add_weight(
            shape=(),
            initializer=keras.initializers.Constant(
                0.0
                if schedule or alignment_weight == "auto"
                else alignment_weight
            ),
            trainable=False,
            dtype="float32",
            # A schedule gives every replica the same weight.
            aggregation="only_first_replica",
            name="alignment_weight",
        )
        # Tracked here, since Keras does not track the variables of losses.
        self._alignment_layers = alignment.layers
        self.training_logs = TrainingLogs()
        self._signature: InputSignature | None = None
        # Not tracked: its layers are those of the two parts below.
        object.__setattr__(self, "wrapped", model)
        if model is not None:
            # The model casts its inputs itself, as its layers want them.
            self.autocast = False
            parts = split_classifier(model, feature_layer)
            self.feature_model = parts.feature_model
            self.classifier = parts.classifier
            if not (self.trainable and model.trainable):
                # Else Keras sees no change when all of it becomes trainable.
                self.feature_model.trainable = False
                self.classifier.trainable = False
            # Losses and metrics may be given by the name of the output.
            self.output_names = getattr(model, "output_names", None)
        self.feature_memory = queue_memory(self) if queue else None
        if model is not None:
            # All variables are there, so that weights can be loaded.
            self.built = True

    @classmethod
    def from_model(
        cls,
        classifier: keras.Model,
        feature_layer: str | None = None,
        **options: Any,
    ) -> "ITRAModel":
        """Wrap a classifier.

        Args:
            classifier: A functional or Sequential model, or a KerasHub task,
                with one output. It shares its weights with the result.
            feature_layer: See the class.
            **options: See the class.

        Returns:
            The model to compile and fit.

        Raises:
            ValueError: See the class.
        """
        require(
            isinstance(classifier, keras.Model),
            "`classifier` to be a `keras.Model`",
            classifier=type(classifier).__name__,
        )
        return cls(model=classifier, feature_layer=feature_layer, **options)

    def extract_features(self, x: Any, training: bool | None = None) -> Tensor:
        """Features of a mini-batch; subclasses implement it.

        Args:
            x: Inputs as the model is fed.
            training: Whether the model trains.

        Returns:
            `(batch, ...)`: the input of the final linear layer.
        """
        return self._part("feature_model")(x, training=training)

    def classify(
        self, features: Tensor, training: bool | None = None
    ) -> Tensor:
        """Output for features; subclasses implement it.

        Args:
            features: From `extract_features`.
            training: Whether the model trains.

        Returns:
            `(batch, num_classes)` or `(batch, 1)`.
        """
        return self._part("classifier")(features, training=training)

    def inference_model(self) -> keras.Model:
        """The plain classifier, sharing weights: for predict and export.

        Returns:
            The model given to `from_model`; for subclasses a functional
            model of the same layers, for inputs of the shape of the first
            mini-batch; of one layer, if the subclass has weights of its own.

        Raises:
            ValueError: For a subclass that has not been built yet.
        """
        if self.wrapped is not None:
            return self.wrapped
        if self._signature is None:
            raise ValueError(
                "Expected a model that was called or fitted before. "
                f"Received: model={self.name!r}"
            )
        inputs = self._signature.inputs()
        if has_own_weights(self):
            outputs = Classification(self, name="classification")(inputs)
        else:
            outputs = self.classify(self.extract_features(inputs))
        return keras.Model(inputs, outputs, name=f"{self.name}_inference")

    def call(self, x: Any, training: bool | None = None) -> Any:
        if self._signature is None:
            self._signature = InputSignature.of(x)
        if training:
            require(
                not is_called_by_another(self),
                "a model that is fitted itself; another model trains with "
                "`inference_model()` in its place, without alignment",
                model=self.name,
            )
            return self._training_output(x)
        features = self.extract_features(x, training=training)
        self._build_memory(features)
        return self.classify(features, training=training)

    def _training_output(self, x: Any) -> dict[str, Any]:
        """Logits of what is supervised, features of all rows, penalties."""
        penalties = Penalties(self)
        if self.passes == "separate" and self.row_pairing != "none":
            rows = ops.shape(keras.tree.flatten(x)[0])[0]
            s1, s2 = split_rows(x, rows)
            of_s1 = self.extract_features(s1, training=True)
            penalties.end_pass(0.5)
            of_s2 = self.extract_features(s2, training=True)
            penalties.end_pass(0.5)
            features = merge_rows(of_s1, of_s2, rows)
        else:
            features = self.extract_features(x, training=True)
        self._build_memory(features)
        supervised = first_rows(features) if self.first_only else features
        logits = self.classify(supervised, training=True)
        penalties.end_pass()
        return {
            "logits": logits,
            "features": features,
            "penalties": penalties.all(),
        }

    def _build_memory(self, features: Tensor) -> None:
        memory = self.feature_memory
        if memory is not None and not memory.built:
            memory.build(features.shape)

    def _part(self, name: str) -> keras.Model:
        if self.wrapped is None:
            raise NotImplementedError(
                "Expected a subclass of `ITRAModel` to implement "
                "`extract_features` and `classify`, or a model given to "
                f"`ITRAModel.from_model`. Received: {type(self).__name__}"
            )
        return getattr(self, name)

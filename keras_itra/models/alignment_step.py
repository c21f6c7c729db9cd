"""The training step: supervised loss plus weighted alignment."""

from typing import Any

import keras
from keras import ops

from keras_itra.discrepancies.terms import Terms
from keras_itra.distribution import gather_rows, replica_count
from keras_itra.distribution.strategies import (
    require_trainable,
    strategy_of,
)
from keras_itra.layers import FeatureMemory
from keras_itra.losses import FeatureLoss
from keras_itra.models.keras_compat import (
    applied_updates,
    compiled_metrics,
    mask_of,
    position,
    with_mask,
)
from keras_itra.models.paired_rows import first_rows
from keras_itra.models.penalties import sum_of_shards
from keras_itra.models.queue import remember, terms_against
from keras_itra.models.training_logs import TRAINING_LOGS, TrainingLogs
from keras_itra.typing import Batch, Tensor
from keras_itra.validation import require, require_number


class AlignmentStep(keras.Model):
    """Adds the alignment to Keras's own training step.

    The step checks its mini-batch and then is Keras's own; the alignment
    enters through `compute_loss`. So mixed precision, XLA, gradient
    accumulation and distribution work as they do for any Keras model.

    Attributes:
        alignment: The loss on the features.
        alignment_schedule: Schedule of the weight, or None.
        initial_alignment_weight: As given, or as chosen; "auto" before.
        feature_memory: S2 of `pairing="queue"`, or None.
        row_pairing: Pairing of the rows of a mini-batch; "none" with a queue.
        supervise: See `ITRAModel`.
        training_logs: Means of what a training step logs.
        is_searching: Whether `fit` tries a weight, which may be 0.
    """

    alignment: FeatureLoss
    _alignment_weight: Any
    alignment_schedule: Any
    initial_alignment_weight: Any
    feature_memory: FeatureMemory | None
    row_pairing: str
    supervise: str
    training_logs: TrainingLogs
    is_searching = False
    _hides_losses = False

    @property
    def first_only(self) -> bool:
        """Whether the compiled loss sees S1 only."""
        return self.supervise == "first" and self.row_pairing != "none"

    @property
    def alignment_weight(self) -> Any:
        """Weight of the alignment: a variable, to which a number may be set.

        Raises:
            ValueError: If what is set is no number >= 0, or a schedule or
                the first `fit` sets the weight.
        """
        return self._alignment_weight

    @alignment_weight.setter
    def alignment_weight(self, value: float) -> None:
        require_number("alignment_weight", value)
        require(
            self.alignment_schedule is None
            and self.initial_alignment_weight != "auto",
            "to set the weight of a model that neither has a schedule of it "
            "nor chooses it by itself",
            alignment_weight=self.initial_alignment_weight,
        )
        self._alignment_weight.assign(value)

    def compute_loss(
        self,
        x: Any = None,
        y: Any = None,
        y_pred: Any = None,
        sample_weight: Any = None,
        training: bool = True,
    ) -> Tensor:
        if not self._is_training_output(y_pred):
            return super().compute_loss(x, y, y_pred, sample_weight, training)
        logits, features = y_pred["logits"], y_pred["features"]
        rows = ops.shape(features)[0]
        alignment = self.alignment.for_classes(max(logits.shape[-1], 2))
        shared = alignment.gather or self.feature_memory is not None
        local = (y, features, sample_weight)
        # The whole mini-batch on every replica, where Keras divides by their
        # number: exact for shards of any size, whatever the compiled loss.
        mask = mask_of(logits)
        y, logits, sample_weight, features, mask = gather_rows(
            (
                *(y, logits, sample_weight, features if shared else None),
                None if mask is None else ops.cast(mask, "float32"),
            )
        )
        if mask is not None:
            logits = with_mask(logits, mask > 0)
        self._hides_losses = True
        try:
            supervised = super().compute_loss(
                x, *self._supervised(y, logits, sample_weight), training
            )
        finally:
            self._hides_losses = False
        replicas = ops.cast(replica_count(), supervised.dtype)
        terms = self._aligned(alignment, local, (y, features, sample_weight))
        value = ops.cast(ops.sum(terms.rows), supervised.dtype)
        weight = ops.cast(self.alignment_weight, supervised.dtype)
        if y_pred["penalties"]:
            supervised = supervised + sum_of_shards(
                y_pred["penalties"], rows, ops.shape(y)[0], replicas
            )
        values = (supervised * replicas, value, weight, terms.bandwidth)
        self.training_logs.update_state(values, rows)
        return supervised + weight * value / replicas

    @property
    def losses(self) -> list[Tensor]:
        """As of every Keras model; none while a step computes its loss."""
        # They are in the output of the step.
        return [] if self._hides_losses else super().losses

    def _aligned(
        self, alignment: FeatureLoss, local: Batch, whole: Batch
    ) -> Terms:
        """Terms of the alignment; what it remembers moves on."""
        batch = whole if alignment.gather else local
        if self.feature_memory is None:
            terms = alignment.terms(*batch)
            alignment.update(*batch)
            return terms
        terms = terms_against(self.feature_memory, alignment, *batch)
        # Every replica remembers the whole mini-batch.
        remember(self.feature_memory, alignment, *whole)
        return terms

    def compute_metrics(
        self, x: Any, y: Any, y_pred: Any, sample_weight: Any = None
    ) -> dict[str, Any]:
        _require_other_names(compiled_metrics(self))
        if self._is_training_output(y_pred):
            y, logits, sample_weight = self._supervised(
                y, y_pred["logits"], sample_weight
            )
            return super().compute_metrics(x, y, logits, sample_weight)
        results = super().compute_metrics(x, y, y_pred, sample_weight)
        for name in TRAINING_LOGS:
            results.pop(name, None)
        return results

    def train_step(self, *args: Any) -> Any:
        # JAX passes the state before the data.
        _, y, _ = keras.utils.unpack_x_y_sample_weight(args[-1])
        require(
            y is not None and not keras.tree.is_nested(y),
            "targets `y`, of one output",
            y=type(y).__name__,
        )
        require(
            self.initial_alignment_weight != "auto",
            "`fit` first, which chooses the weight",
            alignment_weight=self.initial_alignment_weight,
        )
        strategy = strategy_of(self)
        if strategy is not None:
            require_trainable(self, strategy)
        if self.alignment_schedule is not None:
            args = self._scheduled(*args)
        return super().train_step(*args)

    def _scheduled(self, *args: Any) -> tuple[Any, ...]:
        """Sets the weight of this step, in the state that JAX passes."""
        if len(args) == 1:
            iterations = self.optimizer.iterations
            self.alignment_weight.assign(self._weight_at(iterations))
            return args
        (trainable, others, of_optimizer, metrics), data = args
        step = applied_updates(self.optimizer, of_optimizer)
        others = list(others)
        place = position(self.alignment_weight, self.non_trainable_variables)
        others[place] = self._weight_at(step)
        return (trainable, others, of_optimizer, metrics), data

    def _weight_at(self, step: Any) -> Tensor:
        weight = ops.cast(self.alignment_schedule(step), "float32")
        return ops.maximum(weight, 0.0)

    def _supervised(self, y: Any, logits: Any, sample_weight: Any) -> Batch:
        if self.first_only:
            y = first_rows(y)
            if sample_weight is not None:
                sample_weight = first_rows(sample_weight)
        return y, logits, sample_weight

    @staticmethod
    def _is_training_output(y_pred: Any) -> bool:
        return isinstance(y_pred, dict) and set(y_pred) == {
            "logits",
            "features",
            "penalties",
        }


def _require_other_names(metrics: list[Any]) -> None:
    """Refuse metrics that a log of the training step would hide."""
    for metric in metrics:
        name = getattr(metric, "name", getattr(metric, "__name__", metric))
        require(
            name not in TRAINING_LOGS,
            "metrics of other names than " + ", ".join(TRAINING_LOGS),
            metric=name,
        )

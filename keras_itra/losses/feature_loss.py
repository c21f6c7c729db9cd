"""Base class of losses on features: a vector whose mean is the loss."""

from abc import abstractmethod
from typing import Any

import keras
from keras import ops

from keras_itra.discrepancies.terms import Terms
from keras_itra.distribution import gather_rows
from keras_itra.typing import Tensor
from keras_itra.validation import require


class FeatureLoss(keras.losses.Loss):
    """A loss on the features of a mini-batch and their labels.

    Subclasses implement `terms`. The loss is a vector with one entry per row
    of the mini-batch, whose mean is the discrepancy and whose mean's gradient
    is its gradient: so Keras reduces, weights and distributes it like any
    other loss. A scalar loss would not be divided by the number of replicas.

    `sample_weight` scales the rows inside the discrepancy (0 takes a row
    out), not the entries of the vector.

    Args:
        name: Name of the loss.
        gather: On several replicas of `tf.distribute`, compare the rows of
            the whole mini-batch (default), or those of each replica by
            themselves, which is another estimator.

    Example:

    ```python
    from keras import ops
    from keras_itra.discrepancies.terms import Terms
    from keras_itra.losses import FeatureLoss


    class SmallNorm(FeatureLoss):
        uses_classes = False

        def terms(self, labels, features, sample_weight=None):
            norms = ops.sum(ops.square(features), axis=1)
            return Terms(ops.divide(norms, norms.shape[0]), ops.zeros(()))


    loss = SmallNorm(name="small_norm")
    assert float(loss([0, 1], ops.ones((2, 3)))) == 3.0
    ```
    """

    def __init__(self, name: str, gather: bool = True) -> None:
        # float32 whatever the policy: float16 would turn label 2049 into 2048.
        super().__init__(name=name, dtype="float32")
        require(
            isinstance(gather, bool), "`gather` True or False", gather=gather
        )
        self.gather = gather

    @property
    def layers(self) -> list[keras.layers.Layer]:
        """Layers that hold the state of the loss, for a model to track."""
        return []

    #: Whether the labels must be classes.
    uses_classes = True

    def for_classes(self, num_classes: int) -> "FeatureLoss":
        """This loss, told the number of classes if it wants to know it."""
        return self

    @abstractmethod
    def terms(
        self,
        labels: Tensor,
        features: Tensor,
        sample_weight: Tensor | None = None,
    ) -> Terms:
        """The discrepancy, spread over the rows.

        Args:
            labels: `(batch,)`, `(batch, 1)` or `(batch, num_classes)`.
            features: `(batch, ...)`.
            sample_weight: `(batch,)` or `(batch, 1)`, >= 0.

        Returns:
            Rows that sum to the discrepancy, and the bandwidth.
        """

    def update(
        self,
        labels: Tensor,
        features: Tensor,
        sample_weight: Tensor | None = None,
    ) -> None:
        """Move the state of the loss after a training step; here none.

        Args:
            labels: As for `terms`.
            features: As for `terms`.
            sample_weight: As for `terms`.
        """

    def call(self, y_true: Tensor, y_pred: Any) -> Tensor:
        """The loss as a vector.

        Args:
            y_true: Labels.
            y_pred: Features, or a tuple of features and, if there are any,
                sample weights.

        Returns:
            `(batch,)`; the mean is the discrepancy. `batch` counts the rows
            of all replicas where they are gathered.
        """
        features, weight, *_ = (
            (*y_pred, None) if isinstance(y_pred, tuple) else (y_pred, None)
        )
        batch = (y_true, features, weight)
        if self.gather:
            batch = gather_rows(batch)
        rows = self.terms(*batch).rows
        self.update(*batch)
        return rows * ops.cast(ops.shape(rows)[0], rows.dtype)

    def __call__(
        self,
        y_true: Tensor,
        y_pred: Tensor,
        sample_weight: Tensor | None = None,
    ) -> Tensor:
        require(
            type(self).update is FeatureLoss.update or _keeps_updates(y_pred),
            "a loss without state, which JAX loses where Keras compiles a loss "
            "into a model: use `keras_itra.layers.AlignmentRegularizer` or "
            "`ITRAModel`",
            loss=self.name,
        )
        # As a tuple, through `call`: Keras itself would multiply the entries of
        # the vector by the weights, and by a mask of the steps of a sequence.
        weights = () if sample_weight is None else (sample_weight,)
        return super().__call__(y_true, (y_pred, *weights))

    def get_config(self) -> dict[str, Any]:
        """Arguments that rebuild this loss."""
        # Subclasses need not take an argument that they do not use.
        gather = {} if self.gather else {"gather": False}
        return {"name": self.name, **gather}


def _keeps_updates(features: Tensor) -> bool:
    """Whether variables that the model does not know can be assigned here."""
    if keras.backend.backend() != "jax":
        return True
    try:
        ops.convert_to_numpy(ops.stop_gradient(features)[:0])
    except Exception:  # a class of JAX: features are those of a compiled step
        return False
    return True

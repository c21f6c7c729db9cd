"""What layers add to the loss while a model trains."""

from typing import Any

from keras import ops

from keras_itra.typing import Tensor


class Penalties:
    """Collects `add_loss` and regularizers pass by pass, within one step.

    Keras keeps them in the layers until the loss is computed. That is too
    long where other passes come between: those of several mini-batches add
    up, or replace each other under JAX, and the replicas of a strategy clear
    each other's where they wait for rows to be gathered.

    Args:
        model: The model, before the first pass.
    """

    def __init__(self, model: Any) -> None:
        self._model = model
        # Those of the weights, the last ones of the list, are made anew.
        self._of_weights = len(model.losses)
        self._losses: list[Tensor] = []
        self._seen: list[Tensor] = []
        self._scaled: list[Tensor] = []

    def end_pass(self, share: float = 1.0) -> None:
        """Takes what was added since the last call.

        Args:
            share: Weight of the pass.
        """
        self._losses = self._model.losses
        new = [
            loss
            for loss in self._losses[: self._added]
            if all(loss is not seen for seen in self._seen)
        ]
        self._seen += new
        self._scaled += [share * ops.sum(loss) for loss in new]

    def all(self) -> list[Tensor]:
        """What was taken, and the penalties of the weights."""
        return self._scaled + self._losses[self._added :]

    @property
    def _added(self) -> int:
        """How many of the losses no weight has."""
        return len(self._losses) - self._of_weights


def sum_of_shards(
    penalties: list[Tensor], rows: Any, all_rows: Any, replicas: Tensor
) -> Tensor:
    """What the penalties of one replica add to the loss.

    Keras adds up the gradients of the replicas, so each counts by its share
    of the rows. The value is divided by the number of replicas instead: what
    is logged is a mean over the rows already.
    """
    total = sum(ops.cast(penalty, replicas.dtype) for penalty in penalties)
    share = ops.cast(rows, replicas.dtype) / ops.cast(all_rows, replicas.dtype)
    by_rows = share * total
    return by_rows + ops.stop_gradient(total / replicas - by_rows)

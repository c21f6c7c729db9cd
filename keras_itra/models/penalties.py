"""Penalties that layers add to the loss, of two forward passes."""

from typing import Any

from keras import ops

from keras_itra.typing import Tensor


class PenaltiesOfPasses:
    """Follows `add_loss` and activity regularizers through several passes.

    Keras sums up what all passes have added; under JAX, where a step calls no
    model as a whole, the last pass of a layer replaces those before. Both mean
    another penalty than one pass of all rows would have added.

    Args:
        model: The model, before the first pass.
    """

    def __init__(self, model: Any) -> None:
        self._model = model
        # Those of the weights, the last ones of the list, are made anew.
        self._of_weights = len(model.losses)
        self._passes: list[list[Tensor]] = []
        self._counted: list[Tensor] = []

    def end_of_pass(self) -> None:
        """Notes what the pass has added."""
        losses = self._model.losses
        losses = losses[: len(losses) - self._of_weights]
        before = [loss for part in self._passes for loss in part]
        self._passes.append(
            [loss for loss in losses if all(loss is not b for b in before)]
        )
        self._counted = losses

    def to_their_mean(self) -> list[Tensor]:
        """What is to be added, so that the mean of the passes counts.

        Returns:
            Scalars; none where nothing was added.
        """
        parts = [loss for part in self._passes for loss in part]
        share = 1.0 / len(self._passes)
        return [share * ops.sum(loss) for loss in parts] + [
            -ops.sum(loss) for loss in self._counted
        ]

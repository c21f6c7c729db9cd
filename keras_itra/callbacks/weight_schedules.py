"""Alignment weights as functions of the epoch."""

from collections.abc import Callable, Mapping

from keras_itra.validation import require, require_integer, require_number


def linear_ramp(
    weight: float, epochs: int, start: int = 0
) -> Callable[[int], float]:
    """An alignment weight that rises from 0.

    ```
    w(e) = weight * min(1, max(0, e - start + 1) / (epochs + 1))
    ```

    Args:
        weight: Reached in epoch `start + epochs`, and kept.
        epochs: Epochs of the rise, in which the weight is between 0 and
            `weight`; 0 for a step.
        start: Epochs before it, of weight 0. Defaults to 0.

    Returns:
        A function of the epoch, for `AlignmentWeightSchedule`.

    Raises:
        ValueError: For arguments outside their domain.

    Example:

    ```python
    from keras_itra.callbacks import linear_ramp

    ramp = linear_ramp(0.6, epochs=2, start=1)
    weights = [round(ramp(epoch), 6) for epoch in range(5)]
    assert weights == [0.0, 0.2, 0.4, 0.6, 0.6]
    ```
    """
    require_number("weight", weight)
    require_integer("epochs", epochs, minimum=0)
    require_integer("start", start, minimum=0)

    def ramp(epoch: int) -> float:
        return weight * min(1.0, max(0, epoch - start + 1) / (epochs + 1))

    return ramp


def piecewise_constant(weights: Mapping[int, float]) -> Callable[[int], float]:
    """An alignment weight that changes at given epochs.

    Args:
        weights: Weight by the epoch from which on it holds. One holds from 0.

    Returns:
        A function of the epoch, for `AlignmentWeightSchedule`.

    Raises:
        ValueError: For arguments outside their domain.

    Example:

    ```python
    from keras_itra.callbacks import piecewise_constant

    weight = piecewise_constant({0: 0.0, 5: 0.6})
    assert [weight(epoch) for epoch in (0, 4, 5, 9)] == [0.0, 0.0, 0.6, 0.6]
    ```
    """
    for epoch, weight in weights.items():
        require_integer("weights", epoch, minimum=0)
        require_number("weights", weight)
    require(0 in weights, "`weights` from epoch 0 on", weights=dict(weights))
    steps = sorted(weights.items())

    def piecewise(epoch: int) -> float:
        return [weight for start, weight in steps if start <= epoch][-1]

    return piecewise

"""Orthogonal projection loss."""

from typing import Any

import keras
from keras import ops

from keras_itra.discrepancies.terms import Terms
from keras_itra.experiments.rivals.cosines import pairs_of
from keras_itra.losses import FeatureLoss
from keras_itra.typing import Tensor
from keras_itra.validation import require_number


@keras.saving.register_keras_serializable(package="keras_itra")
class OrthogonalProjection(FeatureLoss):
    """Draws classes together and makes them orthogonal to each other.

    ```
    loss = (1 - mean_{i != j, y_i = y_j} cos(h_i, h_j))
           + gamma * | mean_{y_i != y_j} cos(h_i, h_j) |
    ```

    A mean over no pair takes its term with it. A pair counts by the product
    of its sample weights; rows of soft labels are of one class to the extent
    of their inner product, and of different ones for the rest.

    Args:
        gamma: Weight of the different classes, >= 0. Defaults to 0.5.
        name: Name of the loss. Defaults to `"orthogonal_projection"`.
        gather: On several replicas, compare the whole mini-batch; see
            `keras_itra.losses.FeatureLoss`. Defaults to True.

    Raises:
        ValueError: For arguments outside their domain.

    Example:

    ```python
    import numpy as np
    from keras_itra.experiments.rivals import OrthogonalProjection

    features = np.repeat(np.eye(2, dtype="float32"), 2, axis=0)
    loss = OrthogonalProjection(gamma=0.5)
    assert float(loss(np.array([0, 0, 1, 1]), features)) == 0.0
    assert float(loss(np.array([0, 1, 0, 1]), features)) == 1.25
    ```

    Reference:
        Ranasinghe et al., Orthogonal Projection Loss, ICCV 2021, Eq. 3-5.
    """

    def __init__(
        self,
        gamma: float = 0.5,
        name: str = "orthogonal_projection",
        gather: bool = True,
    ) -> None:
        super().__init__(name=name, gather=gather)
        require_number("gamma", gamma)
        self.gamma = gamma

    def terms(
        self,
        labels: Tensor,
        features: Tensor,
        sample_weight: Tensor | None = None,
    ) -> Terms:
        pairs = pairs_of(labels, features, sample_weight)
        products = pairs.weights[:, None] * pairs.weights[None, :]
        within = _rows_of_mean(1.0 - pairs.cosines, products * pairs.same)
        between = _rows_of_mean(
            pairs.cosines, products * (pairs.others - pairs.same)
        )
        sign = ops.stop_gradient(ops.sign(ops.sum(between)))
        rows = within + self.gamma * sign * between
        return Terms(rows, ops.zeros((), rows.dtype))

    def get_config(self) -> dict[str, Any]:
        """Arguments that rebuild this loss."""
        return {**super().get_config(), "gamma": self.gamma}


def _rows_of_mean(values: Tensor, weights: Tensor) -> Tensor:
    """`(n,)` whose sum is the weighted mean of `(n, n)` values."""
    sums = ops.sum(values * weights, axis=1)
    return ops.divide_no_nan(sums, ops.sum(weights))

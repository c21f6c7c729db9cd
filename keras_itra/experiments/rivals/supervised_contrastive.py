"""Supervised contrastive loss."""

from typing import Any

import keras
from keras import ops

from keras_itra.discrepancies.terms import Terms
from keras_itra.experiments.rivals.cosines import pairs_of
from keras_itra.losses import FeatureLoss
from keras_itra.typing import Tensor
from keras_itra.validation import require_number

# Logit of a pair that takes no part; its exponential is 0.
_ABSENT = -1e30


@keras.saving.register_keras_serializable(package="keras_itra")
class SupervisedContrastive(FeatureLoss):
    """Supervised contrastive loss, the form with the sum outside the log.

    ```
    z_i  = h_i / ||h_i||
    loss = mean_i mean_{p in P(i)}
           [ log sum_{a != i} exp(z_i . z_a / t) - z_i . z_p / t ]
    ```

    P(i) are the other rows of i's class. Rows without any are not counted
    in the mean over i, but are compared with as negatives. The loss is 0 if
    no row has any.

    A sample weight scales a row's term in the mean over i; a row of weight 0
    is not compared with either. Soft labels count the pair (i, p) by their
    inner product.

    Args:
        temperature: t > 0. Defaults to 0.1.
        name: Name of the loss. Defaults to `"supervised_contrastive"`.
        gather: On several replicas, compare the whole mini-batch; see
            `keras_itra.losses.FeatureLoss`. Defaults to True.

    Raises:
        ValueError: For arguments outside their domain.

    Example:

    ```python
    import numpy as np
    from keras_itra.experiments.rivals import SupervisedContrastive

    features = np.repeat(np.eye(2, dtype="float32"), 2, axis=0)
    loss = SupervisedContrastive(temperature=0.1)
    assert float(loss(np.array([0, 0, 1, 1]), features)) < 1e-3
    assert float(loss(np.array([0, 1, 0, 1]), features)) > 5
    ```

    Reference:
        Khosla et al., Supervised Contrastive Learning, NeurIPS 2020, Eq. 2.
    """

    def __init__(
        self,
        temperature: float = 0.1,
        name: str = "supervised_contrastive",
        gather: bool = True,
    ) -> None:
        super().__init__(name=name, gather=gather)
        require_number("temperature", temperature, strict=True)
        self.temperature = temperature

    def terms(
        self,
        labels: Tensor,
        features: Tensor,
        sample_weight: Tensor | None = None,
    ) -> Terms:
        pairs = pairs_of(labels, features, sample_weight)
        logits = pairs.cosines / self.temperature
        compared = ops.where(pairs.others > 0, logits, _ABSENT)
        log_sums = ops.logsumexp(compared, axis=1, keepdims=True)
        positives = ops.sum(pairs.same, axis=1)
        rows = ops.divide_no_nan(
            ops.sum(pairs.same * (log_sums - logits), axis=1), positives
        )
        counted = ops.where(positives > 0, pairs.weights, 0.0)
        rows = ops.divide_no_nan(rows * counted, ops.sum(counted))
        return Terms(rows, ops.zeros((), rows.dtype))

    def get_config(self) -> dict[str, Any]:
        """Arguments that rebuild this loss."""
        return {**super().get_config(), "temperature": self.temperature}

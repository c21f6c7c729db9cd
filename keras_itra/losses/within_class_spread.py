"""The one-batch control of ITRA-c as a loss."""

from typing import Any

import keras
from keras import ops

from keras_itra import kernels
from keras_itra.discrepancies import terms as discrepancy
from keras_itra.discrepancies.labels import as_labels
from keras_itra.discrepancies.samples import Samples
from keras_itra.discrepancies.terms import Terms
from keras_itra.losses.class_averaged_loss import ClassAveragedLoss
from keras_itra.losses.one_sided import (
    Reference,
    class_shares,
    scale_gradient,
    spread_factors,
    stacked_on,
)
from keras_itra.typing import Tensor


@keras.saving.register_keras_serializable(package="keras_itra")
class WithinClassSpread(ClassAveragedLoss):
    """Kernel spread of the classes of one mini-batch.

    The expectation of what `ITRAAlignment(mode="conditional")` minimises,
    estimated without a second mini-batch; see
    `keras_itra.discrepancies.within_class_spread`. With `ITRAModel` use
    `pairing="none"`, or `"queue"`, where one row of a class is enough.

    Args:
        kernel: Name or `keras_itra.kernels.Kernel`.
        rooted: Take the square root of each class's value.
        class_average: `"all"`, `"present"` or `"auto"`, as for
            `ITRAAlignment`.
        num_classes: K, for integer labels.
        name: Name of the loss. Defaults to `"within_class_spread"`.
        gather: On several replicas, compare the whole mini-batch; see
            `keras_itra.losses.FeatureLoss`. Defaults to True.

    Raises:
        ValueError: For arguments outside their domain.

    Example:

    ```python
    import numpy as np
    import keras_itra

    features = np.random.default_rng(0).normal(size=(8, 16))
    loss = keras_itra.losses.WithinClassSpread()
    assert float(loss(np.arange(8) % 2, features)) > 0
    ```
    """

    def __init__(
        self,
        kernel: Any = "gaussian",
        rooted: bool = True,
        class_average: str = "auto",
        num_classes: int | None = None,
        name: str = "within_class_spread",
        gather: bool = True,
    ) -> None:
        super().__init__(class_average, num_classes, name, gather)
        self.kernel = kernels.get(kernel)
        self.rooted = rooted

    def terms(
        self,
        labels: Tensor,
        features: Tensor,
        sample_weight: Tensor | None = None,
        reference: Reference | None = None,
    ) -> Terms:
        """The spread, spread over the rows.

        With a reference, the mean of the kernel goes over the pairs of a class
        in both, and n is that of the mini-batch: so a class needs no more than
        one row there. The reference is constant, and the gradient through the
        mini-batch is scaled to the expected gradient of the mean.

        Args:
            labels: `(batch,)`, `(batch, 1)` or `(batch, num_classes)`.
            features: `(batch, ...)`.
            sample_weight: `(batch,)` or `(batch, 1)`, >= 0.
            reference: More rows: labels (of the same form; one-hot, if there
                are `num_classes` of them), features and weights. Defaults to
                None.

        Returns:
            Rows that sum to the spread, those of the mini-batch first, and
            the bandwidth.
        """
        features = kernels.as_features(features)
        labels = as_labels(labels, features.shape[0])
        if reference is None:
            samples = Samples.of_one(features, sample_weight)
            return self._spread(samples, labels)
        s2_labels, s2_features, s2_weights = reference
        s2_labels = as_labels(s2_labels, s2_features.shape[0])
        reference = (s2_labels, s2_features, s2_weights)
        samples, labels = stacked_on(reference, labels, features, sample_weight)
        dtype = samples.features.dtype
        classes = class_shares(labels, self.num_classes, dtype)
        gradient, value = spread_factors(samples, classes)
        samples = samples._replace(
            features=scale_gradient(samples.features, gradient),
            # A class that is in the reference only takes no part.
            weights=ops.where(value > 0, samples.weights, 0.0),
        )
        terms = self._spread(samples, labels)
        factor = ops.sqrt(value) if self.rooted else value
        return terms._replace(rows=factor[:, 0] * terms.rows)

    def _spread(self, samples: Samples, labels: Tensor) -> Terms:
        return discrepancy.spread_terms(
            samples,
            labels,
            self.kernel,
            rooted=self.rooted,
            **self.averaging(labels),
        )

    def get_config(self) -> dict[str, Any]:
        """Arguments that rebuild this loss."""
        return {
            **super().get_config(),
            "kernel": keras.saving.serialize_keras_object(self.kernel),
            "rooted": self.rooted,
        }

"""The one-batch control of ITRA-c as a loss."""

from typing import Any

import keras

from keras_itra import kernels
from keras_itra.discrepancies import terms as discrepancy
from keras_itra.discrepancies.labels import as_labels
from keras_itra.discrepancies.samples import Samples
from keras_itra.discrepancies.terms import Terms
from keras_itra.losses.class_averaged_loss import ClassAveragedLoss
from keras_itra.typing import Tensor


@keras.saving.register_keras_serializable(package="keras_itra")
class WithinClassSpread(ClassAveragedLoss):
    """Kernel spread of the classes of one mini-batch.

    The expectation of what `ITRAAlignment(mode="conditional")` minimises,
    estimated without a second mini-batch; see
    `keras_itra.discrepancies.within_class_spread`. With `ITRAModel` use
    `pairing="none"`.

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
    ) -> Terms:
        samples = Samples.of_one(features, sample_weight)
        labels = as_labels(labels, samples.features.shape[0])
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

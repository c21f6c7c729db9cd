"""The alignment loss of ITRA."""

from typing import Any

import keras
from keras import ops

from keras_itra import kernels
from keras_itra.discrepancies import terms as discrepancy
from keras_itra.discrepancies.label_kernels import get_label_kernel
from keras_itra.discrepancies.labels import as_labels
from keras_itra.discrepancies.samples import Samples, interleaved
from keras_itra.discrepancies.terms import Terms
from keras_itra.losses.class_averaged_loss import ClassAveragedLoss
from keras_itra.losses.one_sided import (
    Reference,
    class_shares,
    scale_gradient,
    stacked_on,
    two_sided_factor,
)
from keras_itra.typing import Tensor
from keras_itra.validation import require, require_one_of


@keras.saving.register_keras_serializable(package="keras_itra")
class ITRAAlignment(ClassAveragedLoss):
    """MMD between the features of two interleaved mini-batches.

    S1 stands in the even rows of the mini-batch, S2 in the odd rows, so that
    every shard of it is a pair as well. The gradient flows through both; the
    bandwidth is a constant.

    ```
    conditional (ITRA-c):  1/K sum_k MMD(H1^k, H2^k)
    marginal (ITRA):       MMD(H1, H2)
    joint:                 MMD((H1, Y1), (H2, Y2))
    ```

    Args:
        mode: `"conditional"` (default; every main result of the paper),
            `"marginal"` or `"joint"`.
        kernel: Name or `keras_itra.kernels.Kernel`. Defaults to the paper's
            five Gaussians around the median squared distance.
        rooted: Take the square root of each squared MMD. Defaults to True.
        estimator: `"biased"` (default) or `"unbiased"`. Both mini-batches
            come from one distribution: what is minimised is the bias of the
            biased estimator, a within-class spread. The unbiased one has
            zero expected gradient; it is here for studies.
        class_average: `"all"` divides by the number of classes K (the
            paper), `"present"` by the number of classes in both
            mini-batches. Defaults to `"auto"`: `"all"` where K is known
            (from `num_classes`, from the width of the labels, or from the
            `ITRAModel`), else `"present"`.
        num_classes: K, for integer labels.
        label_kernel: For `mode="joint"`: kernel on the targets, for
            regression. Defaults to equality of the labels.
        name: Name of the loss. Defaults to `"itra_alignment"`.
        gather: On several replicas, compare the whole mini-batch; see
            `keras_itra.losses.FeatureLoss`. Defaults to True.

    Raises:
        ValueError: For arguments outside their domain.

    Example:

    ```python
    import numpy as np
    import keras_itra

    labels = np.repeat(np.arange(4), 2)     # row i of S2 follows row i of S1
    features = np.random.default_rng(0).normal(size=(8, 16))
    loss = keras_itra.losses.ITRAAlignment(num_classes=4)
    assert float(loss(labels, features)) > 0
    ```

    Reference:
        Li et al., Learning Compact Features via In-Training Representation
        Alignment, AAAI 2023, Eq. 4-6.
    """

    def __init__(
        self,
        mode: str = "conditional",
        kernel: Any = "gaussian",
        rooted: bool = True,
        estimator: str = "biased",
        class_average: str = "auto",
        num_classes: int | None = None,
        label_kernel: Any = None,
        name: str = "itra_alignment",
        gather: bool = True,
    ) -> None:
        super().__init__(class_average, num_classes, name, gather)
        require_one_of("mode", mode, ("conditional", "marginal", "joint"))
        self.mode = mode
        self.kernel = kernels.get(kernel)
        discrepancy.check_options(self.kernel, rooted, estimator)
        self.rooted = rooted
        self.estimator = estimator
        require(
            label_kernel is None or mode == "joint",
            "`label_kernel` only with `mode='joint'`",
            mode=mode,
            label_kernel=label_kernel,
        )
        require(
            mode != "joint" or self.kernel.positive_definite,
            "a positive definite kernel for `mode='joint'`",
            kernel=type(self.kernel).__name__,
        )
        self.label_kernel = (
            None if label_kernel is None else get_label_kernel(label_kernel)
        )

    @property
    def uses_classes(self) -> bool:  # type: ignore[override]
        """Whether the labels must be classes."""
        return self.mode != "marginal" and self.label_kernel is None

    def terms(
        self,
        labels: Tensor,
        features: Tensor,
        sample_weight: Tensor | None = None,
        reference: Reference | None = None,
    ) -> Terms:
        """The discrepancy, spread over the rows.

        With a reference, the mini-batch is S1 and the reference S2: constant,
        and the gradient through S1 is scaled to the expected gradient of two
        mini-batches like S1. Exact with `rooted=False`, for a given
        bandwidth; approximate for the root, see
        `keras_itra.losses.one_sided`. The value is that of S1 and S2 as they
        are.

        Args:
            labels: `(batch,)`, `(batch, 1)` or `(batch, num_classes)`.
            features: `(batch, ...)`.
            sample_weight: `(batch,)` or `(batch, 1)`, >= 0.
            reference: Labels (of the same form), features and weights of S2.
                Defaults to None: S1 in the even rows, S2 in the odd ones.

        Returns:
            Rows that sum to the discrepancy, those of the mini-batch first,
            and the bandwidth.
        """
        features = kernels.as_features(features)
        labels = self._targets(labels, features.shape[0])
        if reference is None:
            samples = interleaved(features, sample_weight)
        else:
            s2_labels, s2_features, s2_weights = reference
            s2_labels = self._targets(s2_labels, s2_features.shape[0])
            reference = (s2_labels, s2_features, s2_weights)
            samples, labels = stacked_on(
                reference, labels, features, sample_weight
            )
            samples = self._with_two_sided_gradient(samples, labels)
        options: dict[str, Any] = {
            "rooted": self.rooted,
            "estimator": self.estimator,
        }
        if self.mode == "marginal":
            return discrepancy.marginal_terms(samples, self.kernel, **options)
        if self.mode == "joint":
            return discrepancy.joint_terms(
                samples,
                labels,
                self.kernel,
                label_kernel=self.label_kernel,
                num_classes=self.num_classes,
                **options,
            )
        return discrepancy.conditional_terms(
            samples,
            labels,
            self.kernel,
            **self.averaging(labels),
            **options,
        )

    def _targets(self, labels: Tensor, rows: int | None) -> Tensor:
        """Labels as the mode compares them; the marginal one ignores them."""
        if self.mode == "marginal":
            return ops.zeros((0,), dtype="int32")
        if self.label_kernel is not None:
            return kernels.as_features(labels, "labels")
        return as_labels(labels, rows)

    def _with_two_sided_gradient(
        self, samples: Samples, labels: Tensor
    ) -> Samples:
        """As if S2 were trained too: see `keras_itra.losses.one_sided`."""
        factor: Any = 2.0
        if self.rooted and self.mode == "conditional":
            dtype = samples.features.dtype
            classes = class_shares(labels, self.num_classes, dtype)
            factor = two_sided_factor(samples, classes)
        elif self.rooted:
            factor = two_sided_factor(samples)
        return samples._replace(
            features=scale_gradient(samples.features, factor)
        )

    def get_config(self) -> dict[str, Any]:
        """Arguments that rebuild this loss."""
        serialize = keras.saving.serialize_keras_object
        return {
            **super().get_config(),
            "mode": self.mode,
            "kernel": serialize(self.kernel),
            "rooted": self.rooted,
            "estimator": self.estimator,
            "label_kernel": self.label_kernel and serialize(self.label_kernel),
        }

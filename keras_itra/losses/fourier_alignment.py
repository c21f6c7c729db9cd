"""Alignment at a communication cost that the mini-batch does not enter."""

from collections.abc import Sequence
from typing import Any, cast

import keras
from keras import ops

from keras_itra import kernels
from keras_itra.discrepancies.fourier_terms import fourier_terms
from keras_itra.discrepancies.group_statistics import (
    BandwidthGroups,
    Statistics,
)
from keras_itra.discrepancies.labels import as_labels, is_dense, one_hot
from keras_itra.discrepancies.samples import Samples, interleaved
from keras_itra.discrepancies.terms import Terms
from keras_itra.kernels.radial import PAPER_MULTIPLIERS
from keras_itra.kernels.random_fourier import RandomFourierFeatures
from keras_itra.losses.class_averaged_loss import ClassAveragedLoss
from keras_itra.typing import Tensor
from keras_itra.validation import require, require_integer, require_one_of


@keras.saving.register_keras_serializable(package="keras_itra")
class FourierAlignment(ClassAveragedLoss):
    """`ITRAAlignment` with class means of random Fourier features.

    ```
    MMD_k^2  ~  || mean_k phi(h_1) - mean_k phi(h_2) ||^2
    ```

    On several replicas of `tf.distribute` the loss is that of the whole
    mini-batch, as with `ITRAAlignment`, but no row is sent: the class means
    are summed over the replicas, K x (D + d) numbers whatever the size of
    the mini-batch. On one replica there is no n x n matrix. The price is a
    random error that falls as `1 / sqrt(dim)` and is larger for the gradient
    than for the value; `docs/results/fourier` has both. The estimate of the
    MMD is the biased one, as the paper's.

    Args:
        feature_dim: Width d of the features.
        dim: Number D of random features, even. Defaults to 1024.
        mode: `"conditional"` (default), `"marginal"` or `"joint"`, as for
            `ITRAAlignment`.
        bandwidth: `"mean"` (default), a number in squared units of the
            features, or a `keras_itra.kernels.MeanBandwidth`, of which
            `scope` and `pairs` are used; the mean is that of all rows. A
            median cannot be had from sums.
        multipliers: As for `keras_itra.kernels.Gaussian`. Defaults to the
            paper's `(1, 2, 4, 8, 16)`.
        rooted: Take the square root of each squared MMD. Defaults to True.
        class_average: `"all"`, `"present"` or `"auto"`, as for
            `ITRAAlignment`.
        num_classes: K; needed with integer labels unless an `ITRAModel`
            knows it or the mode is `"marginal"`.
        seed: Seed of the frequencies, an integer >= 0. Defaults to 0.
        name: Name of the loss. Defaults to `"fourier_alignment"`.

    Raises:
        ValueError: For arguments outside their domain.

    Example:

    ```python
    import numpy as np
    import keras_itra

    labels = np.repeat(np.arange(4), 2)     # row i of S2 follows row i of S1
    features = np.random.default_rng(0).normal(size=(8, 16))
    loss = keras_itra.losses.FourierAlignment(16, num_classes=4)
    exact = keras_itra.losses.ITRAAlignment(
        kernel=keras_itra.kernels.Gaussian("mean"), num_classes=4
    )
    assert abs(loss(labels, features) / exact(labels, features) - 1) < 0.1
    ```

    Reference:
        Rahimi and Recht, Random Features for Large-Scale Kernel Machines,
        NIPS 2007; Zhao and Meng, FastMMD, Neural Computation 2015.
    """

    def __init__(
        self,
        feature_dim: int,
        dim: int = 1024,
        mode: str = "conditional",
        bandwidth: Any = "mean",
        multipliers: Sequence[float] = PAPER_MULTIPLIERS,
        rooted: bool = True,
        class_average: str = "auto",
        num_classes: int | None = None,
        seed: int = 0,
        name: str = "fourier_alignment",
    ) -> None:
        # It exchanges its sums by itself.
        super().__init__(class_average, num_classes, name, gather=False)
        require_integer("feature_dim", feature_dim, minimum=1)
        require_one_of("mode", mode, ("conditional", "marginal", "joint"))
        self.bandwidth = kernels.Gaussian(bandwidth, multipliers).bandwidth
        require(
            isinstance(
                self.bandwidth, (kernels.MeanBandwidth, kernels.FixedBandwidth)
            ),
            "`bandwidth` to be 'mean', a positive number or a "
            "`keras_itra.kernels.MeanBandwidth`: a median cannot be had from "
            "sums over the replicas; `ITRAAlignment` gathers the rows",
            bandwidth=bandwidth,
        )
        self.feature_dim = feature_dim
        self.mode = mode
        self.rooted = rooted
        self.random_features = RandomFourierFeatures(dim, multipliers, seed)
        self.random_features.build((None, feature_dim))

    @property
    def layers(self) -> list[keras.layers.Layer]:
        """The layer that holds the frequencies."""
        return [self.random_features]

    @property
    def uses_classes(self) -> bool:  # type: ignore[override]
        """Whether the labels must be classes."""
        return self.mode != "marginal"

    def terms(
        self,
        labels: Tensor,
        features: Tensor,
        sample_weight: Tensor | None = None,
    ) -> Terms:
        samples = interleaved(features, sample_weight)
        require(
            samples.features.shape[1] == self.feature_dim,
            f"features of shape (batch, {self.feature_dim})",
            features_shape=tuple(samples.features.shape),
        )
        by_class = self.mode == "conditional"
        shares, groups = (
            ops.ones_like(samples.weights),
            BandwidthGroups.of_all(samples),
        )
        divisor: int | None = 1
        if self.uses_classes:
            labels = as_labels(labels, samples.features.shape[0])
            shares = self._shares(labels, samples)
        if by_class:
            average = self.averaging(labels)["class_average"]
            divisor = shares.shape[1] if average == "all" else None
            if self.bandwidth.scope == "class":
                groups = BandwidthGroups.of_classes(labels, shares, samples)
        return fourier_terms(
            samples,
            shares,
            groups,
            self.random_features,
            self._bandwidths,
            by_class=by_class,
            rooted=self.rooted,
            divisor=divisor,
        )

    def _shares(self, labels: Tensor, samples: Samples) -> Tensor:
        """`(n, K)`: share of each row in each class."""
        if is_dense(labels):
            return ops.cast(labels, samples.features.dtype)
        require(
            self.num_classes is not None,
            f"`num_classes` with integer labels and `mode={self.mode!r}`",
            num_classes=self.num_classes,
        )
        return one_hot(
            labels, cast(int, self.num_classes), samples.features.dtype
        )

    def _bandwidths(self, statistics: Statistics) -> Tensor:
        """`(G,)`: bandwidth of each group, in units of `unit**2`."""
        if isinstance(self.bandwidth, kernels.FixedBandwidth):
            sigma = self.bandwidth.scaled(statistics.unit)
            return sigma * ops.ones_like(statistics.count)
        return statistics.mean_squared_distances(self.bandwidth.pairs)

    def get_config(self) -> dict[str, Any]:
        """Arguments that rebuild this loss."""
        config = super().get_config()
        del config["gather"]
        return {
            **config,
            "feature_dim": self.feature_dim,
            "dim": self.random_features.dim,
            "mode": self.mode,
            "bandwidth": keras.saving.serialize_keras_object(self.bandwidth),
            "multipliers": self.random_features.multipliers,
            "rooted": self.rooted,
            "seed": self.random_features.seed,
        }

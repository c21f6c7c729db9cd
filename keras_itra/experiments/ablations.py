"""ITRA-c with one of its choices changed, to see which of them matter."""

from typing import Any

import keras
from keras import ops

from keras_itra import kernels, losses
from keras_itra.discrepancies import coral
from keras_itra.discrepancies.terms import Terms
from keras_itra.experiments.recipes import Method, aligned, itra_c
from keras_itra.typing import Tensor


class CoralAlignment(losses.FeatureLoss):
    """Deep CORAL between S1 in the even rows and S2 in the odd ones."""

    uses_classes = False

    def __init__(self) -> None:
        super().__init__(name="coral")

    def terms(
        self,
        labels: Tensor,
        features: Tensor,
        sample_weight: Tensor | None = None,
    ) -> Terms:
        x = kernels.as_features(features)
        weights: dict[str, Tensor] = {}
        if sample_weight is not None:
            weights["x_weights"] = sample_weight[0::2]
            weights["y_weights"] = sample_weight[1::2]
        value = coral(x[0::2], x[1::2], **weights)
        rows = ops.shape(x)[0]
        share = value / ops.cast(rows, x.dtype)
        return Terms(ops.repeat(share[None], rows), ops.zeros(()))


class AttachedBandwidth(losses.ITRAAlignment):
    """ITRA-c whose gradient flows through one median bandwidth for all rows.

    The features are divided by the root of their median squared distance,
    which is no constant, and compared at bandwidth 1: the loss does not
    change when all features shrink alike.
    """

    def __init__(self, num_classes: int) -> None:
        kernel = kernels.Gaussian(bandwidth=1.0)
        super().__init__(kernel=kernel, num_classes=num_classes)

    def terms(
        self,
        labels: Tensor,
        features: Tensor,
        sample_weight: Tensor | None = None,
        reference: Any = None,
    ) -> Terms:
        x = kernels.as_features(features)
        differences = x[:, None, :] - x[None, :, :]
        distances = ops.sum(ops.square(differences), axis=-1)
        scale = ops.sqrt(ops.maximum(ops.median(distances), 1e-12))
        return super().terms(labels, x / scale, sample_weight, reference)


class ConstantSecond(losses.ITRAAlignment):
    """ITRA-c whose gradient passes through S1 only, scaled to that of both.

    A queue without the age of what it remembers.
    """

    def terms(
        self,
        labels: Tensor,
        features: Tensor,
        sample_weight: Tensor | None = None,
        reference: Any = None,
    ) -> Terms:
        if sample_weight is None:
            sample_weight = ops.ones((ops.shape(features)[0],))
        second = (labels[1::2], features[1::2], sample_weight[1::2])
        return super().terms(
            labels[0::2], features[0::2], sample_weight[0::2], second
        )


def _ablation(
    name: str, description: str, grid: tuple[float, ...], **options: Any
) -> Method:
    """ITRA-c with options of `ITRAAlignment`."""

    def alignment(classes: int, width: int) -> keras.losses.Loss:
        return itra_c(classes, width, **options)

    return Method(name, description, aligned(alignment), grid)


_WEIGHTS = (0.3, 0.6, 1.0, 2.0)
# Distances are not bounded by 1, as kernels are.
_SMALL_WEIGHTS = (0.03, 0.1, 0.3, 1.0)

ABLATIONS: dict[str, Method] = {
    method.name: method
    for method in (
        _ablation(
            "itra-c-squared",
            "ITRA-c on the squared MMD: no root",
            (*_WEIGHTS, 5.0),
            rooted=False,
        ),
        _ablation(
            "itra-c-unbiased",
            "ITRA-c on the unbiased squared MMD, whose mean gradient is 0",
            _WEIGHTS,
            rooted=False,
            estimator="unbiased",
        ),
        _ablation(
            "itra-c-one-kernel",
            "ITRA-c with one Gaussian instead of five",
            _WEIGHTS,
            kernel=kernels.Gaussian(multipliers=(1.0,)),
        ),
        _ablation(
            "itra-c-one-bandwidth",
            "ITRA-c with one bandwidth for all classes",
            _WEIGHTS,
            kernel=kernels.Gaussian(
                bandwidth=kernels.MedianBandwidth(scope="pooled")
            ),
        ),
        Method(
            "itra-c-attached",
            "ITRA-c with one bandwidth that the gradient flows through",
            aligned(lambda classes, _: AttachedBandwidth(classes)),
            _WEIGHTS,
        ),
        _ablation(
            "itra-c-linear",
            "ITRA-c with the linear kernel: distance of the class means",
            _SMALL_WEIGHTS,
            kernel="linear",
        ),
        _ablation(
            "itra-c-energy",
            "ITRA-c on the energy distance",
            _SMALL_WEIGHTS,
            kernel="energy",
        ),
        _ablation(
            "itra-c-laplacian",
            "ITRA-c with the Laplacian kernel",
            _WEIGHTS,
            kernel="laplacian",
        ),
        _ablation(
            "itra-c-imq",
            "ITRA-c with the inverse multiquadric kernel",
            _WEIGHTS,
            kernel=kernels.InverseMultiquadric(),
        ),
        Method(
            "itra-one-kernel",
            "ITRA, pooled over the classes, with one Gaussian (the pilot)",
            aligned(
                lambda *_: losses.ITRAAlignment(
                    mode="marginal",
                    kernel=kernels.Gaussian(multipliers=(1.0,)),
                )
            ),
            _WEIGHTS,
        ),
        Method(
            "coral",
            "Deep CORAL of two mini-batches",
            aligned(lambda *_: CoralAlignment()),
            (1.0, 10.0, 100.0),
        ),
        Method(
            "itra-c-both",
            "ITRA-c with cross-entropy on both mini-batches",
            aligned(itra_c, supervise="both"),
            _WEIGHTS,
        ),
        Method(
            "itra-c-separate",
            "ITRA-c with one forward pass for each mini-batch",
            aligned(itra_c, forward="separate"),
            _WEIGHTS,
        ),
        Method(
            "itra-c-random",
            "ITRA-c with S2 drawn whatever its classes",
            aligned(itra_c, sampling="random"),
            _WEIGHTS,
        ),
        Method(
            "itra-c-balanced",
            "ITRA-c with class-balanced mini-batches",
            aligned(itra_c, sampling="balanced"),
            _WEIGHTS,
        ),
    )
}
"""Methods that differ from ITRA-c in one choice."""

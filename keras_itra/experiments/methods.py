"""The methods a comparison knows, each as a recipe for one training run."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import keras

from keras_itra import losses
from keras_itra.validation import require

BASELINE = "sgd"
"""The method that every other is compared with."""

WEIGHT_DECAY = "weight-decay"
ON_WEIGHT_DECAY = f"+{WEIGHT_DECAY}"
"""Suffix of a method that runs on top of the chosen weight decay."""


@dataclass(frozen=True)
class Recipe:
    """What a method changes about plain training with SGD.

    Attributes:
        weight_decay: Decoupled weight decay of the kernels, per unit of
            learning rate.
        label_smoothing: Share of a label spread evenly over the classes.
        alignment: `(num_classes, feature_dim) -> loss` on features and labels,
            or `None`.
        alignment_weight: Weight of that loss beside cross-entropy.
        pairing: "none" for mini-batches of S1, "independent" for S1 and S2;
            with an alignment, any of `ITRAModel`.
        supervise: As of `ITRAModel`.
    """

    weight_decay: float = 0.0
    label_smoothing: float = 0.0
    alignment: Callable[[int, int], keras.losses.Loss] | None = None
    alignment_weight: float = 0.0
    pairing: str = "none"
    supervise: str = "first"


@dataclass(frozen=True)
class Method:
    """A way to train, with one strength that is chosen on validation data.

    Attributes:
        name: Name on the command line and in file names.
        description: One line for `keras-itra methods`.
        recipe: The recipe at a given strength.
        grid: Strengths to choose from; empty if nothing is tuned.
        base: Method whose chosen strength is the weight decay of this one.
    """

    name: str
    description: str
    recipe: Callable[[float], Recipe]
    grid: tuple[float, ...] = ()
    base: str | None = None


def _alignment(
    factory: Callable[[int, int], keras.losses.Loss],
    pairing: str,
    supervise: str = "first",
) -> Callable[[float], Recipe]:
    def recipe(strength: float) -> Recipe:
        return Recipe(
            alignment=factory,
            alignment_weight=strength,
            pairing=pairing,
            supervise=supervise,
        )

    return recipe


def _itra_c(num_classes: int, _: int) -> keras.losses.Loss:
    return losses.ITRAAlignment(mode="conditional", num_classes=num_classes)


_ALIGNMENT_WEIGHTS = (0.3, 0.6, 1.0, 2.0)

METHODS: dict[str, Method] = {
    method.name: method
    for method in (
        Method(BASELINE, "plain SGD, the baseline", lambda _: Recipe()),
        Method(
            WEIGHT_DECAY,
            "SGD with decoupled weight decay of the kernels",
            lambda strength: Recipe(weight_decay=strength),
            grid=(0.01, 0.03, 0.1, 0.3, 1.0),
        ),
        Method(
            "label-smoothing",
            "SGD on smoothed labels",
            lambda strength: Recipe(label_smoothing=strength),
            grid=(0.05, 0.1, 0.2),
        ),
        Method(
            "center",
            "center loss: distance to stored class centres",
            _alignment(losses.CenterLoss, "none"),
            grid=(0.01, 0.05, 0.1, 0.2),
        ),
        Method(
            "sgd-2m",
            "plain SGD on S1 and S2, all supervised: equal compute",
            lambda _: Recipe(pairing="independent"),
        ),
        Method(
            "spread",
            "kernel spread within the classes of one mini-batch",
            _alignment(
                lambda classes, _: losses.WithinClassSpread(
                    num_classes=classes
                ),
                "none",
            ),
            grid=_ALIGNMENT_WEIGHTS,
        ),
        Method(
            "itra",
            "ITRA: MMD of two mini-batches, pooled over the classes",
            _alignment(
                lambda *_: losses.ITRAAlignment(mode="marginal"), "independent"
            ),
            grid=_ALIGNMENT_WEIGHTS,
        ),
        Method(
            "itra-c",
            "ITRA-c: MMD of two mini-batches, class by class",
            _alignment(_itra_c, "independent"),
            grid=_ALIGNMENT_WEIGHTS,
        ),
        Method(
            "itra-c-split",
            "ITRA-c: MMD of the halves of one mini-batch, all supervised",
            _alignment(_itra_c, "split", supervise="both"),
            grid=_ALIGNMENT_WEIGHTS,
        ),
        Method(
            "itra-c-queue",
            "ITRA-c: MMD of one mini-batch and a memory of recent features",
            _alignment(_itra_c, "queue"),
            grid=(*_ALIGNMENT_WEIGHTS, 4.0),
        ),
    )
}


def get(name: str) -> Method:
    """Find a method by its name.

    Args:
        name: A key of `METHODS`, or one with `+weight-decay` behind it, which
            runs that method on top of the weight decay that the method
            `weight-decay` has chosen.

    Returns:
        The method.

    Raises:
        ValueError: If there is no such method.
    """
    plain = name.removesuffix(ON_WEIGHT_DECAY)
    require(
        plain in METHODS and name != WEIGHT_DECAY + ON_WEIGHT_DECAY,
        f"one of the methods {', '.join(METHODS)}, or one of them with "
        f"'{ON_WEIGHT_DECAY}' behind it",
        method=name,
    )
    method = METHODS[plain]
    if name == plain:
        return method
    return replace(
        method,
        name=name,
        description=f"{method.description}; on the chosen weight decay",
        base=WEIGHT_DECAY,
    )

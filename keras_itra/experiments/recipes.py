"""What a method is: a recipe for one training run at a given strength."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras

from keras_itra import losses
from keras_itra.models.weight_search import WEIGHTS
from keras_itra.validation import require


@dataclass(frozen=True)
class Recipe:
    """What a method changes about plain training with SGD.

    Attributes:
        weight_decay: Decoupled weight decay of the kernels, per unit of
            learning rate.
        label_smoothing: Share of a label spread evenly over the classes.
        alignment: `(num_classes, feature_dim) -> loss` on features and labels,
            or `None`.
        alignment_weight: Weight of that loss beside cross-entropy, or "auto".
        pairing: "none" for mini-batches of S1, "independent" for S1 and S2;
            with an alignment, any of `ITRAModel`.
        supervise: As of `ITRAModel`.
        sampling: Of S2, where it is not that of the protocol.
        forward: As of `ITRAModel`.
        memory_size: As of `ITRAModel`.
        dropout: Rate of dropout on the features.
        mixup: Parameter of the beta distribution of mixup, or 0.
        passes: Multiple of the epochs of the protocol.
        frozen: Whether the features learn from the alignment alone, and
            cross-entropy trains the linear layer only.
    """

    weight_decay: float = 0.0
    label_smoothing: float = 0.0
    alignment: Callable[[int, int], keras.losses.Loss] | None = None
    alignment_weight: float | str = 0.0
    pairing: str = "none"
    supervise: str = "first"
    sampling: str | None = None
    forward: str = "joint"
    memory_size: int = 128
    dropout: float = 0.0
    mixup: float = 0.0
    passes: int = 1
    frozen: bool = False

    def __post_init__(self) -> None:
        for name in ("dropout", "label_smoothing"):
            share = getattr(self, name)
            require(
                0 <= share < 1, f"`{name}` from 0 to below 1", **{name: share}
            )

    @property
    def num_passes(self) -> int:
        """Trainings of the protocol's length that a run takes."""
        chooses = self.alignment_weight == "auto"
        return self.passes * (1 + len(WEIGHTS) if chooses else 1)


@dataclass(frozen=True)
class Method:
    """A way to train, with one strength that is chosen on validation data.

    Attributes:
        name: Name on the command line and in file names.
        description: One line for `keras-itra methods`.
        recipe: The recipe at a given strength.
        grid: Strengths to choose from; empty if nothing is tuned.
        base: Method whose chosen strength is the weight decay of this one.
        runs_as: Name of its runs, where that is not its own: methods that
            differ in their strength alone share runs.
    """

    name: str
    description: str
    recipe: Callable[[float], Recipe]
    grid: tuple[float, ...] = ()
    base: str | None = None
    runs_as: str | None = None

    @property
    def run_name(self) -> str:
        """The method's name in the names of its runs."""
        return self.runs_as or self.name


Alignment = Callable[[int, int], keras.losses.Loss]
"""From the number of classes and the width of the features to a loss."""


def aligned(
    alignment: Alignment, pairing: str = "independent", **changes: Any
) -> Callable[[float], Recipe]:
    """Recipes whose strength is the weight of an alignment.

    Args:
        alignment: Makes the loss on the features.
        pairing: Of the mini-batches.
        **changes: Further fields of `Recipe`.

    Returns:
        From a strength to the recipe.
    """

    def recipe(strength: float) -> Recipe:
        return Recipe(
            alignment=alignment,
            alignment_weight=strength,
            pairing=pairing,
            **changes,
        )

    return recipe


def itra_c(num_classes: int, _: int, **options: Any) -> keras.losses.Loss:
    """The alignment of ITRA-c, with options of `ITRAAlignment`."""
    return losses.ITRAAlignment(num_classes=num_classes, **options)

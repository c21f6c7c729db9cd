"""One run of a comparison: what it is and what it leaves behind."""

from dataclasses import dataclass, replace

import numpy as np

from keras_itra.experiments import methods
from keras_itra.experiments.recipes import Recipe


@dataclass(frozen=True)
class Run:
    """Which run of a comparison: all that runs of one protocol differ in.

    Attributes:
        method: Name of the method.
        seed: Decides initial weights and sample order.
        strength: Strength of the method, `None` if it has none.
        weight_decay: Weight decay that the method runs on top of.
    """

    method: str
    seed: int
    strength: float | None = None
    weight_decay: float | None = None

    @property
    def name(self) -> str:
        """Name of the run's files."""
        method = self.method
        if self.weight_decay is not None:
            method += f"={self.weight_decay:.12g}"
        if self.strength is not None:
            method += f"-{self.strength:.12g}"
        return f"{method}-seed{self.seed}"

    @property
    def recipe(self) -> Recipe:
        """The method's recipe at this strength and weight decay."""
        recipe = methods.get(self.method).recipe(self.strength or 0.0)
        if self.weight_decay is None:
            return recipe
        return replace(recipe, weight_decay=self.weight_decay)


@dataclass(frozen=True)
class Trained:
    """What a run leaves behind.

    Attributes:
        validation: Measures of the validation set; strengths are chosen by
            these alone.
        test: Measures of the test set, taken once, after training.
        history: A list with one value per epoch for each logged quantity.
        features: Features of some test rows, for a picture.
        labels: Their labels.
        test_logits: Logits of all test rows.
        test_labels: Labels of all test rows.
    """

    validation: dict[str, float]
    test: dict[str, float]
    history: dict[str, list[float]]
    features: np.ndarray
    labels: np.ndarray
    test_logits: np.ndarray
    test_labels: np.ndarray

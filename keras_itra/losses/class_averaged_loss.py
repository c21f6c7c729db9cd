"""Base of losses that average over classes."""

from typing import Any, Self

from keras_itra.discrepancies.labels import is_dense
from keras_itra.discrepancies.terms import check_class_average
from keras_itra.losses.feature_loss import FeatureLoss
from keras_itra.typing import Tensor
from keras_itra.validation import require_one_of


class ClassAveragedLoss(FeatureLoss):
    """A loss that averages over classes, whose number it may not know.

    Args:
        class_average: `"all"` divides by the number of classes K,
            `"present"` by the number of classes that take part; `"auto"` is
            `"all"` where K is known: from `num_classes`, from the width of
            the labels, or from an `ITRAModel`.
        num_classes: K, for integer labels.
        name: Name of the loss.
        gather: On several replicas, compare the whole mini-batch; see
            `keras_itra.losses.FeatureLoss`. Defaults to True.

    Raises:
        ValueError: If an argument is outside its domain.
    """

    def __init__(
        self,
        class_average: str,
        num_classes: int | None,
        name: str,
        gather: bool = True,
    ) -> None:
        super().__init__(name=name, gather=gather)
        require_one_of(
            "class_average", class_average, ("auto", "all", "present")
        )
        check_class_average("all", num_classes)
        self.class_average = class_average
        self.num_classes = num_classes

    def for_classes(self, num_classes: int) -> Self:
        """This loss, with the number of classes unless it has one."""
        if self.num_classes is not None:
            return self
        # Not from the config, which need not hold all that a subclass has, nor
        # by `copy`, which Keras makes do the same. State is shared.
        told = object.__new__(type(self))
        told.__dict__.update(self.__dict__, num_classes=num_classes)
        return told

    def averaging(self, labels: Tensor) -> dict[str, Any]:
        """How to average, as arguments of `keras_itra.discrepancies`."""
        average = self.class_average
        if average == "auto":
            known = self.num_classes is not None or is_dense(labels)
            average = "all" if known else "present"
        return {"class_average": average, "num_classes": self.num_classes}

    def get_config(self) -> dict[str, Any]:
        """Arguments that rebuild this loss."""
        return {
            **super().get_config(),
            "class_average": self.class_average,
            "num_classes": self.num_classes,
        }

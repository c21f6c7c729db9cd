"""How a loss averages over classes whose number it may not know."""

from keras_itra.discrepancies.labels import is_dense
from keras_itra.discrepancies.terms import check_class_average
from keras_itra.typing import Tensor
from keras_itra.validation import require_one_of


def check_loss_average(class_average: str, num_classes: int | None) -> None:
    """Refuse an unknown average and a number of classes that is none.

    Raises:
        ValueError: If an argument is outside its domain.
    """
    require_one_of("class_average", class_average, ("auto", "all", "present"))
    check_class_average("all", num_classes)


def resolve_average(
    class_average: str, labels: Tensor, num_classes: int | None
) -> str:
    """`"auto"` is `"all"` where the number of classes is known."""
    if class_average != "auto":
        return class_average
    known = num_classes is not None or is_dense(labels)
    return "all" if known else "present"

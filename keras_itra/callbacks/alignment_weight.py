"""The alignment weight as callbacks set it."""

from typing import Any

from keras import ops

from keras_itra.models import ITRAModel
from keras_itra.validation import require


def require_settable_weight(model: Any) -> None:
    """Refuse models whose alignment weight no callback may set.

    Raises:
        ValueError: For a model that is no `ITRAModel`, and one whose weight
            follows a schedule, which sets it anew at every step.
    """
    require(
        isinstance(model, ITRAModel),
        "an `ITRAModel`",
        model=type(model).__name__,
    )
    require(
        model.alignment_schedule is None,
        "an `alignment_weight` that is a number; a schedule of steps sets it "
        "anew at every step",
        alignment_weight=type(model.alignment_schedule).__name__,
    )


def weight_of(model: ITRAModel) -> float:
    """The alignment weight as it is now."""
    return float(ops.convert_to_numpy(model.alignment_weight))

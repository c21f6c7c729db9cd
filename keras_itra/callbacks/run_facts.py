"""What must be the same in the run that resumes another one."""

import zlib
from typing import Any

from keras_itra.data import PairedBatches
from keras_itra.models import ITRAModel
from keras_itra.validation import require


def facts_of_run(
    model: Any, params: dict[str, Any], data: PairedBatches | None
) -> dict[str, Any]:
    """Facts that the mini-batches of a run depend on.

    Args:
        model: The `keras.Model` that is fitted.
        params: Of the callback.
        data: The data of `fit`, if they are known.

    Returns:
        What JSON can hold.
    """
    facts = {
        "steps": params.get("steps"),
        "steps_per_execution": model.steps_per_execution,
    }
    if isinstance(model, ITRAModel):
        names = ("seed", "pairing", "sampling")
        facts.update({name: getattr(model, name) for name in names})
    if data is not None:
        facts["order"] = zlib.crc32(data.order(0).tobytes())
    return facts


def require_same_run(
    interrupted: dict[str, Any], resuming: dict[str, Any]
) -> None:
    """Refuse to resume a run by another one.

    Raises:
        ValueError: If a fact differs.
    """
    for name in sorted({*interrupted, *resuming}):
        expected, received = interrupted.get(name), resuming.get(name)
        require(
            expected == received,
            f"`{name}` of the interrupted run, {expected!r}; delete the "
            "backup to start anew",
            **{name: received},
        )

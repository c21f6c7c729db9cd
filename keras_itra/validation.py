"""One sentence for every refused argument: `Expected ... Received: ...`."""

import math
import numbers
from collections.abc import Collection
from typing import Any


def require(condition: bool, expected: str, **received: Any) -> None:
    """Raise `ValueError("Expected ... Received: name=value")` unless true."""
    if not condition:
        values = ", ".join(f"{k}={v!r}" for k, v in received.items())
        raise ValueError(f"Expected {expected}. Received: {values}")


def require_one_of(name: str, value: Any, choices: Collection[str]) -> None:
    """Raise unless `value` is one of `choices`."""
    listed = ", ".join(repr(choice) for choice in choices)
    hashable = isinstance(value, str)
    require(
        hashable and value in choices,
        f"`{name}` to be one of {listed}",
        **{name: value},
    )


def is_number(value: Any) -> bool:
    """Whether `value` is a finite real number (booleans are not)."""
    return (
        isinstance(value, numbers.Real)
        and not isinstance(value, bool)
        and math.isfinite(value)
    )


def require_number(
    name: str, value: Any, *, minimum: float = 0.0, strict: bool = False
) -> None:
    """Raise unless `value` is a finite number >= (or >) `minimum`."""
    within = is_number(value) and (
        value > minimum if strict else value >= minimum
    )
    bound = f"{'>' if strict else '>='} {minimum:g}"
    require(within, f"`{name}` to be a finite number {bound}", **{name: value})


def require_integer(name: str, value: Any, *, minimum: int) -> None:
    """Raise unless `value` is an integer >= `minimum`."""
    whole = isinstance(value, numbers.Integral) and not isinstance(value, bool)
    require(
        whole and int(value) >= minimum,
        f"`{name}` to be an integer >= {minimum}",
        **{name: value},
    )

"""Branches that are decided at once where their condition is known."""

from collections.abc import Callable
from typing import Any

from keras import ops


def cond(condition: Any, yes: Callable[[], Any], no: Callable[[], Any]) -> Any:
    """`ops.cond`, which JAX compiles anew at every call outside of a graph.

    Args:
        condition: Boolean or scalar tensor.
        yes: Called where it holds.
        no: Called where it does not.

    Returns:
        What the chosen one returns.
    """
    try:
        known = bool(condition)
    except TypeError:  # The tensor of a graph, on every backend.
        return ops.cond(condition, yes, no)
    return yes() if known else no()

"""The only place that reads private attributes of Keras."""

from typing import Any, NamedTuple


class Call(NamedTuple):
    """A call of a layer in a functional graph.

    Attributes:
        operation: The layer or operation.
        inputs: The tensors it was called on; none for an `Input`.
        argument: Its first argument as it was passed, a tensor or a nested
            structure of tensors; None for an `Input`.
    """

    operation: Any
    inputs: list[Any]
    argument: Any


def producer(tensor: Any) -> Call:
    """The call that made a tensor of a functional graph."""
    history = tensor._keras_history
    node = history.operation._inbound_nodes[history.node_index]
    arguments = node.arguments.args
    return Call(
        history.operation,
        list(node.input_tensors),
        arguments[0] if arguments else None,
    )

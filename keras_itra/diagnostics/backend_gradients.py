"""Gradients of pure functions: the one place that names the backends."""

from collections.abc import Callable, Sequence
from typing import Any

from keras import backend, ops

from keras_itra.typing import Tensor

#: From tensors to scalars; it changes nothing else.
Scalars = Callable[[list[Tensor]], Sequence[Tensor]]


def gradients(function: Scalars, values: Sequence[Tensor]) -> list[Any]:
    """Gradients of several scalars by the same tensors.

    Args:
        function: The scalars as a function of the tensors. It is evaluated
            once.
        values: Where.

    Returns:
        For each scalar one gradient per tensor; zeros where it does not
        depend on the tensor.
    """
    tensors = [ops.convert_to_tensor(value) for value in values]
    return _GRADIENTS[backend.backend()](function, tensors)


def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of tensors, compiled where the backend does so."""
    name = backend.backend()
    if name == "tensorflow":
        import tensorflow as tf

        return tf.function(function, autograph=False)
    if name == "jax":
        import jax

        return jax.jit(function)
    return function


def _by_tensorflow(function: Scalars, tensors: list[Tensor]) -> list[Any]:
    import tensorflow as tf

    with tf.GradientTape(persistent=True) as tape:
        tape.watch(tensors)
        scalars = function(tensors)
    # Those of an embedding come as rows with their indices.
    return [
        [
            tf.convert_to_tensor(gradient)
            for gradient in tape.gradient(
                scalar, tensors, unconnected_gradients="zero"
            )
        ]
        for scalar in scalars
    ]


def _by_jax(function: Scalars, tensors: list[Tensor]) -> list[Any]:
    import jax

    scalars, pull = jax.vjp(lambda values: tuple(function(values)), tensors)
    return [
        pull(tuple(ops.cast(i == j, s.dtype) for j, s in enumerate(scalars)))[0]
        for i in range(len(scalars))
    ]


def _by_torch(function: Scalars, tensors: list[Tensor]) -> list[Any]:
    import torch

    tensors = [tensor.detach().requires_grad_() for tensor in tensors]
    with torch.enable_grad():
        scalars = function(tensors)
    return [
        list(
            torch.autograd.grad(
                scalar,
                tensors,
                retain_graph=True,
                allow_unused=True,
                materialize_grads=True,
            )
        )
        for scalar in scalars
    ]


_GRADIENTS = {
    "tensorflow": _by_tensorflow,
    "jax": _by_jax,
    "torch": _by_torch,
}

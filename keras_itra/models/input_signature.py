"""Shapes and dtypes of the inputs of a model."""

import dataclasses
from typing import Any

import keras


@dataclasses.dataclass(frozen=True)
class InputSignature:
    """What is needed to make symbolic inputs like those of a first call.

    Attributes:
        dtypes: dtype names, in the structure of the inputs.
        shapes: Shapes with the batch axis, flattened in the same order.
    """

    dtypes: Any
    shapes: list[list[int | None]]

    @classmethod
    def of(cls, inputs: Any) -> "InputSignature":
        """Signature of tensors, with the batch size left open."""
        dtypes = keras.tree.map_structure(
            lambda t: keras.backend.standardize_dtype(t.dtype), inputs
        )
        shapes = [
            [None, *tensor.shape[1:]] for tensor in keras.tree.flatten(inputs)
        ]
        return cls(dtypes, shapes)

    def inputs(self) -> Any:
        """Fresh `keras.Input`s in the structure of the inputs."""
        entries = [
            keras.Input(batch_shape=tuple(shape), dtype=dtype)
            for shape, dtype in zip(
                self.shapes, keras.tree.flatten(self.dtypes), strict=True
            )
        ]
        return keras.tree.pack_sequence_as(self.dtypes, entries)

    def get_config(self) -> dict[str, Any]:
        """Fields, as plain data."""
        return dataclasses.asdict(self)

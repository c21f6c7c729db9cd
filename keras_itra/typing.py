"""Type aliases shared by the package."""

from typing import Any, TypeAlias

#: A tensor of the active Keras backend, or anything convertible to one.
Tensor: TypeAlias = Any

#: A mini-batch as Keras passes it: `(x, y)` or `(x, y, sample_weight)`.
Batch: TypeAlias = tuple[Any, ...]

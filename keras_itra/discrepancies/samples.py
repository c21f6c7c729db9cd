"""Two weighted samples stacked into one, the form every discrepancy takes."""

from typing import NamedTuple

from keras import ops

from keras_itra.kernels.kernel import as_features
from keras_itra.typing import Tensor
from keras_itra.validation import require


class Samples(NamedTuple):
    """Rows of S1 and S2 in any order.

    Attributes:
        features: `(n, d)`, float32 at least.
        first: `(n, 1)` of 0 and 1: 1 for rows of S1, 0 for rows of S2.
        weights: `(n, 1)`, >= 0; rows of weight 0 take no part.
    """

    features: Tensor
    first: Tensor
    weights: Tensor

    @property
    def keep(self) -> Tensor:
        """Boolean `(n,)`: the rows that take part."""
        return self.weights[:, 0] > 0

    @classmethod
    def of_one(
        cls, features: Tensor, weights: Tensor | None = None
    ) -> "Samples":
        """A single sample: every row belongs to S1."""
        features = as_features(features)
        first = ops.ones_like(features[:, :1])
        return cls(features, first, _weights(features, weights))


def stacked(
    x: Tensor,
    y: Tensor,
    x_weights: Tensor | None = None,
    y_weights: Tensor | None = None,
) -> Samples:
    """Stack S1 = `x` on S2 = `y`.

    Raises:
        ValueError: If the features of the two differ in width.
    """
    x, y = as_features(x, "x"), as_features(y, "y")
    require(
        x.shape[1] == y.shape[1],
        "`x` and `y` of shapes (n, d) and (m, d)",
        x_shape=tuple(x.shape),
        y_shape=tuple(y.shape),
    )
    y = ops.cast(y, x.dtype)
    first = ops.concatenate(
        [ops.ones((ops.shape(x)[0], 1)), ops.zeros((ops.shape(y)[0], 1))]
    )
    weights = ops.concatenate([_weights(x, x_weights), _weights(y, y_weights)])
    return Samples(ops.concatenate([x, y]), ops.cast(first, x.dtype), weights)


def interleaved(features: Tensor, weights: Tensor | None = None) -> Samples:
    """Take S1 from the even rows of a mini-batch and S2 from the odd rows."""
    features = as_features(features)
    parity = ops.arange(ops.shape(features)[0], dtype="int32") % 2
    first = ops.cast(parity == 0, features.dtype)[:, None]
    return Samples(features, first, _weights(features, weights))


def _weights(rows: Tensor, weights: Tensor | None) -> Tensor:
    if weights is None:
        return ops.ones_like(rows[:, :1])
    weights = ops.cast(ops.convert_to_tensor(weights), rows.dtype)
    require(
        len(weights.shape) == 1
        or (len(weights.shape) == 2 and weights.shape[1] == 1),
        "weights of shape (n,) or (n, 1)",
        weights_shape=tuple(weights.shape),
    )
    require(
        None in (weights.shape[0], rows.shape[0])
        or weights.shape[0] == rows.shape[0],
        "one weight per row",
        rows=rows.shape[0],
        weights=weights.shape[0],
    )
    return ops.reshape(weights, (-1, 1))

"""Random Fourier features: a feature map of the Gaussian kernel."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_itra.kernels.kernel import as_features
from keras_itra.kernels.radial import PAPER_MULTIPLIERS, Gaussian
from keras_itra.typing import Tensor
from keras_itra.validation import is_number, require, require_integer


@keras.saving.register_keras_serializable(package="keras_itra")
class RandomFourierFeatures(keras.layers.Layer):
    """Features whose inner products approximate the Gaussian kernel.

    ```
    <phi(x), phi(y)>  ~  mean_i exp(-||x - y||^2 / (multiplier_i * sigma))
    phi(x) = [a_j cos(w_j x), a_j sin(w_j x)]_j,
             w_j ~ N(0, 2 / (multiplier_i(j) * sigma)),   ||phi(x)|| = 1
    ```

    The frequencies are shared out among the multipliers, whose parts weigh
    the same. The error falls as `1 / sqrt(dim)`. The frequencies are drawn
    with NumPy, alike on every backend, are not trained and are saved with
    the model. The layer computes in float32 whatever the dtype policy.

    Args:
        dim: Number of features: even, two for each frequency, and at least
            two for each multiplier.
        multipliers: As for `keras_itra.kernels.Gaussian`. Defaults to the
            paper's `(1, 2, 4, 8, 16)`.
        seed: Seed of the frequencies, an integer >= 0. Defaults to 0.
        **kwargs: Of `keras.layers.Layer`.

    Call arguments:
        inputs: `(batch, d)`.
        bandwidth: `sigma`, positive, in squared units of the inputs: a
            number, or a tensor of shape `()`, `(batch,)` or `(batch, 1)`.
            Only rows of one bandwidth can be compared. Defaults to 1.

    Returns:
        `(batch, dim)`, in float32 at least.

    Raises:
        ValueError: For arguments outside their domain.

    Example:

    ```python
    import numpy as np
    import keras_itra

    x = np.random.default_rng(0).normal(size=(8, 3))
    phi = keras_itra.layers.RandomFourierFeatures(dim=4096)(x, bandwidth=2.0)
    kernel = keras_itra.kernels.Gaussian(bandwidth=2.0)
    assert np.abs(phi @ np.transpose(phi) - kernel(x)).max() < 0.1
    ```

    Reference:
        Rahimi and Recht, Random Features for Large-Scale Kernel Machines,
        NIPS 2007.
    """

    def __init__(
        self,
        dim: int,
        multipliers: Sequence[float] = PAPER_MULTIPLIERS,
        seed: int = 0,
        **kwargs: Any,
    ) -> None:
        # Half precision would lose the phases.
        super().__init__(autocast=False, **{"dtype": "float32", **kwargs})
        self.multipliers = Gaussian(multipliers=multipliers).multipliers
        require_integer("dim", dim, minimum=2)
        require(
            dim % 2 == 0 and dim >= 2 * len(self.multipliers),
            "`dim` to be even, and at least 2 for each of the "
            f"{len(self.multipliers)} multipliers",
            dim=dim,
        )
        require_integer("seed", seed, minimum=0)
        self.dim = dim
        self.seed = seed

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        require(
            len(input_shape) == 2 and input_shape[-1] is not None,
            "inputs of shape (batch, d)",
            input_shape=tuple(input_shape),
        )
        self.frequencies = self.add_weight(
            shape=(input_shape[-1], self.dim // 2),
            initializer=self._draw,
            trainable=False,
            autocast=False,
            name="frequencies",
        )

    def call(self, inputs: Tensor, bandwidth: Any = 1.0) -> Tensor:
        require(
            not is_number(bandwidth) or bandwidth > 0,
            "`bandwidth` > 0",
            bandwidth=bandwidth,
        )
        rows = as_features(inputs, "inputs")
        sigma = ops.reshape(ops.cast(bandwidth, rows.dtype), (-1, 1))
        phases = ops.matmul(rows / ops.sqrt(sigma), self.frequencies)
        waves = ops.concatenate([ops.cos(phases), ops.sin(phases)], axis=1)
        return waves * ops.cast(np.tile(self._amplitudes(), 2), rows.dtype)

    def compute_output_shape(
        self, input_shape: tuple[int | None, ...], *_: Any, **__: Any
    ) -> tuple[int | None, int]:
        return (input_shape[0], self.dim)

    def _draw(self, shape: tuple[int, int], dtype: Any = None) -> Tensor:
        normal = np.random.default_rng(self.seed).standard_normal(shape)
        scale = np.sqrt(2.0 / np.array(self.multipliers))[self._turns()]
        return ops.convert_to_tensor(normal * scale, dtype)

    def _turns(self) -> np.ndarray:
        """`(dim / 2,)`: which multiplier each frequency belongs to."""
        return np.arange(self.dim // 2) % len(self.multipliers)

    def _amplitudes(self) -> np.ndarray:
        """`(dim / 2,)`: the multipliers weigh the same, and 1 in all."""
        turns = self._turns()
        counts = np.bincount(turns)
        return np.sqrt(1.0 / (len(counts) * counts))[turns]

    def get_config(self) -> dict[str, Any]:
        """Arguments that rebuild this layer."""
        return {
            **super().get_config(),
            "dim": self.dim,
            "multipliers": self.multipliers,
            "seed": self.seed,
        }

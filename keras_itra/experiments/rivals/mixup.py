"""Mixup of mini-batches."""

from typing import Any

import keras
import numpy as np

from keras_itra.data import PairedBatches
from keras_itra.data.class_ids import class_ids
from keras_itra.typing import Batch
from keras_itra.validation import require, require_integer, require_number

# Words of the seed that the orders of `keras_itra.data` do not use.
_STREAM = 1


class Mixup(keras.utils.PyDataset):
    """Convex combinations of the rows of a mini-batch, with soft labels.

    ```
    lambda ~ Beta(alpha, alpha), once per mini-batch
    x_i <- lambda x_i + (1 - lambda) x_{p(i)}
    y_i <- lambda y_i + (1 - lambda) y_{p(i)}
    ```

    `p` is a permutation of the mini-batch. It and `lambda` are pure functions
    of (seed, epoch, mini-batch); the rows are those of `batches`, so the
    order is that of every other method of the same seed. Train with
    `fit(..., shuffle=False)` and cross-entropy that takes soft labels.

    Args:
        batches: Mini-batches `(x, y)`: floating-point `x`, arrays or nested;
            `y` integers `(n,)` or `(n, 1)`, or shares of classes
            `(n, num_classes)`.
        alpha: > 0; small values mix little. Defaults to 0.2.
        seed: Seed of the mixtures. Defaults to 0.
        num_classes: Number of classes K, >= 2.

    Raises:
        ValueError: For arguments outside their domain, and for batches with
            sample weights or without floating-point `x`.

    Example:

    ```python
    import numpy as np
    from keras_itra.data import PairedBatches
    from keras_itra.experiments.rivals import Mixup

    x, y = np.random.rand(10, 3), np.arange(10) % 2
    batches = PairedBatches((x, y), batch_size=4, pairing="none")
    mixed, labels = Mixup(batches, num_classes=2)[0]
    assert mixed.shape == (4, 3) and labels.shape == (4, 2)
    ```

    Reference:
        Zhang et al., mixup: Beyond Empirical Risk Minimization, ICLR 2018.
    """

    def __init__(
        self,
        batches: PairedBatches,
        alpha: float = 0.2,
        seed: int = 0,
        *,
        num_classes: int,
    ) -> None:
        super().__init__()
        require(
            isinstance(batches, PairedBatches),
            "`batches` to be a `keras_itra.data.PairedBatches`, which knows "
            "its epoch",
            batches=type(batches).__name__,
        )
        require_number("alpha", alpha, strict=True)
        require_integer("seed", seed, minimum=0)
        require_integer("num_classes", num_classes, minimum=2)
        _check_arrays(batches.arrays, num_classes)
        self.batches = batches
        self.alpha = alpha
        self.seed = seed
        self.num_classes = num_classes

    @property
    def num_batches(self) -> int | None:
        """Mini-batches per epoch; None for an endless stream."""
        return self.batches.num_batches

    def __getitem__(self, index: int) -> Batch:
        x, y = self.batches[index]
        generator = np.random.default_rng(
            [
                self.seed,
                self.batches.epoch,
                self.batches.first_batch + index,
                _STREAM,
            ]
        )
        share = generator.beta(self.alpha, self.alpha)
        partners = generator.permutation(len(y))

        def mixed(rows: np.ndarray) -> np.ndarray:
            return share * rows + (1 - share) * rows[partners]

        shares = _class_shares(y, self.num_classes)
        return keras.tree.map_structure(mixed, x), mixed(shares)

    def on_epoch_begin(self) -> None:
        self.batches.on_epoch_begin()

    def on_epoch_end(self) -> None:
        self.batches.on_epoch_end()


def _class_shares(labels: np.ndarray, num_classes: int) -> np.ndarray:
    """`(n, num_classes)`."""
    if labels.shape[1:] == (num_classes,):
        return labels.astype("float32")
    return np.eye(num_classes, dtype="float32")[class_ids(labels)]


def _check_arrays(arrays: Any, num_classes: int) -> None:
    require(
        len(arrays) == 2,
        "mini-batches (x, y) without sample weights, which have no mixture",
        members=len(arrays),
    )
    x, y = arrays
    dtypes = [str(leaf.dtype) for leaf in keras.tree.flatten(x)]
    require(
        all(np.issubdtype(dtype, np.floating) for dtype in dtypes),
        "floating-point `x`: only numbers can be mixed",
        x_dtypes=dtypes,
    )
    labels = class_ids(y)
    require(
        y.shape[1:] in ((), (1,), (num_classes,))
        and labels.min() >= 0
        and labels.max() < num_classes,
        f"labels from 0 to {num_classes - 1}, or shares of {num_classes} "
        "classes",
        y_shape=y.shape,
        smallest=labels.min().item(),
        largest=labels.max().item(),
    )

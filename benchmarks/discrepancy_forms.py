"""Ways to compute a discrepancy and its gradient, to be timed.

Each takes the features of S1 (even rows) and S2 (odd rows) and, where classes
count, labels that row 2i and row 2i + 1 share.
"""

import functools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import tensorflow as tf

from benchmarks.discrepancy_peers import PEERS, SCALES
from keras_itra.losses import ITRAAlignment

GEMMS = "two GEMMs"
MARGINAL = "marginal"
BALANCED = "conditional, balanced"
UNBALANCED = "conditional, unbalanced"
BROADCAST = "broadcast differences"
#: Numbers in the array of differences, rows of the peers' kernel matrices.
MOST_DIFFERENCES, MOST_PEER_ROWS = 2**27, 4096


@dataclass(frozen=True)
class Form:
    """What is computed.

    Attributes:
        method: One of the constants above, or a key of `PEERS`.
        classes: K of the conditional forms; 0 for the others.
        xla: Whether XLA compiles it.
    """

    method: str
    classes: int = 0
    xla: bool = False

    def __str__(self) -> str:
        classes = f", K = {self.classes}" if self.classes else ""
        return f"{self.method}{classes}{', XLA' if self.xla else ''}"

    def fits(self, rows: int, width: int) -> bool:
        """Whether it is measured: memory is enough, classes have rows."""
        if self.method == BROADCAST:
            return rows**2 * width <= MOST_DIFFERENCES
        if self.method in PEERS:
            return rows <= MOST_PEER_ROWS
        return self.classes <= rows // 2

    def prepare(self, features: np.ndarray) -> Callable[[], None]:
        """A function that computes value and gradient, and waits for them.

        Args:
            features: `(n, d)`.
        """
        if self.method in PEERS:
            return PEERS[self.method](features)
        if self.method == GEMMS:
            compute = two_gemms
        else:
            labels = labels_of(self, len(features))
            loss: Callable[[tf.Tensor], tf.Tensor] = broadcast_mmd
            if self.method != BROADCAST:
                mode = "marginal" if self.method == MARGINAL else "conditional"
                alignment = ITRAAlignment(
                    mode=mode, num_classes=self.classes or None
                )
                loss = functools.partial(alignment, labels)
            compute = functools.partial(gradient, loss)
        compiled = tf.function(compute, jit_compile=self.xla)
        tensor = tf.constant(features)

        def run() -> None:
            compiled(tensor)
            tf.test.experimental.sync_devices()

        return run


def labels_of(form: Form, rows: int) -> np.ndarray:
    """Labels of a mini-batch.

    Args:
        form: Unbalanced labels put half of the pairs into class 0, more than
            the computation class by class takes; balanced ones come in turn.
        rows: n.
    """
    pairs = np.arange(rows // 2)
    classes = max(form.classes, 1)
    labels = pairs % classes
    if form.method == UNBALANCED:
        labels = np.where(pairs % 2, 0, pairs // 2 % classes)
    return np.repeat(labels, 2).astype("int32")


def two_gemms(z: tf.Tensor) -> tf.Tensor:
    """The reference: a matrix product for the value, one for the gradient."""
    return tf.matmul(tf.matmul(z, z, transpose_b=True), z)


def gradient(loss: Callable[[tf.Tensor], tf.Tensor], z: tf.Tensor) -> tf.Tensor:
    """Forward and backward."""
    with tf.GradientTape() as tape:
        tape.watch(z)
        value = loss(z)
    return tape.gradient(value, z)


def broadcast_mmd(z: tf.Tensor) -> tf.Tensor:
    """Marginal MMD as it is often written: all differences in one array.

    Five Gaussians around the median squared distance, and the root, as
    `ITRAAlignment(mode="marginal")`.
    """
    rows = z.shape[0]
    differences = z[:, None, :] - z[None, :, :]
    squared = tf.reduce_sum(tf.square(differences), axis=-1)
    ordered = tf.sort(tf.reshape(tf.stop_gradient(squared), [-1]))
    middle = rows**2 // 2
    median = (ordered[(rows**2 - 1) // 2] + ordered[middle]) / 2
    kernel = sum(tf.exp(-squared / (s * median)) for s in SCALES) / len(SCALES)
    sign = tf.where(tf.range(rows) % 2 == 0, 2.0, -2.0) / rows
    return tf.sqrt(tf.reduce_sum(kernel * sign[:, None] * sign[None, :]))

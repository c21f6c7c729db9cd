"""Angles between the class means, from mini-batch to mini-batch."""

from __future__ import annotations

import keras
import numpy as np
from keras import ops

from keras_itra.metrics._streaming import or_one
from keras_itra.metrics.class_moments import ClassMoments
from keras_itra.metrics.streaming_scatter import ratio
from keras_itra.typing import Tensor


class _ClassCosines(ClassMoments):
    """Base of what is a function of the cosines between class means."""

    def cosines(self) -> tuple[Tensor, Tensor]:
        """Cosines of all pairs of classes `(K, K)`, and which pairs count.

        The latter is a matrix of 0 and 1: both classes have rows and are not
        the same. No pair counts if the class means coincide.
        """
        means, present = self.centered_means()
        norms = ops.sqrt(ops.sum(ops.square(means), axis=1, keepdims=True))
        # A mean this close to the centre is there but for rounding.
        rounding = 8 * float(np.finfo(self.dtype).eps)
        apart = norms > rounding * ops.max(ops.abs(self._means))
        directions = ops.where(apart, means / or_one(norms), 0.0)
        cosines = ops.matmul(directions, ops.transpose(directions))
        _, between = self.scatters()
        member = ops.cast(ops.logical_and(present, between > 0), self.dtype)
        others = 1 - ops.eye(self.num_classes, dtype=self.dtype)
        return cosines, member[:, None] * member * others


@keras.saving.register_keras_serializable(package="keras_itra")
class EquiangularVariation(_ClassCosines):
    """NC2: how much the angles between centred class means differ.

    ```
    std over k != l of cos(m_k, m_l),    m_k = mean_k - mean over classes
    ```

    0 if all angles are equal, as in a simplex. Classes without rows are left
    out; infinity if the class means coincide (one class, constant features,
    no rows).

    Args:
        num_classes: Number of classes K. Rows with a label outside of
            `0..K-1` do not count.
        feature_dim: Width d of the features.
        name: Name of the metric. Defaults to `"equiangular_variation"`.
        dtype: Dtype of the state, raised to float32 at least.

    Raises:
        ValueError: If a size is not a positive integer.

    Example:

    ```python
    import numpy as np
    from keras_itra.metrics import EquiangularVariation

    simplex = EquiangularVariation(num_classes=3, feature_dim=3)
    simplex.update_state([0, 1, 2], np.eye(3, dtype="float32"))
    assert float(simplex.result()) < 1e-6
    ```

    Reference:
        Papyan, Han and Donoho, "Prevalence of Neural Collapse During the
        Terminal Phase of Deep Learning Training", PNAS 2020.
    """

    def result(self) -> Tensor:
        """A scalar, without a unit."""
        cosines, pairs = self.cosines()
        count = ops.sum(pairs)
        mean = ops.sum(pairs * cosines) / or_one(count)
        squares = ops.sum(pairs * ops.square(cosines - mean))
        return ops.sqrt(ratio(squares, count))


@keras.saving.register_keras_serializable(package="keras_itra")
class MaximalAngleDeviation(_ClassCosines):
    """NC2: distance of the class means from the widest equal angles.

    ```
    mean over k != l of |cos(m_k, m_l) + 1 / (K - 1)|
    ```

    K vectors that all make the same angle can be no further apart than in a
    simplex, where every cosine is -1/(K-1) and the value is 0. Classes
    without rows are left out, of K as well; infinity if the class means
    coincide (one class, constant features, no rows).

    Args:
        num_classes: Number of classes K. Rows with a label outside of
            `0..K-1` do not count.
        feature_dim: Width d of the features.
        name: Name of the metric. Defaults to `"maximal_angle_deviation"`.
        dtype: Dtype of the state, raised to float32 at least.

    Raises:
        ValueError: If a size is not a positive integer.

    Example:

    ```python
    import numpy as np
    from keras_itra.metrics import MaximalAngleDeviation

    simplex = MaximalAngleDeviation(num_classes=3, feature_dim=3)
    simplex.update_state([0, 1, 2], np.eye(3, dtype="float32"))
    assert float(simplex.result()) < 1e-6
    ```

    Reference:
        Papyan, Han and Donoho, "Prevalence of Neural Collapse During the
        Terminal Phase of Deep Learning Training", PNAS 2020.
    """

    def result(self) -> Tensor:
        """A scalar, without a unit."""
        cosines, pairs = self.cosines()
        # K (K - 1) pairs count: each row of them has K - 1.
        others = ops.max(ops.sum(pairs, axis=1))
        deviations = ops.abs(cosines + 1 / or_one(others))
        return ratio(ops.sum(pairs * deviations), ops.sum(pairs))


@keras.saving.register_keras_serializable(package="keras_itra")
class SmallestClassAngle(_ClassCosines):
    """The smallest angle between two centred class means, in degrees.

    ```
    min over k != l of arccos( cos(m_k, m_l) )
    ```

    It is that of the two classes most alike; in a simplex it has its
    largest value, arccos(-1/(K-1)). Classes without rows are left out; 0 if
    the class means coincide (one class, constant features, no rows). Angles
    below about 0.03 degrees are lost in float32.

    Args:
        num_classes: Number of classes K. Rows with a label outside of
            `0..K-1` do not count.
        feature_dim: Width d of the features.
        name: Name of the metric. Defaults to `"smallest_class_angle"`.
        dtype: Dtype of the state, raised to float32 at least.

    Raises:
        ValueError: If a size is not a positive integer.

    Example:

    ```python
    import numpy as np
    from keras_itra.metrics import SmallestClassAngle

    simplex = SmallestClassAngle(num_classes=3, feature_dim=3)
    simplex.update_state([0, 1, 2], np.eye(3, dtype="float32"))
    assert abs(float(simplex.result()) - 120) < 0.1
    ```
    """

    def result(self) -> Tensor:
        """A scalar, in degrees."""
        cosines, pairs = self.cosines()
        largest = ops.max(ops.where(pairs > 0, cosines, -1.0))
        angle = ops.arccos(ops.clip(largest, -1.0, 1.0)) * (180 / np.pi)
        return ops.where(ops.sum(pairs) > 0, angle, 0.0)

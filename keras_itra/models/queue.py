"""`pairing="queue"`: S2 is a memory of the features of recent mini-batches."""

from typing import Any

import numpy as np
from keras import ops

from keras_itra.discrepancies.terms import Terms
from keras_itra.layers.feature_memory import FeatureMemory, hard_labels
from keras_itra.losses import ITRAAlignment, WithinClassSpread
from keras_itra.typing import Tensor
from keras_itra.validation import require


def queue_memory(model: Any) -> FeatureMemory:
    """The memory of an `ITRAModel`, built if the model wraps another one.

    Args:
        model: The `ITRAModel`, all but the memory set.

    Raises:
        ValueError: If the loss cannot be compared with a memory of classes,
            or an option needs pairs, classes or their number.
    """
    alignment, balanced = model.alignment, model.memory_balanced
    label_kernel = getattr(alignment, "label_kernel", None)
    require(
        isinstance(alignment, (ITRAAlignment, WithinClassSpread))
        and label_kernel is None,
        "`WithinClassSpread`, or `ITRAAlignment` without `label_kernel`, for "
        "`pairing='queue'`, which remembers features and classes",
        alignment=type(alignment).__name__,
        label_kernel=label_kernel,
    )
    require(
        model.passes == "joint",
        "`forward='joint'` with `pairing='queue'`, where S1 alone passes",
        forward=model.passes,
    )
    require(
        not balanced or alignment.uses_classes,
        "an alignment that uses classes for `memory_balanced=True`",
        mode=getattr(alignment, "mode", None),
    )
    classes = alignment.num_classes
    if classes is None and model.wrapped is not None:
        classes = max(model.classifier.output_shape[-1], 2)
    require(
        not balanced or classes is not None,
        "an alignment with `num_classes=...` for `memory_balanced=True` in a "
        "subclass of `ITRAModel`",
        num_classes=classes,
    )
    memory = FeatureMemory(
        model.memory_size, classes, balanced, name="feature_memory"
    )
    if model.wrapped is not None:
        # Now, for `fit` may be called outside of a strategy's scope.
        memory.build(model.feature_model.output_shape)
    return memory


def terms_against(
    memory: FeatureMemory,
    alignment: Any,
    labels: Tensor,
    features: Tensor,
    sample_weight: Tensor | None,
) -> Terms:
    """The alignment between a mini-batch and what a memory holds.

    Args:
        memory: S2.
        alignment: An `ITRAAlignment`, or a `WithinClassSpread`.
        labels: Of S1, as for `FeatureLoss.terms`.
        features: Of S1.
        sample_weight: Of S1.
    """
    if alignment.uses_classes:
        labels, sample_weight = hard_labels(labels, sample_weight)
    return alignment.terms(
        labels, features, sample_weight, reference=memory.reference()
    )


def remember(
    memory: FeatureMemory,
    alignment: Any,
    labels: Tensor,
    features: Tensor,
    sample_weight: Tensor | None,
) -> None:
    """Write a mini-batch into the memory; arguments of `terms_against`."""
    if not alignment.uses_classes:
        # Whatever the targets are: rows of no class would be left out.
        labels = ops.zeros((ops.shape(features)[0],), "int32")
    memory.update(labels, features, sample_weight)


def require_hard_labels(labels: Any) -> None:
    """Refuse soft labels, which the memory does not keep.

    Raises:
        ValueError: If a row has shares in several classes.
    """
    labels = np.asarray(labels)
    if labels.ndim == 2 and labels.shape[1] > 1:
        require(
            bool(np.all(labels.max(axis=1) == 1)),
            "integer or one-hot labels for `pairing='queue'`, which "
            "remembers the class of each row; for soft labels use "
            "`pairing='split'`",
            largest_share=float(labels.max(axis=1).min()),
        )

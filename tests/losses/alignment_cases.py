"""Interleaved mini-batches, and what the alignment of each mode must be."""

import numpy as np

from keras_itra import discrepancies
from tests.cases import NUM_CLASSES

#: Loss and the discrepancy that its mean must be.
MODES = {
    "marginal": (
        {"mode": "marginal"},
        lambda x, s, y, t, **options: discrepancies.mmd(x, y, **options),
    ),
    "conditional": (
        {"mode": "conditional", "num_classes": NUM_CLASSES},
        lambda *rows, **options: discrepancies.conditional_mmd(
            *rows, num_classes=NUM_CLASSES, **options
        ),
    ),
    "conditional-present": (
        {"mode": "conditional"},
        lambda *rows, **options: discrepancies.conditional_mmd(
            *rows, class_average="present", **options
        ),
    ),
    "joint": ({"mode": "joint"}, discrepancies.joint_mmd),
}


def draw(rows=15, width=3):
    """Interleaved rows; class 2 is in S1 only, class 3 nowhere."""
    rng = np.random.default_rng(0)
    labels = np.arange(rows) // 2 % 2
    labels[4] = labels[8] = 2
    features = rng.normal(size=(rows, width)) + labels[:, None]
    features[1::2] += 1
    return labels, features.astype("float32")


def halves(labels, features):
    return features[::2], labels[::2], features[1::2], labels[1::2]

"""Discrepancies between two samples of features, and within one."""

from keras_itra.discrepancies.coral import coral
from keras_itra.discrepancies.mmd import conditional_mmd, joint_mmd, mmd
from keras_itra.discrepancies.spread import within_class_spread

__all__ = [
    "conditional_mmd",
    "coral",
    "joint_mmd",
    "mmd",
    "within_class_spread",
]

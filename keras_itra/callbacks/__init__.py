"""Callbacks for `fit`."""

from keras_itra.callbacks.alignment_check import AlignmentCheck
from keras_itra.callbacks.alignment_weight_controller import (
    AlignmentWeightController,
)
from keras_itra.callbacks.alignment_weight_schedule import (
    AlignmentWeightSchedule,
)
from keras_itra.callbacks.exact_backup import ExactBackup
from keras_itra.callbacks.feature_monitor import FeatureMonitor
from keras_itra.callbacks.projector_snapshots import ProjectorSnapshots
from keras_itra.callbacks.weight_schedules import (
    linear_ramp,
    piecewise_constant,
)

__all__ = [
    "AlignmentCheck",
    "AlignmentWeightController",
    "AlignmentWeightSchedule",
    "ExactBackup",
    "FeatureMonitor",
    "ProjectorSnapshots",
    "linear_ramp",
    "piecewise_constant",
]

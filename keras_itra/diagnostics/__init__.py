"""What alignment does to a model: pulls, gradients and their variance."""

from keras_itra.diagnostics.alignment_share import (
    AlignmentShare,
    alignment_share,
)
from keras_itra.diagnostics.class_shares import ClassShares, class_shares
from keras_itra.diagnostics.gradient_variance import (
    GradientVariance,
    Spread,
    gradient_variance,
)
from keras_itra.diagnostics.pulls import (
    FeaturePulls,
    adaptive_weights,
    feature_pulls,
)
from keras_itra.diagnostics.step_gradients import (
    StepGradients,
    compiled_step_gradients,
    step_gradients,
)

__all__ = [
    "AlignmentShare",
    "ClassShares",
    "FeaturePulls",
    "GradientVariance",
    "Spread",
    "StepGradients",
    "adaptive_weights",
    "alignment_share",
    "class_shares",
    "compiled_step_gradients",
    "feature_pulls",
    "gradient_variance",
    "step_gradients",
]

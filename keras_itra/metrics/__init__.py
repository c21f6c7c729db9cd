"""Measures of a trained classifier, of logits or features and labels.

Functions take NumPy arrays of the whole set. Classes are Keras metrics that
see it from mini-batch to mini-batch and are exact all the same.
"""

from keras_itra.metrics.calibration import (
    expected_calibration_error,
    fit_temperature,
)
from keras_itra.metrics.class_angles import class_mean_angles
from keras_itra.metrics.class_moments import (
    ClassMoments,
)
from keras_itra.metrics.classification import (
    accuracy,
    cross_entropy,
)
from keras_itra.metrics.clusters import (
    davies_bouldin,
    silhouette,
)
from keras_itra.metrics.compactness import (
    between_class_scatter,
    scatter,
    within_class_scatter,
)
from keras_itra.metrics.detection import auroc, energy_score, max_softmax
from keras_itra.metrics.hypersphere import (
    hypersphere_alignment,
    hypersphere_uniformity,
)
from keras_itra.metrics.mean_distances import (
    class_mean_distance,
    mahalanobis_distance,
)
from keras_itra.metrics.nearest_mean import (
    nearest_class_mean_accuracy,
    nearest_class_mean_agreement,
    self_duality,
)
from keras_itra.metrics.neighbours import (
    nearest_neighbour_accuracy,
    nearest_neighbour_purity,
)
from keras_itra.metrics.neural_collapse import (
    EquinormVariation,
    VariabilityCollapse,
)
from keras_itra.metrics.pair_distances import (
    relative_same_class_distance,
    same_class_distance,
)
from keras_itra.metrics.permutation_test import (
    PermutationTest,
    mmd_permutation_test,
)
from keras_itra.metrics.streaming_angles import (
    EquiangularVariation,
    MaximalAngleDeviation,
    SmallestClassAngle,
)
from keras_itra.metrics.streaming_calibration import (
    ExpectedCalibrationError,
)
from keras_itra.metrics.streaming_scatter import (
    BetweenClassScatter,
    Scatter,
    WithinClassScatter,
)

__all__ = [
    "BetweenClassScatter",
    "ClassMoments",
    "EquiangularVariation",
    "EquinormVariation",
    "ExpectedCalibrationError",
    "MaximalAngleDeviation",
    "PermutationTest",
    "Scatter",
    "SmallestClassAngle",
    "VariabilityCollapse",
    "WithinClassScatter",
    "accuracy",
    "auroc",
    "between_class_scatter",
    "class_mean_angles",
    "class_mean_distance",
    "cross_entropy",
    "davies_bouldin",
    "energy_score",
    "expected_calibration_error",
    "fit_temperature",
    "hypersphere_alignment",
    "hypersphere_uniformity",
    "mahalanobis_distance",
    "max_softmax",
    "mmd_permutation_test",
    "nearest_class_mean_accuracy",
    "nearest_class_mean_agreement",
    "nearest_neighbour_accuracy",
    "nearest_neighbour_purity",
    "relative_same_class_distance",
    "same_class_distance",
    "scatter",
    "self_duality",
    "silhouette",
    "within_class_scatter",
]

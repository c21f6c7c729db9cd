"""Measures of a trained classifier: NumPy functions of logits or features."""

from keras_itra.metrics.calibration import (
    expected_calibration_error as expected_calibration_error,
)
from keras_itra.metrics.calibration import fit_temperature as fit_temperature
from keras_itra.metrics.classification import accuracy as accuracy
from keras_itra.metrics.classification import cross_entropy as cross_entropy
from keras_itra.metrics.compactness import (
    between_class_scatter as between_class_scatter,
)
from keras_itra.metrics.compactness import scatter as scatter
from keras_itra.metrics.compactness import (
    within_class_scatter as within_class_scatter,
)

"""Pictures of a comparison; each function returns a matplotlib Figure."""

from keras_itra.plots.calibration import (
    reliability_diagram as reliability_diagram,
)
from keras_itra.plots.curves import learning_curves as learning_curves
from keras_itra.plots.distances import (
    distance_histograms as distance_histograms,
)
from keras_itra.plots.features import feature_map as feature_map
from keras_itra.plots.intervals import comparison_bars as comparison_bars
from keras_itra.plots.pulls import pull_map as pull_map
from keras_itra.plots.sweeps import sweep as sweep

"""Pictures of a comparison; each function returns a matplotlib Figure."""

from keras_itra.plots.curves import learning_curves as learning_curves
from keras_itra.plots.features import feature_map as feature_map
from keras_itra.plots.intervals import comparison_bars as comparison_bars
from keras_itra.plots.sweeps import sweep as sweep

"""Pages that show a trained model or a comparison."""

from keras_itra.reports.comparison_page import (
    comparison_report as comparison_report,
)
from keras_itra.reports.experiment_page import (
    experiment_report as experiment_report,
)
from keras_itra.reports.model_page import model_report as model_report

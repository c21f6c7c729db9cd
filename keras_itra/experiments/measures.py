"""What is measured on a trained classifier."""

from dataclasses import dataclass

from keras_itra.experiments.protocol import Splits


@dataclass(frozen=True)
class Measure:
    """A number that a run records.

    Attributes:
        key: Its key in records and files.
        label: Its name in tables.
        title: Its name above a picture.
        digits: Decimals to show.
        headline: Whether the tables show it; files hold every measure.
    """

    key: str
    label: str
    title: str
    digits: int
    headline: bool = True


MEASURES = (
    Measure("accuracy", "accuracy %", "accuracy (points)", 2),
    Measure("cross_entropy", "CE", "cross-entropy", 3),
    Measure(
        "calibrated_cross_entropy",
        "CE after T",
        "cross-entropy after temperature scaling",
        3,
    ),
    Measure(
        "calibrated_ece",
        "ECE after T",
        "calibration error after temperature scaling",
        3,
    ),
    Measure("scatter", "scatter", "scatter within / between classes", 3),
    Measure("step_ms", "ms / step", "milliseconds per step", 1),
    Measure("ece", "ECE", "calibration error", 3, headline=False),
    Measure("temperature", "T", "temperature", 3, headline=False),
)
MODE_MEASURES = (
    Measure("purity", "purity %", "nearest-mode purity (points)", 2),
)
"""Measures of a test set whose classes were merged."""

DETECTION_MEASURES = (
    Measure("auroc_softmax", "AUROC softmax", "AUROC of the softmax", 3),
    Measure("auroc_energy", "AUROC energy", "AUROC of the energy", 3),
    Measure("auroc_distance", "AUROC distance", "AUROC of the class means", 3),
)
"""Measures of a test set beside foreign examples."""


def measures_of(splits: Splits) -> tuple[Measure, ...]:
    """The measures that a run on some data records."""
    modes = MODE_MEASURES if splits.modes_test is not None else ()
    detection = DETECTION_MEASURES if splits.x_foreign is not None else ()
    return (*MEASURES, *modes, *detection)


CHOSEN_WEIGHT = "alignment_weight"
"""Recorded of a run that chooses the weight of its alignment itself."""

LEGEND = (
    "CE is cross-entropy and ECE expected calibration error; T is a "
    "temperature fitted on validation data; scatter is that of the features "
    "within classes over that between them."
)
HEADLINES = tuple(measure for measure in MEASURES if measure.headline)

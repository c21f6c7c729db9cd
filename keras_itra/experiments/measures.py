"""What is measured on a trained classifier."""

from dataclasses import dataclass


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
LEGEND = (
    "CE is cross-entropy and ECE expected calibration error; T is a "
    "temperature fitted on validation data; scatter is that of the features "
    "within classes over that between them."
)
HEADLINES = tuple(measure for measure in MEASURES if measure.headline)

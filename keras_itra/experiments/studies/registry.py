"""The experiments by name."""

from keras_itra.experiments.studies.experiment import Experiment
from keras_itra.experiments.studies.paper import PAPER
from keras_itra.experiments.studies.questions import QUESTIONS
from keras_itra.experiments.studies.texts import (
    ON_TEXTS,
    PAPER_TEXTS,
    REGIMES,
    SAFETY,
)
from keras_itra.validation import require_one_of

EXPERIMENTS: dict[str, Experiment] = {
    experiment.name: experiment
    for experiment in (
        *PAPER,
        *PAPER_TEXTS,
        *QUESTIONS,
        *ON_TEXTS,
        REGIMES,
        SAFETY,
    )
}


def get(name: str) -> Experiment:
    """Find an experiment by its name.

    Args:
        name: A key of `EXPERIMENTS`.

    Returns:
        The experiment.

    Raises:
        ValueError: If there is no such experiment.
    """
    require_one_of("experiment", name, EXPERIMENTS)
    return EXPERIMENTS[name]

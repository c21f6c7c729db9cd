"""Values of options that several commands share."""

import argparse
from typing import TYPE_CHECKING

from keras_itra._optional import require_module
from keras_itra.validation import require

if TYPE_CHECKING:
    from keras_itra.experiments import Protocol, Splits


def numbers(text: str) -> list[float]:
    """Read numbers with commas between them.

    Args:
        text: For example `"0.2,0.4"`.

    Returns:
        The numbers.

    Raises:
        argparse.ArgumentTypeError: If it is something else.
    """
    try:
        return [float(value) for value in text.split(",")]
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"Expected number,... Received: {text!r}"
        ) from None


def require_experiments() -> None:
    """Refuse to begin hours of training without what shows their results.

    Raises:
        ImportError: If a package of it is not installed.
    """
    for module in ("matplotlib", "rich", "scipy", "sklearn"):
        require_module(module, "experiments")


def protocol_and_splits(
    options: argparse.Namespace,
) -> "tuple[Protocol, Splits]":
    """The data, network and schedule that the options ask for.

    Args:
        options: Of `compare` or `tune`.

    Returns:
        What all trainings of the command have in common.

    Raises:
        ValueError: If an option does not fit the data, or a class gets no
            training row.
    """
    from keras_itra import datasets, experiments

    data = datasets.load(options.data, options.data_dir)
    splits = experiments.make_splits(
        data,
        train_size=options.train_size,
        validation_size=options.validation_size,
    )
    absent = set(data.y_train.tolist()) - set(splits.y_train.tolist())
    require(
        not absent,
        "every class among the training rows, of which there are too few",
        absent=sorted(absent),
        train_size=len(splits.y_train),
    )
    protocol = experiments.Protocol(
        network=options.network or experiments.default_network(splits),
        epochs=options.epochs,
        batch_size=options.batch_size,
        learning_rate=options.learning_rate,
    )
    return protocol, splits

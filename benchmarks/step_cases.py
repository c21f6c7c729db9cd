"""Networks and sizes at which a training step is measured."""

import itertools
from dataclasses import dataclass

from benchmarks.networks import networks
from keras_itra.validation import require

GRID = [
    f"{network}:{rows}:{classes}"
    for network, rows, classes in itertools.product(
        ("cnn", "resnet18", "text"), (32, 64, 128, 256, 512), (10, 100, 1000)
    )
]
DEFAULT = [
    "cnn:128:10:60",
    "cnn:128:1000:12",
    "two-conv:128:10:60",
    "five-conv:128:10:30",
    "resnet18:128:10:60",
    "text:32:10:12",
]
MEMORY = ["cnn:128:10"]


@dataclass(frozen=True)
class Case:
    """What is measured.

    Attributes:
        network: Its name.
        rows: m.
        classes: K.
        repeats: How often, after one repeat that compiles. Defaults to 30.
    """

    network: str
    rows: int
    classes: int
    repeats: int = 30

    @classmethod
    def parse(cls, text: str) -> "Case":
        """From `network:m:K` or `network:m:K:repeats`."""
        network, *numbers = text.split(":")
        require(
            network in networks()
            and len(numbers) in (2, 3)
            and all(number.isdecimal() for number in numbers),
            "`network:m:K` or `network:m:K:repeats` with a network of "
            f"{', '.join(networks())}",
            case=text,
        )
        return cls(network, *map(int, numbers))

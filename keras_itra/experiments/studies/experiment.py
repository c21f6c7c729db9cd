"""What an experiment is: comparisons, and how their results are shown."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from keras_itra.experiments.material import Data
from keras_itra.experiments.methods import get
from keras_itra.experiments.plan import Plan
from keras_itra.experiments.protocol import Protocol
from keras_itra.models.weight_choice import MINIMUM_ROWS
from keras_itra.validation import require, require_one_of

SCALES = ("smoke", "small", "full")
"""Seconds on random content; a two-core machine; the published setting."""

FROM_RUNS = ("features", "reliability")
SHAPES = ("table", "sweep", "strengths", "curves", *FROM_RUNS)
"""The picture of the results: paired differences, measures over cells or
over strengths, distances during training; or, drawn from the runs of the first
seed, a map of the features or reliability diagrams."""


@dataclass(frozen=True)
class Cell:
    """One comparison of methods on the same data.

    Attributes:
        label: What sets it apart from the other cells of its experiment.
        data: Data of all its runs.
        protocol: Network and schedule of all its runs.
        methods: Names of the methods, `sgd` among them.
        grids: Strengths to choose from, where they are not the method's own.
        x: Its place on the horizontal axis of a sweep.
        tuning_seeds: How many seeds choose the strengths.
        chosen_by: What decides, as of `Plan`.
    """

    label: str
    data: Data
    protocol: Protocol
    methods: tuple[str, ...]
    grids: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    x: float | None = None
    tuning_seeds: int = 2
    chosen_by: str = "cross_entropy"

    def plan(
        self, seeds: int, strengths: tuple[float, ...] | None = None
    ) -> Plan:
        """The plan of the comparison.

        Args:
            seeds: Seeds of the final runs.
            strengths: Weights of the alignment to choose from instead, of
                every ITRA method whose weight is to be chosen.

        Returns:
            The plan.
        """
        methods = [get(name) for name in self.methods]
        grids = dict(self.grids)
        if strengths is not None:
            chosen = [
                method.name
                for method in methods
                if len(method.grid) > 1 and method.name.startswith("itra")
            ]
            require(
                bool(chosen),
                "weights for an experiment that chooses one",
                weights=strengths,
                methods=self.methods,
            )
            grids |= dict.fromkeys(chosen, strengths)
        tuning_seeds = min(self.tuning_seeds, seeds)
        return Plan(methods, seeds, tuning_seeds, grids, self.chosen_by)


@dataclass(frozen=True)
class Experiment:
    """A question, the comparisons that answer it, and how to show them.

    Attributes:
        name: Its name on the command line.
        title: What it is, in a few words.
        question: What it asks.
        cells: Comparisons by scale.
        paper: The paper's (accuracy in %, cross-entropy) by method.
        differs: What a reader must know of its settings, by scale.
        x_label: Name of the quantity of a sweep.
        shape: One of `SHAPES`.
        measures: Keys of the measures to show first.
        references: Methods to show paired differences to; the first one is
            the baseline.
    """

    name: str
    title: str
    question: str
    cells: Mapping[str, tuple[Cell, ...]]
    paper: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    differs: Mapping[str, str] = field(default_factory=dict)
    x_label: str = ""
    shape: str = "table"
    measures: tuple[str, ...] = (
        "accuracy",
        "cross_entropy",
        "calibrated_cross_entropy",
        "scatter",
    )
    references: tuple[str, ...] = ("sgd",)

    def __post_init__(self) -> None:
        require_one_of("shape", self.shape, SHAPES)
        for scale in self.cells:
            require_one_of("scale", scale, SCALES)

    def at(self, scale: str) -> tuple[Cell, ...]:
        """The comparisons at a scale; `smoke` is the smallest one shrunk.

        Args:
            scale: One of `SCALES`.

        Returns:
            The cells.

        Raises:
            ValueError: If the experiment does not have this scale.
        """
        if scale == "smoke":
            smallest = self.cells.get("small") or self.cells["full"]
            return tuple(shrunk(cell) for cell in smallest)
        require(
            scale in self.cells,
            f"one of the scales smoke, {', '.join(self.cells)} of "
            f"'{self.name}'",
            scale=scale,
        )
        return self.cells[scale]


STAND_INS = {
    "fashion-mnist": "tfds:fashion_mnist",
    "mnist5k": "tfds:mnist",
    # 1,000 classes and images of 224 x 224 are not a matter of seconds.
    "tfds:imagenet2012": "tfds:stl10",
    "reviews-polarity": "tfds:yelp_polarity_reviews",
    "reviews-source": "tfds:ag_news_subset",
    "amazon-reviews-full.csv": "tfds:ag_news_subset",
    "yahoo-answers.csv": "tfds:ag_news_subset",
    "yelp-reviews-full.csv": "tfds:ag_news_subset",
}
"""Whose shape and random content stand in for a data set at `smoke`."""

NARROW = {
    "five-conv": 2,
    "resnet18": 4,
    "resnet101": 2,
    "resnet18-imagenet": 4,
    "vgg13": 4,
    "mobilenet-v1": 4,
    "mobilenet-v2": 4,
}
"""Widths of the networks at `smoke`."""


def shrunk(cell: Cell) -> Cell:
    """A comparison of seconds with the same parts, on random content."""
    data, protocol = cell.data, cell.protocol
    preset = None if data.preset is None else "tiny"
    return replace(
        cell,
        data=replace(
            data,
            name=STAND_INS.get(data.name, data.name),
            foreign=data.foreign and STAND_INS.get(data.foreign, data.foreign),
            train_size=24,
            validation_size=MINIMUM_ROWS,
            preset=preset,
            length=8,
            image_size=data.image_size and 32,
        ),
        protocol=replace(
            protocol,
            network="text:tiny" if protocol.preset else protocol.network,
            epochs=1,
            batch_size=8,
            drops=(),
            width=NARROW.get(protocol.network, protocol.width),
        ),
        grids={
            name: (get(name).grid[0],)
            for name in cell.methods
            if get(name).grid
        },
        tuning_seeds=1,
    )

"""Quality per cost of the ways to pair, from a comparison and step times.

Of each gain of the paper's pairing over SGD, the share that a cheaper pairing
keeps. The quality comes from `keras-itra compare`, the cost from
`benchmarks.step_time`, which measures all of them side by side.
"""

import argparse
import json
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from benchmarks.step_variants import (
    INDEPENDENT,
    NONE,
    PLAIN,
    QUEUE,
    SPLIT_BOTH,
    SPREAD_QUEUE,
)
from keras_itra.experiments import Table
from keras_itra.experiments.files import write_json
from keras_itra.experiments.measures import MEASURES
from keras_itra.experiments.statistics import Interval, ratio_of_means
from keras_itra.plots import style

BASELINE, PAPER = "sgd", "itra-c"
#: Methods of a comparison, and the variant whose step they take.
VARIANTS = {
    BASELINE: PLAIN,
    PAPER: INDEPENDENT,
    "itra-c-split": SPLIT_BOTH,
    "itra-c-queue": QUEUE,
    "spread": NONE,
    "spread-queue": SPREAD_QUEUE,
}
#: Gains whose shares are of interest, and which must be kept.
GAINS = ("accuracy", "cross_entropy", "calibrated_cross_entropy", "scatter")
_LABELS = {measure.key: measure.label for measure in MEASURES}
_TITLES = {measure.key: measure.title for measure in MEASURES}


@dataclass(frozen=True)
class Pairing:
    """What a way to pair costs and brings.

    Attributes:
        method: Name in the comparison.
        strength: The weight that was chosen on validation data.
        cost: Time of a step, in that of plain `fit` with m rows.
        means: Mean over the seeds, by measure.
        kept: Share of the gain of the paper's pairing, by measure.
    """

    method: str
    strength: float | None
    cost: float
    means: Mapping[str, float]
    kept: Mapping[str, Interval]


def pairings(
    results: Mapping[str, Any], costs: Mapping[str, float]
) -> list[Pairing]:
    """Shares and costs of all methods in both files.

    Args:
        results: `results.json` of a comparison.
        costs: Ratio of the step time to plain `fit`, by variant.
    """
    return [
        Pairing(
            method,
            results["methods"][method]["strength"],
            costs[VARIANTS[method]],
            {
                k: results["methods"][method]["measures"][k]["mean"]
                for k in GAINS
            },
            {} if method in (BASELINE, PAPER) else kept(results, method),
        )
        for method in VARIANTS
        if method in results["methods"]
    ]


def kept(results: Mapping[str, Any], method: str) -> dict[str, Interval]:
    """Share of the gain of the paper's pairing that a method keeps.

    Args:
        results: `results.json` of a comparison.
        method: One of its methods.
    """

    def gains(method: str, key: str) -> list[float]:
        own, other = (
            results["methods"][name]["measures"][key]["values"]
            for name in (method, BASELINE)
        )
        return [a - b for a, b in zip(own, other, strict=True)]

    return {
        key: ratio_of_means(gains(method, key), gains(PAPER, key))
        for key in GAINS
    }


def quality_table(found: Sequence[Pairing]) -> Table:
    """Test measures beside the time of a step."""
    digits = {measure.key: measure.digits for measure in MEASURES}
    return Table(
        "Test set, mean over the seeds. Step: in units of plain `fit` with m "
        "rows.",
        ["method", "weight", "step", *(_LABELS[key] for key in GAINS)],
        [
            [
                pairing.method,
                "" if pairing.strength is None else f"{pairing.strength:g}",
                f"{pairing.cost:.2f}",
                *(f"{pairing.means[key]:.{digits[key]}f}" for key in GAINS),
            ]
            for pairing in found
        ],
    )


def share_table(kept: Mapping[str, Mapping[str, Interval]]) -> Table:
    """Shares of the gains of the paper's pairing, by method."""
    return Table(
        f"Share of the gain of `{PAPER}` over `{BASELINE}` that is kept, in %, "
        "with Fieller's 95 % interval over the seeds.",
        ["method", *(_LABELS[key] for key in GAINS)],
        [
            [method, *(_percent(shares[key]) for key in GAINS)]
            for method, shares in kept.items()
        ],
    )


def _percent(share: Interval) -> str:
    mean, low, high = (100 * value for value in asdict(share).values())
    return f"{mean:.0f} [{low:.0f}, {high:.0f}]"


def plot(found: Sequence[Pairing]) -> Figure:
    """Measures against the time of a step."""
    figure = style.figure(8.0, 3.4)
    shown = [key for key in GAINS if key != "cross_entropy"]
    colours = style.palette(len(found))
    for axes, key in zip(
        style.grid(figure, len(shown), len(shown)), shown, strict=True
    ):
        for pairing, colour in zip(found, colours, strict=True):
            axes.plot(
                [pairing.cost],
                [pairing.means[key]],
                "o",
                color=colour,
                label=pairing.method,
            )
        axes.set_title(textwrap.fill(_TITLES[key], 22))
        axes.set_xlim(0.9, 1.1 * max(pairing.cost for pairing in found))
        style.tidy(axes)
    figure.axes[0].legend(fontsize=style.SMALL_FONT_SIZE, frameon=False)
    figure.supxlabel("time of a step / plain fit of m rows")
    return figure


def main(arguments: Sequence[str] | None = None) -> None:
    """Read both results, print and save the report."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("comparison", type=Path, help="folder of a comparison")
    parser.add_argument("step_time", type=Path, help="step_time.json")
    parser.add_argument("--case", default="cnn", help="network of step_time")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args(arguments)
    results = json.loads((options.comparison / "results.json").read_text())
    cases = json.loads(options.step_time.read_text())["cases"]
    case = next(case for case in cases if case["network"] == options.case)
    costs = {time["name"]: time["ratio"]["value"] for time in case["times"]}
    found = pairings(results, costs)
    options.out.mkdir(parents=True, exist_ok=True)
    settings = results["settings"]
    write_json(
        options.out / "pairings.json",
        {"settings": settings, "pairings": list(map(asdict, found))},
    )
    shares = {pairing.method: pairing.kept for pairing in found if pairing.kept}
    tables = [quality_table(found), share_table(shares)]
    parts = [
        "# Quality per cost of the ways to pair",
        f"{settings['train_size']} training images of {settings['data']}, "
        f"m = {settings['batch_size']}, {settings['epochs']} epochs; steps of "
        f"the same network timed with m = {case['rows']}.",
        *(table.to_markdown().rstrip() for table in tables),
        "![Quality against cost](pairings.png)",
    ]
    text = "\n\n".join(parts) + "\n"
    print(text)
    (options.out / "pairings.md").write_text(text)
    plot(found).savefig(options.out / "pairings.png")


if __name__ == "__main__":
    main()

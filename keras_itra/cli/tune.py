"""`keras-itra tune`: an alignment weight that does no harm."""

import argparse
from pathlib import Path

from keras_itra.cli.options import (
    numbers,
    protocol_and_splits,
    require_experiments,
)
from keras_itra.validation import require


def add_parser(
    subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]",
) -> None:
    """Add the command `tune`."""
    parser = subparsers.add_parser(
        "tune",
        help="choose a safe alignment weight on validation data",
        description="Train a network with alignment weight 0 and with each of "
        "some others, from the same initial weights and in the same order. "
        "Print their validation losses and the choice: the best weight, or 0 "
        "unless one is better by more than noise and no worse in mistakes and "
        "in cross-entropy after temperature scaling.",
    )
    parser.set_defaults(command=tune)
    add = parser.add_argument
    add(
        "--data",
        required=True,
        metavar="NAME|PATH.npz",
        help="as for `keras-itra compare`",
    )
    add("--data-dir", metavar="DIR", help="folder of the data set")
    add("--network", metavar="NAME", help="default: cnn for images, else mlp")
    add(
        "--weights",
        type=numbers,
        default=[0.1, 0.3, 0.6, 1.0, 2.0],
        metavar="W,...",
        help="weights to try beside 0 (default: 0.1,0.3,0.6,1,2)",
    )
    add(
        "--confidence",
        type=float,
        default=0.95,
        metavar="P",
        help="probability that the choice does not raise the loss "
        "(default: %(default)s)",
    )
    for name, mark, default, text in (
        ("--epochs", "N", 10, "passes over the training data"),
        ("--batch-size", "M", 150, "rows of a mini-batch S1"),
        ("--learning-rate", "RATE", 0.1, "rate of the first step"),
        ("--seed", "N", 0, "decides initial weights and sample order"),
    ):
        add(
            name,
            type=type(default),
            default=default,
            metavar=mark,
            help=f"{text} (default: %(default)s)",
        )
    add("--train-size", type=int, metavar="N", help="training rows")
    add("--validation-size", type=int, metavar="N", help="rows that choose")
    add("--out", metavar="FILE.json", help="where to write what was found")
    add("--quiet", action="store_true", help="print nothing but the choice")


def tune(options: argparse.Namespace) -> None:
    """Search, print the table and write what was found."""
    from keras_itra import experiments
    from keras_itra._optional import require_module
    from keras_itra.experiments.files import write_json
    from keras_itra.experiments.tuning import tune as search_weight

    require_experiments()
    markdown = require_module("rich.markdown", "experiments").Markdown
    console = require_module("rich.console", "experiments").Console()
    protocol, splits = protocol_and_splits(options)
    if options.out:
        # Before the trainings, not after them.
        require(
            Path(options.out).suffix.lower() == ".json"
            and not Path(options.out).is_dir(),
            "`--out` to be a file that ends in .json",
            out=options.out,
        )
        Path(options.out).parent.mkdir(parents=True, exist_ok=True)
    trainings = len(options.weights) + 1
    progress = experiments.Progress(
        trainings, trainings * protocol.epochs, quiet=options.quiet
    )
    with progress:
        search, test = search_weight(
            protocol,
            splits,
            options.weights,
            options.confidence,
            options.seed,
            progress,
        )
    if options.quiet:
        print(f"{search.best:g}")
    else:
        console.print(markdown(search.to_markdown()))
        console.print(
            f"Test set, at {search.best:g}: cross-entropy "
            f"{test['cross_entropy']:.4f}, accuracy {test['accuracy']:.2f} %."
        )
    if options.out:
        settings = experiments.describe(protocol, splits)
        settings["seed"] = options.seed
        found = {"settings": settings, **search.to_dict(), "test": test}
        write_json(Path(options.out), found)

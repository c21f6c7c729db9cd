"""`keras-itra tune`: an alignment weight that does no harm."""

import argparse
from pathlib import Path

WEIGHTS = "0.1,0.3,0.6,1,2"


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
        "unless one is better by more than noise.",
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
        type=_numbers,
        default=WEIGHTS,
        metavar="W,...",
        help="weights to try beside 0 (default: %(default)s)",
    )
    add(
        "--confidence",
        type=float,
        default=0.95,
        metavar="P",
        help="probability that the choice does no harm (default: %(default)s)",
    )
    for name, kind, default, text in (
        ("--epochs", int, 10, "passes over the training data"),
        ("--batch-size", int, 150, "rows of a mini-batch S1"),
        ("--learning-rate", float, 0.1, "rate of the first step"),
        ("--seed", int, 0, "decides initial weights and sample order"),
        ("--train-size", int, None, "training rows"),
        ("--validation-size", int, None, "rows that choose"),
    ):
        shown = "" if default is None else " (default: %(default)s)"
        add(name, type=kind, default=default, metavar="N", help=text + shown)
    add("--out", metavar="FILE.json", help="where to write what was found")
    add("--quiet", action="store_true", help="print nothing but the choice")


def tune(options: argparse.Namespace) -> None:
    """Search, print the table and write what was found."""
    from keras_itra import datasets, experiments
    from keras_itra._optional import require_module
    from keras_itra.experiments.files import write_json
    from keras_itra.experiments.tuning import tune as search_weight

    markdown = require_module("rich.markdown", "experiments").Markdown
    console = require_module("rich.console", "experiments").Console()
    splits = experiments.make_splits(
        datasets.load(options.data, options.data_dir),
        train_size=options.train_size,
        validation_size=options.validation_size,
    )
    protocol = experiments.Protocol(
        network=options.network or experiments.default_network(splits),
        epochs=options.epochs,
        batch_size=options.batch_size,
        learning_rate=options.learning_rate,
    )
    progress = experiments.Progress(
        len(options.weights) + 1, protocol.epochs, quiet=options.quiet
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


def _numbers(text: str) -> list[float]:
    try:
        return [float(value) for value in text.split(",")]
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"Expected number,... Received: {text!r}"
        ) from None

"""Commands and options of the command line."""

import argparse

from keras_itra.cli import commands, report, reproduce, tune
from keras_itra.version import __version__

DEFAULT_METHODS = "sgd,weight-decay,label-smoothing,center,spread,itra,itra-c"


def make_parser() -> argparse.ArgumentParser:
    """Build the parser; each command sets `command`, a function of options."""
    parser = argparse.ArgumentParser(
        prog="keras-itra",
        description="In-Training Representation Alignment for Keras.",
    )
    parser.add_argument(
        "--version", action="version", version=f"keras-itra {__version__}"
    )
    parser.set_defaults(after_interrupt="")
    subparsers = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_compare(subparsers)
    reproduce.add_parsers(subparsers)
    tune.add_parser(subparsers)
    report.add_parser(subparsers)
    methods = subparsers.add_parser("methods", help="list the methods")
    methods.set_defaults(command=commands.methods)
    fetch = subparsers.add_parser(
        "fetch", help="download a data set or a text encoder"
    )
    fetch.add_argument(
        "name",
        metavar="NAME",
        help="fashion-mnist, mnist5k, reviews, spam, or the encoder minilm",
    )
    fetch.add_argument("--data-dir", metavar="DIR", help="where to put it")
    fetch.set_defaults(command=commands.fetch)
    return parser


def _add_compare(
    subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]",
) -> None:
    parser = subparsers.add_parser(
        "compare",
        help="compare training methods on one data set",
        description="Train every method with every seed on the same splits, "
        "initial weights, sample order and schedule; choose each method's "
        "strength on validation data; report on the test set. An interrupted "
        "comparison goes on where it was when run again.",
    )
    parser.set_defaults(
        command=commands.compare,
        after_interrupt="The same command goes on with the unfinished runs.",
    )
    add = parser.add_argument
    add(
        "--data",
        required=True,
        metavar="NAME|PATH",
        help="digits, fashion-mnist, mnist5k, keras:NAME, tfds:NAME, "
        "folder:PATH or an .npz file",
    )
    add("--data-dir", metavar="DIR", help="folder of the data set")
    add(
        "--methods",
        type=_names,
        default=DEFAULT_METHODS,
        metavar="NAME,...",
        help="see `keras-itra methods` (default: %(default)s)",
    )
    add(
        "--seeds",
        type=int,
        default=5,
        metavar="N",
        help="runs of each method (default: %(default)s)",
    )
    add(
        "--tuning-seeds",
        type=int,
        default=2,
        metavar="N",
        help="how many of them choose the strength (default: %(default)s)",
    )
    add(
        "--strengths",
        type=_strengths,
        action="append",
        default=[],
        metavar="METHOD=V,...",
        help="strengths to choose from instead of the method's own; may be "
        "given once per method",
    )
    add(
        "--references",
        type=_names,
        default=[],
        metavar="NAME,...",
        help="methods, besides sgd, to show paired differences to",
    )
    add(
        "--train-size",
        type=int,
        metavar="N",
        help="training rows, drawn class by class (default: all that "
        "validation leaves)",
    )
    add(
        "--validation-size",
        type=int,
        metavar="N",
        help="rows of the training data set aside (default: as many as "
        "--train-size, or one fifth)",
    )
    add(
        "--epochs",
        type=int,
        default=10,
        metavar="N",
        help="passes over the training data (default: %(default)s)",
    )
    add(
        "--batch-size",
        type=int,
        default=150,
        metavar="M",
        help="rows of a mini-batch S1 (default: %(default)s)",
    )
    add(
        "--learning-rate",
        type=float,
        default=0.1,
        metavar="RATE",
        help="rate of the first step, brought to 0 by a cosine (default: "
        "%(default)s)",
    )
    add(
        "--network",
        metavar="NAME",
        help="cnn, mlp, two-conv, five-conv, resnet18, vgg13, ... (default: "
        "cnn for images, mlp for vectors)",
    )
    add(
        "--out",
        required=True,
        metavar="DIR",
        help="folder of the runs, tables and figures",
    )
    add("--quiet", action="store_true", help="print nothing but the tables")


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",")]


def _strengths(text: str) -> tuple[str, list[float]]:
    method, _, values = text.partition("=")
    try:
        return method, [float(value) for value in values.split(",")]
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"Expected METHOD=number,... Received: {text!r}"
        ) from None

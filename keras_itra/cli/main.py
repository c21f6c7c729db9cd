"""Entry point of the command line."""

import sys
from collections.abc import Sequence

from keras_itra.cli.parser import make_parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command.

    Args:
        arguments: Command and options; by default those of the process.

    Returns:
        The exit status: 0, 2 for bad arguments, data or installation, 130
        after an interruption.
    """
    options = make_parser().parse_args(arguments)
    try:
        options.command(options)
    except KeyboardInterrupt:
        print("Interrupted.", options.after_interrupt, file=sys.stderr)
        return 130
    except (ImportError, OSError, RuntimeError, ValueError) as error:
        print(f"keras-itra: error: {error}", file=sys.stderr)
        return 2
    return 0

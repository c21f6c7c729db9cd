"""Values of options that several commands share."""

import argparse


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

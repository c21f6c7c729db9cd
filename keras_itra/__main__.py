"""Runs the command line: `python -m keras_itra`."""

import sys

from keras_itra.cli import main

if __name__ == "__main__":
    sys.exit(main())

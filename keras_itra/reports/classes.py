"""The classes of a trained classifier: confusions, spreads, neighbours."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from keras_itra import metrics
from keras_itra.reports.findings import Findings

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]


class Classes(NamedTuple):
    """What is known of K classes; nan where a class has no test rows.

    Attributes:
        confusions: `(K, K)` test rows of each class by predicted class.
        spread: `(K,)` mean distance of a row to its class mean.
        distances: `(K, K)` between class means.
        angles: `(K, K)` in degrees, between class means seen from their
            centre.
        overlap: `(K, K)` spreads of two classes over the distance of their
            means, as of Davies and Bouldin; nan on the diagonal.
    """

    confusions: Counts
    spread: Floats
    distances: Floats
    angles: Floats
    overlap: Floats

    def closest(self, number: int) -> list[tuple[int, int]]:
        """Pairs of classes by their overlap, the largest first.

        Args:
            number: Pairs to return at most.

        Returns:
            Pairs `(k, l)` with k < l.
        """
        first, second = np.triu_indices(len(self.overlap), k=1)
        of_pairs = self.overlap[first, second]
        known = np.flatnonzero(~np.isnan(of_pairs))
        order = known[np.argsort(-of_pairs[known], kind="stable")]
        return [
            (int(first[pair]), int(second[pair])) for pair in order[:number]
        ]


def describe_classes(found: Findings) -> Classes:
    """Measures every class, and every pair of classes.

    Args:
        found: Features, logits and labels of the test set.

    Returns:
        Confusions, spreads, distances, angles and overlaps.
    """
    size = found.logits.shape[1]
    confusions = np.zeros((size, size), dtype=np.int64)
    np.add.at(confusions, (found.labels, found.predicted), 1)
    present = np.unique(found.labels)
    means = np.full((size, found.features.shape[1]), np.nan)
    spread = np.full(size, np.nan)
    for k in present:
        rows = found.features[found.labels == k]
        means[k] = rows.mean(axis=0)
        spread[k] = np.linalg.norm(rows - means[k], axis=1).mean()
    distances = np.array([np.linalg.norm(means - m, axis=1) for m in means])
    angles = np.full((size, size), np.nan)
    if len(present) > 1:
        angles[np.ix_(present, present)] = metrics.class_mean_angles(
            found.features, found.labels
        )
    spreads = spread[:, None] + spread
    with np.errstate(divide="ignore", invalid="ignore"):
        overlap = np.where(distances == 0, np.inf, spreads / distances)
    np.fill_diagonal(overlap, np.nan)
    return Classes(confusions, spread, distances, angles, overlap)

"""Projections of features to two dimensions."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from keras_itra._optional import require_module
from keras_itra.validation import require

Points = NDArray[np.float64]

_UMAP_ROWS = 4


def _pca(features: Points) -> Points:
    """Returns two principal components in units of the total deviation."""
    offsets = features - features.mean(axis=0)
    _, _, directions = np.linalg.svd(offsets, full_matrices=False)
    # a single row has one direction, two need a partner
    points = np.zeros((len(offsets), 2))
    points[:, : len(directions[:2])] = offsets @ directions[:2].T
    deviation = np.sqrt(offsets.var(axis=0).sum())
    return points / deviation if deviation > 0 else points


def _tsne(features: Points) -> Points:
    manifold = require_module("sklearn.manifold", extra="plots")
    if _coincide(features):
        return np.zeros((len(features), 2))
    model = manifold.TSNE(
        perplexity=min(30.0, (len(features) - 1) / 3),
        init="pca",
        random_state=0,
    )
    points: Points = model.fit_transform(features).astype(np.float64)
    return points


def _umap(features: Points) -> Points:
    umap = require_module("umap", extra="umap")
    require(
        len(features) >= _UMAP_ROWS,
        f"{_UMAP_ROWS} rows or more for UMAP",
        rows=len(features),
    )
    if _coincide(features):
        return np.zeros((len(features), 2))
    model = umap.UMAP(
        n_neighbors=min(15, len(features) - 1),
        init="pca",
        random_state=0,
        n_jobs=1,  # what a fixed seed needs, and UMAP warns of otherwise
    )
    points: Points = model.fit_transform(features).astype(np.float64)
    return points - points.mean(axis=0)


def _coincide(features: Points) -> bool:
    """Whether there is nothing to map: one point, of which PCA makes nan."""
    return bool((features == features[0]).all())


PROJECTIONS: dict[str, tuple[Callable[[Points], Points], str]] = {
    "pca": (_pca, "principal component {}"),
    "tsne": (_tsne, "t-SNE {}"),
    "umap": (_umap, "UMAP {}"),
}
"""The projection of `(n, d)` features, and the name of its axes."""

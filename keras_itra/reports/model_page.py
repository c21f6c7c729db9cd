"""The report on a trained classifier."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import keras
import numpy as np

from keras_itra import plots
from keras_itra.experiments import Splits
from keras_itra.experiments.evaluation import sample_rows
from keras_itra.reports.classes import Classes, describe_classes
from keras_itra.reports.classifier import Classifier, load_model
from keras_itra.reports.description import describe_model
from keras_itra.reports.findings import MAX_TRAINING_ROWS, Findings, find
from keras_itra.reports.measures import (
    compactness,
    percent,
    predictions,
    show,
)
from keras_itra.reports.page import (
    Block,
    Grid,
    Note,
    Number,
    Numbers,
    Page,
    Picture,
    Section,
    Settings,
    Shaded,
)
from keras_itra.validation import require

MAX_SHOWN_CLASSES = 20
"""Classes up to which all confusions are shown."""

PAIRS = 10
"""Pairs of classes that are listed."""

MAP_ROWS = 1_000
"""Rows of the pictures of the features."""

TITLE = "test features"

MISTAKEN_FOR = "most often taken for"


def model_report(
    model: keras.Model | str | Path,
    splits: Splits,
    *,
    feature_layer: str | None = None,
    class_names: Sequence[str] | None = None,
    out: str | Path | None = None,
) -> str:
    """Makes one HTML page on a trained classifier and its features.

    The page tells what the model is, how good and how well calibrated its
    predictions are, what it takes for what, how compact the classes are in
    its features and which of them lie close; each number with a sentence on
    how to read it. Pictures are inside the page, which loads nothing.

    Args:
        model: An `ITRAModel`, a functional or Sequential classifier or a
            KerasHub task, or its `.keras` file. It may return logits or
            probabilities.
        splits: Its data, see `keras_itra.experiments.make_splits`. Numbers are
            of the test set; the temperature is fitted on the validation rows,
            which should not have trained the model.
        feature_layer: Name or path of the layer whose output is the feature;
            None: what enters the final linear layer.
        class_names: Names of the classes; None: their numbers.
        out: File to write; its folder is created. None writes none.

    Returns:
        The page.

    Raises:
        ImportError: If jinja2, matplotlib or scikit-learn is missing.
        ValueError: If the features cannot be found, the model does not fit
            the data or these are no splits, a number is not finite, or the
            names are not those of the classes.

    Example:
        >>> splits = experiments.make_splits(datasets.load("digits"))
        >>> html = keras_itra.reports.model_report(
        ...     "model.keras", splits, out="report.html"
        ... )
    """
    require(
        isinstance(splits, Splits),
        "`splits` from `keras_itra.experiments.make_splits`",
        splits=type(splits).__name__,
    )
    names = [str(k) for k in range(splits.num_classes)]
    if class_names is not None:
        require(
            len(class_names) == splits.num_classes,
            f"{splits.num_classes} `class_names`",
            class_names=class_names,
        )
        # with the numbers that the legends of the pictures have
        names = [f"{k} {name}" for k, name in enumerate(class_names)]
    if isinstance(model, keras.Model):
        title = model.name
    else:
        title, model = Path(model).name, load_model(model)
    classifier = Classifier(model, feature_layer)
    found = find(classifier, splits)
    classes = describe_classes(found)
    quality, compact = predictions(found), compactness(found)
    page = Page(
        title=f"{title} on {splits.name}",
        lead=f"A classifier of {splits.num_classes} classes, measured on "
        f"{len(found.labels):,} test rows. Features are the "
        f"{found.features.shape[1]:,} numbers that the layer "
        f"'{classifier.feature_layer}' makes of an example.",
        highlights=_highlights(quality, compact),
        sections=[
            Section("Predictions", _predictions(found, quality)),
            Section("Classes", _confusions(found, classes, names)),
            Section("Features", _features(found, compact)),
            Section("Close classes", [_close(classes, names)]),
            Section("Model", describe_model(classifier)),
            Section("Data", _data(splits)),
        ],
    )
    return page.finish(out)


def _highlights(
    quality: dict[str, Number], compact: dict[str, Number]
) -> list[Number]:
    temperature = f"{quality['calibrated_cross_entropy'].value} after"
    error = f"{quality['calibrated_ece'].value} after"
    return [
        Number("accuracy", quality["accuracy"].value, "of the test rows"),
        Number(
            "cross-entropy",
            quality["cross_entropy"].value,
            f"{temperature} temperature",
        ),
        Number(
            "calibration error",
            quality["ece"].value,
            f"{error} temperature",
        ),
        Number("scatter", compact["scatter"].value, "within / between"),
        Number(
            "nearest-mean accuracy",
            compact["nearest_mean"].value,
            "by the features alone",
        ),
    ]


def _predictions(found: Findings, quality: dict[str, Number]) -> list[Block]:
    diagram = plots.reliability_diagram(
        {
            "as it is": (found.logits, found.labels),
            "after temperature": (found.calibrated, found.labels),
        }
    )
    return [
        Numbers(list(quality.values())),
        Picture.of(
            diagram,
            "Confidence and accuracy",
            "Bars below the diagonal: more sure than right. Bars with few "
            "rows (see the histogram) are little more than chance.",
        ),
    ]


def _confusions(
    found: Findings, classes: Classes, names: Sequence[str]
) -> list[Block]:
    blocks: list[Block] = []
    counts = classes.confusions
    if len(names) <= MAX_SHOWN_CLASSES:
        shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
        blocks.append(
            Shaded(
                "Test rows of each class (line) by predicted class (column). "
                "The shade grows with the root of the share of the line.",
                names,
                counts.tolist(),
                np.sqrt(shares).tolist(),
            )
        )
    confidence = np.exp(
        found.calibrated - np.logaddexp.reduce(found.calibrated, 1)[:, None]
    ).max(axis=1)
    unit = _mean_distance(classes)
    mistakes = counts - np.diag(np.diag(counts))
    body = []
    for k, name in enumerate(names):
        rows, chosen = int(counts[k].sum()), int(counts[:, k].sum())
        wrong = int(mistakes[k].max())
        body.append(
            [
                name,
                f"{rows:,}",
                percent(counts[k, k] / rows) if rows else "",
                percent(counts[k, k] / chosen) if chosen else "",
                percent(confidence[found.labels == k].mean()) if rows else "",
                show(classes.spread[k] / unit) if rows else "",
                f"{names[int(mistakes[k].argmax())]} ({wrong})"
                if wrong
                else "",
            ]
        )
    blocks.append(
        Grid(
            "Found: share of the class's rows that are recognised (recall). "
            "Right: share of the rows taken for the class that belong to it "
            "(precision). Confidence: its mean, after temperature. Spread: "
            "mean distance to the class mean, in mean distances of two class "
            "means.",
            [
                "class",
                "rows",
                "found",
                "right",
                "confidence",
                "spread",
                MISTAKEN_FOR,
            ],
            body,
            text=(MISTAKEN_FOR,),
        )
    )
    return blocks


def _features(found: Findings, compact: dict[str, Number]) -> list[Block]:
    features, labels = found.sample
    blocks: list[Block] = [Numbers(list(compact.values()))]
    rows = sample_rows(len(labels), MAP_ROWS)
    shown = {TITLE: (features[rows], labels[rows])}
    if features.shape[1] > 1:
        blocks += [
            Picture.of(
                plots.feature_map(shown, "pca"),
                "The two directions of largest variance",
                "A plane through the features: what looks compact is compact, "
                "what overlaps may be apart in other directions.",
            ),
            Picture.of(
                plots.feature_map(shown, "tsne"),
                "t-SNE",
                "Neighbourhoods only: sizes and distances of the clusters "
                "mean nothing. Points of one colour inside another cluster "
                "are near rows of that class.",
            ),
        ]
    _, sizes = np.unique(labels[rows], return_counts=True)
    if len(sizes) > 1 and sizes.max() > 1:
        blocks.append(
            Picture.of(
                plots.distance_histograms(shown),
                "Distances of pairs",
                "Compact classes have small distances within them. Where the "
                "two overlap, a pair's distance does not tell whether it is "
                "of one class.",
            )
        )
    return blocks


def _close(classes: Classes, names: Sequence[str]) -> Block:
    unit = _mean_distance(classes)
    pairs = classes.closest(PAIRS)
    return Grid(
        "Overlap: sum of the spreads of both classes over the distance of "
        "their means; above 1 they run into each other. Distance: of the "
        "means, 1 is the mean over all pairs. Angle: of the means, seen from "
        "their centre. Confused: test rows of one taken for the other.",
        ["class", "close to", "overlap", "distance", "angle", "confused"],
        [
            [
                names[i],
                names[j],
                show(classes.overlap[i, j], 2),
                show(classes.distances[i, j] / unit, 2),
                f"{show(classes.angles[i, j], 1)}°",
                f"{classes.confusions[i, j] + classes.confusions[j, i]:,}",
            ]
            for i, j in pairs
        ],
        text=("close to",),
    )


def _data(splits: Splits) -> list[Block]:
    note = (
        "The test set is measured, the validation rows fit the temperature "
        "alone. They are a fixed draw from the training data: had they "
        "trained the model, its temperature, and what is measured after it, "
        "would be wrong."
    )
    if len(splits.x_train) > MAX_TRAINING_ROWS:
        note += (
            f" Class means and nearest neighbours are of {MAX_TRAINING_ROWS:,} "
            "training rows drawn at random."
        )
    return [
        Settings(
            {
                "data": splits.name,
                "classes": str(splits.num_classes),
                "training rows": f"{len(splits.x_train):,}",
                "validation rows": f"{len(splits.x_validation):,}",
                "test rows": f"{len(splits.x_test):,}",
            }
        ),
        Note(note),
    ]


def _mean_distance(classes: Classes) -> float:
    """Between two class means, over all pairs; 1 if they coincide."""
    pairs = classes.distances[np.triu_indices(len(classes.distances), k=1)]
    return float(np.nanmean(pairs)) or 1.0

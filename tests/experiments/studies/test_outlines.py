"""The shapes of data that are not there."""

import numpy as np
import pytest
import tensorflow_datasets as tfds

from keras_itra.experiments.material import Data
from keras_itra.experiments.studies.outlines import OUTLINES, stand_in


@pytest.mark.parametrize(
    "name", [name for name in OUTLINES if name.startswith("tfds:")]
)
def test_outlines_are_those_of_tfds(name):
    outline = OUTLINES[name]
    info = tfds.builder(name.removeprefix("tfds:")).info
    assert info.features["label"].num_classes == outline.num_classes
    if "image" not in info.features:
        assert not outline.shape
        return
    # Images of ImageNet have a size each.
    sizes = (outline.shape, (None, None, outline.shape[-1]))
    assert info.features["image"].shape in sizes


@pytest.mark.parametrize(
    ("data", "shape", "classes", "dtype"),
    [
        (Data("fashion-mnist", 300), (300, 28, 28, 1), 10, "float32"),
        (Data("tfds:cifar100"), (40_000, 32, 32, 3), 100, "float32"),
        (
            Data("tfds:stl10", None, 500, image_size=32),
            (4_500, 32, 32, 3),
            10,
            "float32",
        ),
        (
            Data("fashion-mnist", 300, groups=((0, 1, 2), (3, 4))),
            (300, 28, 28, 1),
            2,
            "float32",
        ),
        (
            Data("tfds:ag_news_subset", 99, reading="tokens", length=7),
            (99, 7),
            4,
            "int32",
        ),
    ],
)
def test_a_stand_in_has_the_shape_of_the_data(data, shape, classes, dtype):
    splits = stand_in(data)
    assert splits.x_train.shape == shape
    assert splits.x_train.dtype == dtype
    assert splits.num_classes == classes
    counts = np.bincount(splits.y_train)
    assert len(counts) == classes
    assert np.ptp(counts) <= 1

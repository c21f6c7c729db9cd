"""Integer labels that are no class: their rows are left out."""

import keras
import numpy as np
import pytest

from keras_itra import discrepancies, losses

CLASSES, WIDTH = 3, 8
FEATURES = np.random.default_rng(0).normal(size=(24, WIDTH)).astype("float32")
LABELS = np.repeat(np.arange(4), 6)
INSIDE = (LABELS < CLASSES).astype("float32")


def trained_centers():
    loss = losses.CenterLoss(CLASSES, WIDTH)
    loss.update(LABELS % CLASSES, FEATURES)
    return loss


LOSSES = {
    "conditional": lambda: losses.ITRAAlignment(num_classes=CLASSES),
    "joint": lambda: losses.ITRAAlignment("joint", num_classes=CLASSES),
    "spread": lambda: losses.WithinClassSpread(num_classes=CLASSES),
    "centers": trained_centers,
    "fourier": lambda: losses.FourierAlignment(WIDTH, num_classes=CLASSES),
}


@pytest.mark.parametrize("outside", [-1, 7])
@pytest.mark.parametrize("name", LOSSES)
def test_rows_without_a_class_count_as_rows_of_weight_0(name, outside):
    loss = LOSSES[name]()
    labels = np.where(INSIDE > 0, LABELS, outside)
    found = loss.terms(labels, FEATURES, None).rows
    expected = loss.terms(LABELS % CLASSES, FEATURES, INSIDE).rows
    whole = loss.terms(LABELS % CLASSES, FEATURES, None).rows
    found, expected, whole = (
        float(keras.ops.sum(rows)) for rows in (found, expected, whole)
    )
    np.testing.assert_allclose(found, expected, rtol=1e-5)
    assert abs(found - whole) > 1e-3


def test_without_a_number_of_classes_every_integer_is_one():
    arguments = FEATURES[::2], LABELS[::2], FEATURES[1::2], LABELS[1::2]
    shifted = FEATURES[::2], LABELS[::2] - 5, FEATURES[1::2], LABELS[1::2] - 5
    values = [
        float(discrepancies.conditional_mmd(*given, class_average="present"))
        for given in (arguments, shifted)
    ]
    assert values[0] == pytest.approx(values[1], rel=1e-6)

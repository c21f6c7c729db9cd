"""What the MMDs refuse."""

import numpy as np
import pytest

from keras_itra import discrepancies
from tests.cases import BAD_INPUT, FORMS, draw, mmd


@pytest.mark.parametrize("form", FORMS)
def test_unbiased_and_rooted_is_refused(form):
    with pytest.raises(ValueError, match=BAD_INPUT):
        mmd(form, draw(), estimator="unbiased")


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "options",
    [
        {"kernel": "gausian"},
        {"kernel": None},
        {"estimator": "jackknife"},
        {"x_weights": np.ones(11)},
        {"y_weights": np.ones((8, 2))},
    ],
    ids=str,
)
def test_bad_options_are_refused(form, options):
    with pytest.raises(ValueError, match=BAD_INPUT):
        mmd(form, draw(), **options)


@pytest.mark.parametrize("form", FORMS)
def test_features_of_different_width_are_refused(form):
    batches = draw()
    with pytest.raises(ValueError, match=BAD_INPUT):
        mmd(form, batches.replace(y=batches.y[:, :2]))


@pytest.mark.parametrize("form", ["conditional", "joint"])
@pytest.mark.parametrize(
    "s",
    [
        np.zeros(11, int),  # a row too few
        np.zeros((12, 2, 1)),  # an axis too many
        np.zeros((12, 3)),  # columns in one batch only
        np.zeros(()),
    ],
    ids=lambda labels: str(labels.shape),
)
def test_labels_of_wrong_shape_are_refused(form, s):
    with pytest.raises(ValueError, match=BAD_INPUT):
        mmd(form, draw().replace(s=s))


def test_bad_class_averages_are_refused():
    batches = draw()
    rows = batches.x, batches.s, batches.y, batches.t
    for options in (
        {},  # "all" needs the number of classes
        {"num_classes": 0},
        {"num_classes": 2.5},
        {"class_average": "weighted", "num_classes": 4},
    ):
        with pytest.raises(ValueError, match=BAD_INPUT):
            discrepancies.conditional_mmd(*rows, **options)


@pytest.mark.parametrize("option", ["kernel", "label_kernel"])
def test_joint_needs_positive_definite_kernels(option):
    batches = draw()
    with pytest.raises(ValueError, match=BAD_INPUT):
        mmd("joint", batches, **{option: "energy"})

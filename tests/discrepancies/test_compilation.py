"""XLA gives the eager values and gradients."""

import numpy as np
import pytest

from keras_itra import discrepancies
from tests.cases import FORMS, NUM_CLASSES, draw, mmd
from tests.gradients import assert_gradient, value_and_gradients
from tests.graphs import compiled

BATCHES = draw()


def spread(x, y):
    return discrepancies.within_class_spread(
        y, BATCHES.t, num_classes=NUM_CLASSES
    )


FUNCTIONS = {
    form: lambda x, y, form=form: mmd(form, BATCHES.replace(x=x, y=y))
    for form in FORMS
} | {"coral": discrepancies.coral, "spread": spread}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_jit_equals_eager(name):
    def evaluate(x, y):
        return value_and_gradients(FUNCTIONS[name], x, y)

    x, y = BATCHES.x, BATCHES.y
    results = compiled(evaluate)(x, y)
    for result, expected in zip(results, evaluate(x, y), strict=True):
        assert_gradient(result, expected)


@pytest.mark.parametrize("dense", [True, False])
def test_labels_may_be_arguments_of_the_graph(dense):
    s, t = BATCHES.s, BATCHES.t
    if dense:
        s, t = np.eye(NUM_CLASSES)[s], np.eye(NUM_CLASSES)[t]

    @compiled
    def value_of(s, t):
        return mmd("conditional", BATCHES.replace(s=s, t=t))

    value = value_of(s, t)
    np.testing.assert_allclose(value, mmd("conditional", BATCHES), rtol=1e-5)

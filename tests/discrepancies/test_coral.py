"""Deep CORAL against `numpy.cov`."""

import numpy as np
import pytest

from keras_itra.discrepancies import coral
from tests import reference
from tests.cases import BAD_INPUT, draw


@pytest.mark.parametrize("weighted", [False, True])
def test_value_equals_the_reference(weighted):
    batches = draw(weighted=weighted)
    value = coral(
        batches.x, batches.y, x_weights=batches.a, y_weights=batches.b
    )
    precise = batches.precise()
    expected = reference.coral(precise["x"], precise["y"], batches.a, batches.b)
    np.testing.assert_allclose(value, expected, rtol=1e-5)


def test_zero_for_equal_and_translated_batches():
    x = draw().x
    np.testing.assert_allclose(coral(x, x), 0, atol=1e-12)
    np.testing.assert_allclose(coral(x, x + 10), 0, atol=1e-9)


def test_weight_zero_removes_the_row():
    batches = draw()
    x, a = batches.x.copy(), np.ones(len(batches.x))
    x[3], a[3] = np.nan, 0
    value = coral(x, batches.y, x_weights=a)
    removed = coral(np.delete(x, 3, axis=0), batches.y)
    np.testing.assert_allclose(value, removed, rtol=1e-5)


def test_different_widths_are_refused():
    batches = draw()
    with pytest.raises(ValueError, match=BAD_INPUT):
        coral(batches.x, batches.y[:, 1:])

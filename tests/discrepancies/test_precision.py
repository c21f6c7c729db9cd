"""Values where float32 is short of digits, against the reference."""

import keras
import numpy as np
import pytest
from keras import ops

from tests import reference
from tests.cases import FORMS, OPTIONS, draw, expected_mmd, mmd
from tests.gradients import value_and_gradients

DRAWN = draw(width=3)


def mapped(function):
    """The drawn batches with a function applied to their features."""
    return DRAWN.replace(x=function(DRAWN.x), y=function(DRAWN.y))


@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(("scale", "offset"), [(1e-20, 0), (1e8, 0), (1, 1e3)])
def test_extreme_features_have_the_right_value(scale, offset, form, options):
    """What float32 inputs hold is what the reference sees."""
    batches = mapped(lambda rows: np.float32(scale * rows + offset))
    options = OPTIONS[options]
    value = mmd(form, batches, **options)
    expected = expected_mmd(form, batches, reference.Kernel(), **options)
    np.testing.assert_allclose(value, expected, rtol=1e-5)
    # Rounding the inputs at 1e3 costs digits before the package sees them.
    np.testing.assert_allclose(value, mmd(form, DRAWN, **options), rtol=1e-3)


@pytest.mark.parametrize("options", OPTIONS)
def test_classes_far_apart(options):
    """Compact classes, as at the end of training: 100 times the spread.

    Squared distances within a class lose 4 of the 7 digits of float32 beside
    those between classes.
    """
    batches = DRAWN.replace(
        x=np.float32(DRAWN.x + 100 * DRAWN.s[:, None]),
        y=np.float32(DRAWN.y + 100 * DRAWN.t[:, None]),
    )
    options = OPTIONS[options]
    value = mmd("conditional", batches, **options)
    expected = expected_mmd(
        "conditional", batches, reference.Kernel(), **options
    )
    np.testing.assert_allclose(value, expected, rtol=1e-3)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("scale", [1e-4, 1.0, 1e4])
def test_half_precision_in_its_range(scale, form, dtype):
    batches = mapped(lambda rows: ops.cast(scale * rows, dtype))
    value, *gradients = value_and_gradients(
        lambda x, y: mmd(form, batches.replace(x=x, y=y)), batches.x, batches.y
    )
    for gradient in gradients:
        assert keras.backend.standardize_dtype(gradient.dtype) == dtype
        assert ops.all(ops.isfinite(gradient))
    precise = batches.replace(
        x=ops.cast(batches.x, "float32"), y=ops.cast(batches.y, "float32")
    )
    expected = expected_mmd(form, precise, reference.Kernel())
    assert keras.backend.standardize_dtype(value.dtype) == "float32"
    np.testing.assert_allclose(value, expected, rtol=1e-5)

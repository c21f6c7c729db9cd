"""The streaming calibration error against the function."""

import numpy as np
import pytest

from keras_itra import metrics
from tests.metrics.streaming import D, calibration, cycle, draw, stream


@pytest.mark.parametrize("bins", [1, 15])
def test_calibration_error_agrees_with_the_function(bins):
    logits, labels, weights = draw(bins)
    labels = labels % D
    of_logits = metrics.ExpectedCalibrationError(bins)
    of_shares = metrics.ExpectedCalibrationError(bins, from_logits=False)
    shares = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    values = [
        *stream([of_logits], (logits, labels, weights), cycle(13)),
        *stream([of_shares], (shares, labels, weights), cycle(60)),
    ]
    if bins == 15:
        reference = calibration(logits, labels, weights)
    else:
        hits = shares.argmax(1) == labels
        reference = abs(np.average(hits - shares.max(1), weights=weights))
    np.testing.assert_allclose(values, reference, atol=1e-5)
    of_logits.reset_state()
    assert float(of_logits.result()) == 0.0


def test_a_bin_holds_its_upper_end():
    metric = metrics.ExpectedCalibrationError(2, from_logits=False)
    metric.update_state([1, 0], [[0.5, 0.5], [0.9, 0.1]])
    assert float(metric.result()) == pytest.approx((0.5 + 0.1) / 2)


def test_small_logits_have_a_largest_one():
    """Their probabilities are equal in float32."""
    logits = np.random.default_rng(0).normal(size=(60, 4)).astype("float32")
    logits *= np.float32(1e-8)
    labels = logits.argmax(axis=1)
    metric = metrics.ExpectedCalibrationError()
    metric.update_state(labels, logits)
    assert float(metric.result()) == pytest.approx(0.75)
    metric.update_state(labels[:0], logits[:0])
    assert float(metric.result()) == pytest.approx(0.75)

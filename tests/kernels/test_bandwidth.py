"""Bandwidths, read from the values of a kernel with known profile."""

import hypothesis
import numpy as np
import pytest
from hypothesis import strategies as st

from keras_itra import kernels
from tests import reference
from tests.cases import BAD_INPUT

RULES = {"median": kernels.MedianBandwidth, "mean": kernels.MeanBandwidth}


def sigma(bandwidth, rows):
    """Bandwidth that a kernel `1 / (1 + d^2 / sigma)` shows to have used."""
    kernel = kernels.RationalQuadratic(bandwidth, multipliers=(1.0,))
    distances = reference.squared_distances(*[rows.astype("float64")] * 2)
    farthest = np.unravel_index(distances.argmax(), distances.shape)
    value = np.asarray(kernel(rows), dtype="float64")[farthest]
    return distances[farthest] / (1 / value - 1)


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("pairs", ["all", "off_diagonal"])
@pytest.mark.parametrize("rows", [2, 3, 4, 5, 8, 31])
def test_equals_numpy(rule, pairs, rows):
    x = np.random.default_rng(rows).normal(size=(rows, 3)).astype("float32")
    fitted = reference.Kernel(bandwidth=rule, pairs=pairs).fit(
        x.astype("float64")
    )
    np.testing.assert_allclose(
        sigma(RULES[rule](pairs=pairs), x), fitted.bandwidth, rtol=1e-5
    )


@hypothesis.given(
    st.lists(st.integers(-5, 5), min_size=2, max_size=12),
    st.sampled_from(["all", "off_diagonal"]),
)
def test_median_with_ties(values, pairs):
    """Integer positions: many equal distances, many coinciding rows."""
    x = np.array(values, dtype="float32")[:, None]
    expected = reference.Kernel(pairs=pairs).fit(x.astype("float64"))
    hypothesis.assume(expected.bandwidth > 0 and np.ptp(x) > 0)
    found = sigma(kernels.MedianBandwidth(pairs=pairs), x)
    np.testing.assert_allclose(found, expected.bandwidth, rtol=1e-5)


def test_median_ignores_an_outlier():
    x = np.arange(9, dtype="float32")[:, None]
    x[8] = 1e2
    expected = reference.Kernel().fit(x.astype("float64"))
    assert expected.bandwidth < 20
    np.testing.assert_allclose(
        sigma(kernels.MedianBandwidth(), x), expected.bandwidth, rtol=1e-3
    )


def test_floor_is_a_share_of_the_mean_distance():
    x = np.zeros((9, 1), dtype="float32")
    x[8] = 3.0  # 16 of 81 entries are 9, the median is 0
    expected = 0.1 * 9 * 16 / 81
    found = sigma(kernels.MedianBandwidth(floor=0.1), x)
    np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_first_rows_bound_the_cost():
    x = np.random.default_rng(0).normal(size=(40, 2)).astype("float32")
    x[10:] *= 10
    expected = reference.Kernel().fit(x[:10].astype("float64")).bandwidth
    found = sigma(kernels.MedianBandwidth(max_rows=10), x)
    np.testing.assert_allclose(found, expected, rtol=1e-4)


def test_default_size_of_the_subsample_is_512():
    x = np.random.default_rng(0).normal(size=(600, 2)).astype("float32")
    expected = reference.Kernel().fit(x[:512].astype("float64")).bandwidth
    everything = reference.Kernel().fit(x.astype("float64")).bandwidth
    found = sigma(kernels.MedianBandwidth(), x)
    np.testing.assert_allclose(found, expected, rtol=1e-5)
    assert abs(found / everything - 1) > 1e-4


@pytest.mark.parametrize("rule", RULES.values())
@pytest.mark.parametrize(
    "arguments",
    [
        {"scope": "slice"},
        {"pairs": "upper"},
        {"pairs": None},
        {"max_rows": 1},
        {"max_rows": 10.0},
        {"floor": -1e-3},
        {"floor": float("nan")},
    ],
    ids=str,
)
def test_bad_arguments_are_refused(rule, arguments):
    with pytest.raises(ValueError, match=BAD_INPUT):
        rule(**arguments)

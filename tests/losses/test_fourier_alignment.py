"""FourierAlignment: its formula, its limit, and its place in a model."""

import keras
import numpy as np
import pytest

from keras_itra.kernels import Gaussian, MeanBandwidth
from keras_itra.losses import FourierAlignment, ITRAAlignment
from tests import reference
from tests.cases import NUM_CLASSES
from tests.gradients import (
    assert_gradient,
    numerical_gradient,
    value_and_gradients,
)
from tests.graphs import compiled
from tests.losses.alignment_cases import draw
from tests.losses.fourier_cases import MODES, bandwidths, discrepancy

BANDWIDTHS = {
    "mean": ("mean", reference.Kernel(bandwidth="mean")),
    "off-diagonal": (
        MeanBandwidth(pairs="off_diagonal"),
        reference.Kernel(bandwidth="mean", pairs="off_diagonal"),
    ),
    "pooled": (
        MeanBandwidth(scope="pooled"),
        reference.Kernel(bandwidth="mean", scope="pooled"),
    ),
    "number": (2.5, reference.Kernel(bandwidth=2.5)),
}
LABELS, X = draw(rows=25, width=4)
ONE_HOT = reference.one_hot(LABELS, NUM_CLASSES)
ONES = np.ones(len(X))
WEIGHTS = np.random.default_rng(1).uniform(0.3, 2, len(X))
WEIGHTS[[0, 3]] = 0
SOFT = np.random.default_rng(2).dirichlet(np.ones(NUM_CLASSES), len(X))


def make(mode="conditional", dim=64, width=4, **options):
    if mode != "marginal":
        options.setdefault("num_classes", NUM_CLASSES)
    return FourierAlignment(width, dim, mode, **options)


def expected_value(
    loss, mode, kernel, x=X, memberships=ONE_HOT, weights=ONES, **form
):
    form = {"rooted": True, **form}
    x = np.asarray(x, "float64")
    if mode != "conditional":  # one bandwidth for all rows
        kernel = kernel.fit(x[weights > 0])
    sigmas = bandwidths(x, memberships, weights, kernel)
    return discrepancy(mode, memberships, x, loss, sigmas, weights, **form)


@pytest.mark.parametrize("rooted", [True, False])
@pytest.mark.parametrize("bandwidth", BANDWIDTHS)
@pytest.mark.parametrize("mode", MODES)
def test_equals_the_formula(mode, bandwidth, rooted):
    bandwidth, kernel = BANDWIDTHS[bandwidth]
    loss = make(mode, bandwidth=bandwidth, rooted=rooted)
    for memberships, labels in ((ONE_HOT, LABELS), (ONE_HOT, ONE_HOT)):
        for weights in (ONES, WEIGHTS):
            expected = expected_value(
                loss, mode, kernel, X, memberships, weights, rooted=rooted
            )
            assert expected > 1e-2
            value = loss(labels, X, sample_weight=weights)
            np.testing.assert_allclose(value, expected, rtol=1e-5)


@pytest.mark.parametrize("bandwidth", BANDWIDTHS)
@pytest.mark.parametrize("mode", ["conditional", "joint"])
def test_soft_labels_share_one_bandwidth(mode, bandwidth):
    bandwidth, kernel = BANDWIDTHS[bandwidth]
    loss = make(mode, bandwidth=bandwidth, num_classes=None)
    expected = expected_value(loss, mode, kernel, X, SOFT, WEIGHTS)
    value = loss(SOFT, X, sample_weight=WEIGHTS)
    np.testing.assert_allclose(value, expected, rtol=1e-5)


@pytest.mark.parametrize("bandwidth", BANDWIDTHS)
@pytest.mark.parametrize("mode", MODES)
def test_bandwidth_is_that_of_the_exact_alignment(mode, bandwidth):
    bandwidth, _ = BANDWIDTHS[bandwidth]
    exact = ITRAAlignment(mode, Gaussian(bandwidth), num_classes=NUM_CLASSES)
    expected = exact.terms(LABELS, X, WEIGHTS).bandwidth
    found = make(mode, bandwidth=bandwidth).terms(LABELS, X, WEIGHTS).bandwidth
    assert expected > 1
    np.testing.assert_allclose(found, expected, rtol=1e-5)


@pytest.mark.parametrize("rooted", [True, False])
@pytest.mark.parametrize("mode", MODES)
def test_gradient_equals_finite_differences(mode, rooted):
    """With the bandwidth fixed to its value: it is a constant."""
    loss = make(mode, rooted=rooted)
    x, weights = X.astype("float64"), WEIGHTS
    kernel = reference.Kernel(bandwidth="mean")
    if mode != "conditional":
        kernel = kernel.fit(x[weights > 0])
    sigmas = bandwidths(x, ONE_HOT, weights, kernel)
    expected = numerical_gradient(
        lambda x: discrepancy(mode, ONE_HOT, x, loss, sigmas, weights, rooted),
        x,
    )
    _, gradient = value_and_gradients(
        lambda x: loss(LABELS, x, sample_weight=weights), X
    )
    assert_gradient(gradient, expected)
    np.testing.assert_array_equal(np.array(gradient)[weights == 0], 0)


@pytest.mark.parametrize("mode", MODES)
def test_converges_to_the_exact_alignment(mode):
    exact = ITRAAlignment(mode, Gaussian("mean"), num_classes=NUM_CLASSES)
    truth = value_and_gradients(lambda x: exact(LABELS, x), X)

    def errors(dim):
        drawn = []
        for seed in range(20):
            loss = make(mode, dim=dim, seed=seed)
            found = value_and_gradients(lambda x: loss(LABELS, x), X)  # noqa: B023
            drawn.append(
                [
                    np.linalg.norm(a - b) / np.linalg.norm(b)
                    for a, b in zip(found, truth, strict=True)
                ]
            )
        return np.sqrt(np.mean(np.square(drawn), axis=0))

    coarse, fine = errors(256), errors(4096)
    assert (fine < [0.03, 0.1]).all()
    np.testing.assert_allclose(coarse / fine, 4, rtol=0.5)


def test_a_class_of_one_batch_only_takes_no_part():
    """Class 2 is in S1 only, class 3 nowhere."""
    loss = make(class_average="present")
    _, gradient = value_and_gradients(lambda x: loss(LABELS, x), X)
    alone = LABELS == 2
    assert alone.any()
    np.testing.assert_array_equal(np.array(gradient)[alone], 0)
    everything = make(class_average="all")(LABELS, X)
    np.testing.assert_allclose(
        loss(LABELS, X), everything * NUM_CLASSES / 2, rtol=1e-6
    )


def test_the_number_of_classes_may_come_later():
    told = (loss := make(num_classes=None)).for_classes(NUM_CLASSES)
    assert (loss.num_classes, told.num_classes) == (None, NUM_CLASSES)
    assert told.layers == loss.layers
    assert told.for_classes(2) is told
    expected = make()(LABELS, X)
    np.testing.assert_array_equal(told(LABELS, X), expected)
    # The width of dense labels says it too.
    np.testing.assert_allclose(loss(ONE_HOT, X), expected, rtol=1e-6)
    with pytest.raises(ValueError, match="num_classes"):
        loss(LABELS, X)


def test_the_mean_of_the_vector_is_the_loss():
    vector = make().call(LABELS, X)
    assert vector.shape == (len(X),)
    np.testing.assert_allclose(
        keras.ops.mean(vector), make()(LABELS, X), rtol=1e-6
    )


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_half_precision_changes_no_label_and_no_frequency(dtype):
    half = keras.ops.cast(X, dtype)
    exact = keras.ops.cast(half, "float32")
    expected = make(num_classes=2049 + NUM_CLASSES)(LABELS, exact)
    keras.config.set_dtype_policy(f"mixed_{dtype}")
    for offset in (0, 257, 2049):
        value = make(num_classes=2049 + NUM_CLASSES)(offset + LABELS, half)
        assert keras.backend.standardize_dtype(value.dtype) == "float32"
        np.testing.assert_allclose(value, expected, rtol=1e-6)


def test_jit_equals_eager():
    loss = make()

    @compiled
    def evaluate(labels, features):
        return value_and_gradients(lambda x: loss(labels, x), features)

    value, gradient = evaluate(LABELS, X)
    expected, slope = value_and_gradients(lambda x: loss(LABELS, x), X)
    np.testing.assert_allclose(value, expected, rtol=1e-5)
    assert_gradient(gradient, slope)

"""Values of every MMD against the float64 reference, and bad input."""

import itertools

import keras
import numpy as np
import pytest
from keras import ops

from keras_itra import discrepancies, kernels
from tests import reference
from tests.cases import (
    FORMS,
    KERNELS,
    NUM_CLASSES,
    OPTIONS,
    draw,
    expected_mmd,
    in_turn,
    mmd,
)

JOINT_KERNELS = [name for name in KERNELS if name != "energy"]
ALL_FORMS = [
    (form, name)
    for form in FORMS
    for name in (JOINT_KERNELS if form == "joint" else KERNELS)
]


@pytest.mark.parametrize(
    ("form", "name", "options", "weighted"),
    in_turn(ALL_FORMS, list(itertools.product(OPTIONS, (False, True)))),
)
def test_value_equals_the_reference(form, name, options, weighted):
    kernel, expected_kernel = KERNELS[name]
    batches = draw(weighted=weighted)
    value = mmd(form, batches, kernel=kernel, **OPTIONS[options])
    if name == "linear" and form != "joint":
        # Weights without i = j leave a dependence on the origin, which the
        # package puts at the mean of the rows.
        origin = np.concatenate([batches.x, batches.y]).mean(axis=0)
        batches = batches.replace(x=batches.x - origin, y=batches.y - origin)
    expected = expected_mmd(form, batches, expected_kernel, **OPTIONS[options])
    assert abs(expected) > 1e-2  # so that relative means something
    np.testing.assert_allclose(value, expected, rtol=1e-5)
    assert value.shape == ()


@pytest.mark.parametrize("form", FORMS)
def test_defaults_are_the_papers(form):
    """Gaussian mixture at the median, biased, rooted, mean over classes."""
    batches = draw(rows=60, others=48, width=16)
    expected = expected_mmd(form, batches, reference.Kernel())
    np.testing.assert_allclose(mmd(form, batches), expected, rtol=1e-5)


def test_one_row_of_a_class_in_each_batch():
    """The median of (0, d, d, 0) is d / 2."""
    x, y = np.array([[0.0, 0.0]], "float32"), np.array([[3.0, 4.0]], "float32")
    value = discrepancies.conditional_mmd(x, [0], y, [0], num_classes=1)
    scales = 12.5 * 2.0 ** np.arange(5)
    expected = np.sqrt(2 - 2 * np.exp(-25 / scales).mean())
    np.testing.assert_allclose(value, expected, rtol=1e-5)


@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("class_average", ["all", "present"])
def test_soft_labels_equal_the_reference(class_average, options):
    batches = draw(weighted=True)
    rng = np.random.default_rng(1)
    s = rng.dirichlet(np.ones(3), len(batches.x)).astype("float32")
    t = rng.dirichlet(np.ones(3), len(batches.y)).astype("float32")
    # Class 2 is missing from S2: its weight is 0.
    t[:, 2] = 0
    options = {**OPTIONS[options], "class_average": class_average}
    value = discrepancies.conditional_mmd(
        batches.x,
        s,
        batches.y,
        t,
        x_weights=batches.a,
        y_weights=batches.b,
        **options,
    )
    precise = {**batches.precise(), "s": s, "t": t}
    expected = reference.conditional_mmd(
        kernel=reference.Kernel(), **precise, **options
    )
    np.testing.assert_allclose(value, expected, rtol=1e-5)


def test_joint_of_soft_labels_uses_their_inner_product():
    batches = draw(weighted=True)
    rng = np.random.default_rng(1)
    s = rng.dirichlet(np.ones(3), len(batches.x)).astype("float32")
    t = rng.dirichlet(np.ones(3), len(batches.y)).astype("float32")
    value = mmd("joint", batches.replace(s=s, t=t))
    precise = {**batches.precise(), "s": s, "t": t}
    expected = reference.joint_mmd(kernel=reference.Kernel(), **precise)
    np.testing.assert_allclose(value, expected, rtol=1e-5)


@pytest.mark.parametrize("shape", [(-1,), (-1, 2)])
def test_joint_with_a_label_kernel_for_regression(shape):
    batches = draw(weighted=True)
    rng = np.random.default_rng(1)
    s = rng.normal(size=2 * len(batches.x)).astype("float32").reshape(shape)
    t = rng.normal(size=2 * len(batches.y)).astype("float32").reshape(shape)
    s, t = s[: len(batches.x)], t[: len(batches.y)]
    value = mmd(
        "joint",
        batches.replace(s=s, t=t),
        label_kernel=kernels.Gaussian(2.0, (1.0,)),
    )
    rows = {"s": s.reshape(len(s), -1), "t": t.reshape(len(t), -1)}
    expected = reference.joint_mmd(
        kernel=reference.Kernel(),
        label_kernel=reference.Kernel(bandwidth=2.0, multipliers=(1,)),
        **{**batches.precise(), **rows},
    )
    np.testing.assert_allclose(value, expected, rtol=1e-5)


@pytest.mark.parametrize("form", ["conditional", "conditional-present"])
@pytest.mark.parametrize("layout", ["column", "one-hot", "float"])
def test_layout_of_labels_does_not_matter(form, layout):
    batches = draw(weighted=True)
    change = {
        "column": lambda labels: labels[:, None],
        "one-hot": lambda labels: keras.utils.to_categorical(
            labels, NUM_CLASSES
        ),
        "float": lambda labels: labels.astype("float32"),
    }[layout]
    other = batches.replace(s=change(batches.s), t=change(batches.t))
    np.testing.assert_allclose(mmd(form, other), mmd(form, batches), rtol=1e-6)


def test_many_classes_in_large_batches():
    rng = np.random.default_rng(0)
    batches = draw(rows=96, others=96)
    batches = batches.replace(s=rng.integers(0, 4, 96), t=np.arange(96) % 4)
    expected = expected_mmd("conditional", batches, reference.Kernel())
    np.testing.assert_allclose(mmd("conditional", batches), expected, rtol=1e-5)


@pytest.mark.tensorflow  # JAX has float32 only; PyTorch mixes some in: 2e-8
def test_float64_is_as_precise_as_the_reference():
    batches = draw()
    batches = batches.replace(
        x=batches.x.astype("float64"), y=batches.y.astype("float64")
    )
    value = ops.convert_to_numpy(mmd("conditional", batches))
    expected = expected_mmd("conditional", batches, reference.Kernel())
    assert value.dtype == np.float64
    np.testing.assert_allclose(value, expected, rtol=1e-9)

"""Targets other than integer classes."""

import keras
import numpy as np
import pytest

from keras_itra import discrepancies
from keras_itra.kernels import Gaussian
from keras_itra.losses import ITRAAlignment
from tests.models.cases import (
    WIDTH,
    compiled,
    copy_of,
    cross_entropy,
    draw,
    fit,
    linear,
    perceptron,
    wrapped,
)


def features_of(model, x):
    return keras.ops.convert_to_numpy(model.feature_model(x))


def test_one_sigmoid_output_has_two_classes():
    x, y = draw(18)
    y = (y > 0).astype("int32")
    model = wrapped(perceptron(1, "sigmoid"))
    compiled(model, loss="binary_crossentropy", metrics=["accuracy"])
    h = features_of(model, x)
    expected = discrepancies.conditional_mmd(
        h[0::2], y[0::2], h[1::2], y[1::2], num_classes=2
    )
    p = model.predict(x[0::2], verbose=0)[:, 0]
    logs = model.train_on_batch(x, y, return_dict=True)
    np.testing.assert_allclose(logs["alignment"], expected, rtol=1e-5)
    expected = -np.log(np.where(y[0::2], p, 1 - p)).mean()
    np.testing.assert_allclose(logs["supervised_loss"], expected, rtol=1e-4)
    history = fit(model, x, y[:, None], batch_size=4, epochs=3)
    assert history["loss"][-1] < history["loss"][0]


def test_losses_and_metrics_by_the_name_of_the_output():
    x, y = draw(18)
    entry = keras.Input((WIDTH,))
    classifier = keras.Model(entry, linear()(entry), name="named")
    model, other = wrapped(copy_of(classifier)), wrapped(copy_of(classifier))
    (name,) = classifier.output_names
    compiled(model, loss={name: cross_entropy()}, metrics={name: ["accuracy"]})
    by_name, plain = (
        fit(one, x, y, batch_size=6, validation_data=(x, y))
        for one in (model, other)
    )
    assert by_name == plain


def regression():
    x, _ = draw(18)
    return x, x[:, :2] @ np.array([[1.0, 2.0], [0.5, -1.0]], "float32"), "mse"


def multi_label():
    x, _ = draw(18)
    y = (x[:, :3] > 0).astype("float32")
    return x, y, keras.losses.BinaryCrossentropy(from_logits=True)


@pytest.mark.parametrize("task", [regression, multi_label])
def test_targets_without_classes_align_the_pooled_features(task):
    x, y, loss = task()
    model = wrapped(
        perceptron(y.shape[1]),
        alignment=ITRAAlignment(mode="marginal"),
        sampling="random",
    )
    compiled(model, optimizer=keras.optimizers.SGD(0.01), loss=loss, metrics=[])
    h = features_of(model, x)
    expected = discrepancies.mmd(h[0::2], h[1::2])
    logs = model.train_on_batch(x, y, return_dict=True)
    np.testing.assert_allclose(logs["alignment"], expected, rtol=1e-5)
    history = fit(model, x, y, batch_size=6, epochs=2)
    assert history["loss"][-1] < history["loss"][0]


def test_regression_with_a_kernel_on_the_targets():
    x, y, loss = regression()
    alignment = ITRAAlignment(mode="joint", label_kernel=Gaussian(1.0))
    model = wrapped(perceptron(2), alignment=alignment, sampling="random")
    compiled(model, optimizer=keras.optimizers.SGD(0.01), loss=loss, metrics=[])
    h = features_of(model, x)
    expected = discrepancies.joint_mmd(
        h[0::2], y[0::2], h[1::2], y[1::2], label_kernel=Gaussian(1.0)
    )
    logs = model.train_on_batch(x, y, return_dict=True)
    np.testing.assert_allclose(logs["alignment"], expected, rtol=1e-5)
    fit(model, x, y, batch_size=6)


def test_soft_labels():
    x, y = draw(18)
    soft = keras.utils.to_categorical(y, 3) * 0.7 + 0.1
    model = wrapped(linear())
    compiled(model, loss=keras.losses.CategoricalCrossentropy(from_logits=True))
    h = features_of(model, x)
    expected = discrepancies.conditional_mmd(
        h[0::2], soft[0::2], h[1::2], soft[1::2]
    )
    logs = model.train_on_batch(x, soft, return_dict=True)
    np.testing.assert_allclose(logs["alignment"], expected, rtol=1e-4)
    assert np.all(np.isfinite(fit(model, x, soft, batch_size=6)["loss"]))


def test_classes_missing_from_the_data_count_as_the_paper_counts():
    """K is the number of logits, whatever classes a mini-batch holds."""
    x, y = draw(18)
    y = np.minimum(y, 1)
    model = wrapped(linear())
    h = features_of(model, x)
    expected = discrepancies.conditional_mmd(
        h[0::2], y[0::2], h[1::2], y[1::2], num_classes=3
    )
    logs = model.train_on_batch(x, y, return_dict=True)
    np.testing.assert_allclose(logs["alignment"], expected, rtol=1e-5)

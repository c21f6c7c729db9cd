"""Every refused input gets one sentence, before a weight changes."""

import warnings
from types import MappingProxyType

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers
from scipy.sparse import csr_matrix

from keras_itra import ITRAModel
from keras_itra.losses import CenterLoss, ITRAAlignment
from tests.cases import BAD_INPUT
from tests.models.cases import (
    NUM_CLASSES,
    WIDTH,
    compiled,
    draw,
    fit,
    one_hot,
    perceptron,
    twins,
    wrapped,
)


def functional(head):
    """A classifier that ends in whatever `head` makes of an input."""
    inputs = keras.Input((WIDTH,))
    return keras.Model(inputs, head(inputs))


class Subclassed(keras.Model):
    def call(self, x):
        return x


def two_branches(x):
    h = layers.Dense(4, name="left")(x)
    return layers.Dense(2)(layers.Concatenate()([h, layers.Dense(4)(x)]))


CLASSIFIERS = {
    "subclassed": Subclassed,
    "unbuilt": lambda: keras.Sequential([layers.Dense(4), layers.Dense(2)]),
    "no model": lambda: "resnet",
    "a layer": lambda: layers.Dense(2),
    "two outputs": lambda: functional(
        lambda x: [layers.Dense(2)(x), layers.Dense(3)(x)]
    ),
    "dict of outputs": lambda: functional(
        lambda x: {"a": layers.Dense(2)(x), "b": layers.Dense(3)(x)}
    ),
    "dict of one output": lambda: functional(
        lambda x: {"a": layers.Dense(2)(layers.Dense(3)(x))}
    ),
    "last layer is hidden": lambda: functional(layers.Dense(2, "relu")),
    "no linear layer": lambda: functional(layers.LayerNormalization()),
    "no hidden layer": lambda: functional(layers.Dense(2)),
    "an output per pixel": lambda: keras.Sequential(
        [keras.Input((4, 4, 3)), layers.Conv2D(5, 3), layers.Conv2D(2, 1)]
    ),
}


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_classifiers_without_a_feature_are_refused(name):
    with pytest.raises(ValueError, match=BAD_INPUT):
        ITRAModel.from_model(CLASSIFIERS[name]())


def test_a_final_activation_that_is_none_is_named():
    classifier = functional(lambda x: layers.Dense(1, "tanh")(x))
    with pytest.raises(ValueError, match="activation='tanh'"):
        ITRAModel.from_model(classifier)


def test_an_output_per_pixel_is_called_so():
    with pytest.raises(ValueError, match="one for each pixel"):
        ITRAModel.from_model(CLASSIFIERS["an output per pixel"]())


def test_inputs_are_no_features():
    classifier = functional(
        lambda x: layers.Dense(2)(layers.Dense(3, name="h")(x))
    )
    with pytest.raises(ValueError, match=BAD_INPUT) as error:
        ITRAModel.from_model(
            classifier, feature_layer=classifier.layers[0].name
        )
    assert "behind the inputs" in str(error.value)


def test_subclassed_models_are_pointed_to_subclassing():
    with pytest.raises(ValueError, match="extract_features"):
        ITRAModel.from_model(Subclassed())


@pytest.mark.parametrize(
    "path", ["missing", "hidden/missing", "missing/hidden", "", 3]
)
def test_feature_layers_that_do_not_exist_are_refused(path):
    with pytest.raises(ValueError, match=BAD_INPUT) as error:
        ITRAModel.from_model(perceptron(), feature_layer=path)
    assert repr(path) in str(error.value)


def test_a_feature_beside_the_path_to_the_output_is_refused():
    with pytest.raises(ValueError, match=BAD_INPUT):
        ITRAModel.from_model(functional(two_branches), feature_layer="left")


@pytest.mark.parametrize(
    "option",
    [
        *({"alignment_weight": w} for w in (-0.1, np.nan, np.inf, "1", True)),
        {"alignment_weight": None},
        {"pairing": "triplet"},
        {"sampling": "stratified"},
        {"supervise": "second"},
        {"forward": "twice"},
        {"pairing": None},
        {"seed": -1},
        {"seed": 0.5},
        {"alignment": "conditional"},
        {"alignment": keras.losses.MeanSquaredError()},
    ],
)
def test_options_outside_their_domain_are_refused(option):
    (name,) = option
    with pytest.raises(ValueError, match=BAD_INPUT) as error:
        ITRAModel.from_model(perceptron(), **option)
    assert f"{name}=" in str(error.value)


def test_options_of_the_alignment_are_refused_when_it_is_made():
    for option in (
        {"mode": "class"},
        {"kernel": "cosine"},
        {"estimator": "unbiased"},  # rooted by default
        {"label_kernel": "gaussian"},
    ):
        with pytest.raises(ValueError, match=BAD_INPUT):
            ITRAAlignment(**option)


def with_nan(x, y):
    x[3] = np.nan
    return x, y


def generator(x, y):
    return (iter([(x[:8], y[:8]), (x[8:], y[8:])]),)


def dataset(x, y):
    return (tf.data.Dataset.from_tensor_slices((x, y)).batch(8),)


X, Y = draw(16)
FITS = {
    "no targets": ({}, lambda x, y: (x,), {}),
    "labels of rank 3": ({}, lambda x, y: (x, one_hot(y)[:, None]), {}),
    "too few labels": ({}, lambda x, y: (x, y[:-1]), {}),
    "text labels": ({}, lambda x, y: (x, y.astype(str)), {}),
    "text labels, marginal": (
        {"sampling": "random", "alignment": ITRAAlignment(mode="marginal")},
        lambda x, y: (x, y.astype(str)),
        {},
    ),
    "two targets": ({}, lambda x, y: (x, [y, y]), {}),
    "sparse": ({}, lambda x, y: (csr_matrix(x), y), {}),
    "no steps": ({}, None, {"steps_per_epoch": 0}),
    "half a step": ({}, None, {"steps_per_epoch": 0.5}),
    "continuous labels": ({}, lambda x, y: (x, x[:, 0]), {}),
    "continuous labels, random": (
        {"sampling": "random"},
        lambda x, y: (x, x[:, 0]),
        {},
    ),
    "multi-label": ({}, lambda x, y: (x, np.ones((16, 3))), {}),
    "dict of targets": ({}, lambda x, y: (x, {"a": y}), {}),
    "NaN features": ({}, with_nan, {"batch_size": 16}),
    "no rows": ({}, lambda x, y: (x[:0], y[:0]), {}),
    "one row": ({"pairing": "split"}, lambda x, y: (x[:1], y[:1]), {}),
    "batch size 0": ({}, None, {"batch_size": 0}),
    "odd split": ({"pairing": "split"}, None, {"batch_size": 7}),
    "validation split 1": ({}, None, {"validation_split": 1.0}),
    "validation without targets": ({}, None, {"validation_data": X}),
    "validation of four": ({}, None, {"validation_data": (X, Y, Y, Y)}),
    "validation of other labels": ({}, None, {"validation_data": (X, Y + 4)}),
    "validation of names": (
        {},
        None,
        {"validation_data": (X, Y.astype(str))},
    ),
    "validation weight below 0": (
        {},
        None,
        {"validation_data": (X, Y, -np.ones(16))},
    ),
    "validation dataset without targets": (
        {},
        None,
        {"validation_data": tf.data.Dataset.from_tensor_slices(X).batch(8)},
    ),
    "class weight below 0": ({}, None, {"class_weight": {0: -1.0}}),
    "class weight of nothing": ({}, None, {"class_weight": {1: None}}),
    "list of class weights": ({}, None, {"class_weight": [1.0] * 4}),
    "generator": ({}, lambda x, y: (iter([(x, y)]),), {}),
    "generator of NaN": (
        {"pairing": "split"},
        lambda x, y: generator(np.nan * x, y),
        {},
    ),
    "generator without targets": (
        {"pairing": "split"},
        lambda x, y: (iter([x]),),
        {},
    ),
    "generator of nothing": (
        {"pairing": "none"},
        lambda x, y: (iter([]),),
        {},
    ),
    "generator of soft labels": (
        {"pairing": "queue"},
        lambda x, y: generator(x, np.full((16, NUM_CLASSES), 0.25)),
        {},
    ),
    "balanced dataset": ({"sampling": "balanced"}, dataset, {}),
    "balanced dataset for a queue": (
        {"sampling": "balanced", "pairing": "queue"},
        dataset,
        {},
    ),
    "dataset with targets": (
        {},
        lambda x, y: (*dataset(x, y), y),
        {},
    ),
    "dataset of rows": (
        {},
        lambda x, y: (tf.data.Dataset.from_tensor_slices((x, y)),),
        {},
    ),
    "dataset without targets": (
        {},
        lambda x, y: (tf.data.Dataset.from_tensor_slices(x).batch(8),),
        {},
    ),
    "list of lists": ({}, lambda x, y: (x.tolist(), y.tolist()), {}),
    "list of targets": ({}, lambda x, y: (x, y.tolist()), {}),
    "dataset of one row": (
        {"pairing": "split"},
        lambda x, y: dataset(x[:1], y[:1]),
        {},
    ),
    "centers of another width": (
        {"alignment": CenterLoss(NUM_CLASSES, 5), "pairing": "none"},
        None,
        {},
    ),
    "centers of other classes": (
        {"alignment": CenterLoss(5, 8), "pairing": "none"},
        lambda x, y: (x, one_hot(y)),
        {},
    ),
}


@pytest.mark.parametrize("name", FITS)
def test_fit_refuses_before_a_weight_changes(name):
    options, change, arguments = FITS[name]
    model = wrapped(**options)
    if name == "centers of other classes":
        compiled(model, loss=keras.losses.CategoricalCrossentropy(True))
    before = model.inference_model().get_weights()
    rows = draw(16)
    with pytest.raises(ValueError, match=BAD_INPUT):
        fit(model, *(change(*rows) if change else rows), **arguments)
    if keras.backend.backend() == "jax" and name.startswith("centers"):
        return  # Keras empties the variables while a step is traced.
    after = model.inference_model().get_weights()
    for old, new in zip(before, after, strict=True):
        np.testing.assert_array_equal(old, new)


def test_an_empty_dataset_is_called_empty():
    x, y = draw(16)
    with pytest.raises(ValueError, match="mini_batches=0"):
        fit(wrapped(), *dataset(x[:0], y[:0]))


def test_targets_that_are_no_classes_are_pointed_on():
    x, _ = draw(16)
    for sampling, hint in (
        ("matched", "sampling='random'"),
        ("random", "mode='marginal'"),
    ):
        with pytest.raises(ValueError, match=hint):
            fit(wrapped(sampling=sampling), x, x[:, 0])


@pytest.mark.parametrize(
    ("outputs", "loss", "change"),
    [
        (1, "hinge", lambda y: 2 * (y > 0) - 1),
        (1, "binary_crossentropy", lambda y: y),
        (NUM_CLASSES, None, lambda y: y + 1),
        (NUM_CLASSES, None, lambda y: y - 1),
        (NUM_CLASSES, None, lambda y: np.where(np.arange(16) == 15, 9, y)),
    ],
)
@pytest.mark.parametrize("pairing", ["independent", "none"])
def test_labels_that_are_none_of_the_classes(outputs, loss, change, pairing):
    x, y = draw(16)
    model = wrapped(perceptron(outputs), pairing=pairing)
    if loss:
        compiled(model, loss=loss, metrics=None)
    largest = max(outputs - 1, 1)
    with pytest.raises(ValueError, match=f"labels from 0 to {largest}"):
        fit(model, x, change(y), batch_size=4, shuffle=False)


def test_labels_that_the_loss_ignores_may_be_others():
    x, y = draw(16)
    loss = keras.losses.SparseCategoricalCrossentropy(
        from_logits=True, ignore_class=-1
    )
    model = compiled(wrapped(), loss=loss, metrics=None)
    y[3] = -1
    assert np.isfinite(fit(model, x, y)["loss"]).all()
    y[3] = -2
    with pytest.raises(ValueError, match="smallest=-2"):
        fit(model, x, y)


@pytest.mark.parametrize("wrong", [np.nan, -0.5, np.inf])
def test_what_is_no_sample_weight_is_refused(wrong):
    x, y = draw(16)
    weights = np.ones(16)
    weights[-1] = wrong
    with pytest.raises(ValueError, match="finite sample weights"):
        fit(
            wrapped(pairing="none"),  # The last row is not in the first step.
            x,
            y,
            sample_weight=weights,
            batch_size=4,
            shuffle=False,
        )
    data = tf.data.Dataset.from_tensor_slices((x, y, weights)).batch(16)
    with pytest.raises(ValueError, match="finite sample weights"):
        fit(wrapped(pairing="split"), data)


def test_errors_about_validation_data_name_them():
    for validation_data in ((X, Y + 4), (X, Y + 0.5), (X, Y, -np.ones(16))):
        with pytest.raises(ValueError, match="in `validation_data`"):
            fit(wrapped(), X, Y, validation_data=validation_data)


@pytest.mark.parametrize(
    "options",
    [
        {"validation_data": [X, Y]},
        {"validation_data": (X, Y[:, None])},
        {"validation_data": (X, Y, None)},
        {"validation_data": (X, Y, np.zeros(16))},
        {"validation_data": tuple(map(keras.ops.convert_to_tensor, (X, Y)))},
        {"class_weight": dict(enumerate(keras.ops.ones(NUM_CLASSES)))},
        {"class_weight": MappingProxyType({np.int64(0): np.float32(2.0)})},
    ],
)
def test_what_keras_takes_is_taken(options):
    assert np.isfinite(fit(wrapped(), X, Y, **options)["loss"]).all()


@pytest.mark.parametrize("diverged", [False, True])
def test_not_a_number_is_said_to_be_in_the_weights_or_not(diverged):
    x, y = draw(16)
    model = wrapped()
    if diverged:
        weights = model.inference_model().get_weights()
        model.inference_model().set_weights([np.nan * w for w in weights])
    else:
        x[0] = np.nan
    with pytest.raises(ValueError, match=f"finite_weights={not diverged}"):
        fit(model, x, y, batch_size=16)


def test_rows_are_no_mini_batches():
    x, y = draw(16)
    rows = tf.data.Dataset.from_tensor_slices((x, y))
    for pairing in ("none", "queue", "split", "independent"):
        with pytest.raises(ValueError, match=r"call `\.batch\(m\)`"):
            fit(wrapped(pairing=pairing), rows)


def test_a_target_may_stand_alone_in_a_list():
    x, y = draw(16)
    first, second = twins()
    assert fit(first, x, y) == fit(second, x, [y])


@pytest.mark.parametrize("name", ["alignment", "bandwidth"])
def test_a_metric_that_a_log_would_hide_is_refused(name):
    x, y = draw(16)
    accuracy = keras.metrics.SparseCategoricalAccuracy(name=name)
    for metrics in ({"metrics": [accuracy]}, {"weighted_metrics": [accuracy]}):
        model = compiled(wrapped(), **metrics)
        for method in (model.fit, model.evaluate):
            with pytest.raises(ValueError, match="metrics of other names"):
                method(x, y, verbose=0)


@pytest.mark.skipif(
    keras.backend.backend() == "jax",
    reason="under JAX Keras calls the outer model in a way that hides it",
)
def test_a_model_inside_of_another_is_not_trained():
    x, y = draw(16)
    model = wrapped()
    outer = compiled(keras.Sequential([keras.Input((WIDTH,)), model]))
    np.testing.assert_allclose(
        outer.predict(x, verbose=0), model.predict(x, verbose=0), rtol=1e-6
    )
    with pytest.raises(ValueError, match=r"inference_model\(\)"):
        fit(outer, x, y)
    plain = keras.Sequential([keras.Input((WIDTH,)), model.inference_model()])
    assert fit(compiled(plain), x, y)["loss"]


@pytest.mark.parametrize("frozen", [False, True])
def test_features_that_cannot_change_are_warned_of(frozen):
    classifier = perceptron()
    classifier.get_layer("hidden").trainable = not frozen
    model = wrapped(classifier)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model.fit(*draw(16), verbose=0)
    found = [w for w in caught if "No layer in front" in str(w.message)]
    assert len(found) == frozen
    assert all(w.filename == __file__ for w in found)


def test_generators_are_pointed_to_split():
    x, y = draw(16)
    with pytest.raises(ValueError, match="pairing='split'"):
        fit(wrapped(), iter([(x, y)]))

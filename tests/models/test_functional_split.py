"""Where the feature is found; the two parts are the model."""

import keras
import numpy as np
import pytest
from keras import layers, ops

from keras_itra import ITRAModel
from keras_itra.models.functional_split import split_classifier
from tests.models.cases import NUM_CLASSES, WIDTH, compiled, draw, fit

IMAGE = (32, 32, 3)


def sequential(*head):
    return keras.Sequential(
        [
            keras.Input((WIDTH,)),
            layers.Dense(8, activation="relu", name="feature"),
            *head,
        ]
    )


def functional():
    inputs = keras.Input((WIDTH,))
    h = layers.Dense(8, activation="relu", name="feature")(inputs)
    return keras.Model(inputs, layers.Dense(NUM_CLASSES)(h))


def operation_softmax():
    inputs = keras.Input((WIDTH,))
    h = layers.Dense(8, name="feature")(inputs)
    return keras.Model(inputs, keras.ops.softmax(layers.Dense(NUM_CLASSES)(h)))


def residual():
    inputs = keras.Input((8, 8, 2))
    h = layers.Conv2D(4, 3, padding="same")(inputs)
    branch = layers.Conv2D(4, 3, padding="same")(layers.ReLU()(h))
    h = layers.ReLU()(layers.Add()([h, branch]))
    h = layers.GlobalAveragePooling2D(name="feature")(h)
    return keras.Model(inputs, layers.Dense(NUM_CLASSES)(h))


def mobilenet(architecture, alpha):
    model = architecture(
        weights=None, input_shape=IMAGE, classes=NUM_CLASSES, alpha=alpha
    )
    pooling = layers.GlobalAveragePooling2D
    (feature,) = (i for i in model.layers if isinstance(i, pooling))
    feature.name = "feature"
    return model


#: Classifiers whose feature is the output of the layer "feature".
CLASSIFIERS = {
    "functional": functional,
    "sequential": lambda: sequential(layers.Dense(NUM_CLASSES)),
    "activation inside": lambda: sequential(
        layers.Dense(NUM_CLASSES, activation="softmax")
    ),
    "activation layer": lambda: sequential(
        layers.Dense(NUM_CLASSES), layers.Activation("softmax")
    ),
    "softmax layer": lambda: sequential(
        layers.Dense(NUM_CLASSES), layers.Softmax()
    ),
    "softmax operation": operation_softmax,
    "sigmoid": lambda: sequential(layers.Dense(1, activation="sigmoid")),
    "dropout and noise": lambda: sequential(
        layers.Dropout(0.5), layers.GaussianNoise(1), layers.Dense(NUM_CLASSES)
    ),
    "residual": residual,
    "MobileNet": lambda: mobilenet(keras.applications.MobileNet, 0.25),
    "MobileNetV2": lambda: mobilenet(keras.applications.MobileNetV2, 0.35),
}


def rows_for(model):
    rng = np.random.default_rng(0)
    return rng.uniform(size=(4, *model.inputs[0].shape[1:])).astype("float32")


def assert_parts_are_the_model(parts, model, x):
    whole = ops.convert_to_numpy(model(x))
    composed = ops.convert_to_numpy(parts.classifier(parts.feature_model(x)))
    np.testing.assert_allclose(composed, whole, rtol=1e-5, atol=1e-6)
    shared = [
        id(weight)
        for part in (parts.feature_model, parts.classifier)
        for weight in part.weights
    ]
    assert sorted(shared) == sorted(id(weight) for weight in model.weights)


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_feature_enters_the_final_linear_layer(name):
    model = CLASSIFIERS[name]()
    x = rows_for(model)
    parts = split_classifier(model)
    assert_parts_are_the_model(parts, model, x)
    expected = keras.Model(model.inputs[0], model.get_layer("feature").output)
    np.testing.assert_allclose(
        ops.convert_to_numpy(parts.feature_model(x)),
        ops.convert_to_numpy(expected(x)),
        rtol=1e-6,
    )


def backbone():
    return keras.Sequential(
        [
            keras.Input((WIDTH,)),
            layers.Dense(6, activation="relu", name="stem"),
            layers.Dense(4, name="pool"),
        ],
        name="backbone",
    )


def with_backbone(inner):
    inputs = keras.Input((WIDTH,))
    h = layers.Dense(7, activation="relu", name="neck")(inner(inputs))
    return keras.Model(inputs, layers.Dense(NUM_CLASSES)(h))


def with_nested_head():
    inner = sequential(layers.Dense(NUM_CLASSES), layers.Softmax())
    inputs = keras.Input((WIDTH,))
    return keras.Model(inputs, inner(layers.Dense(WIDTH)(inputs)))


@pytest.mark.parametrize(
    ("path", "width"),
    [(None, 7), ("neck", 7), ("backbone", 4), ("backbone/pool", 4),
     ("backbone/stem", 6)],
)  # fmt: skip
def test_feature_layer_by_name_and_by_path(path, width):
    x, _ = draw()
    inner = backbone()
    model = with_backbone(inner)
    parts = split_classifier(model, path)
    assert parts.feature_model.output_shape == (None, width)
    assert_parts_are_the_model(parts, model, x)
    if path == "backbone/stem":
        stem = inner.get_layer("stem")
        np.testing.assert_allclose(
            ops.convert_to_numpy(parts.feature_model(x)),
            ops.convert_to_numpy(stem(x)),
            rtol=1e-6,
        )


def test_final_linear_layer_inside_a_nested_model():
    x, _ = draw()
    model = with_nested_head()
    parts = split_classifier(model)
    assert parts.feature_model.output_shape == (None, 8)
    assert_parts_are_the_model(parts, model, x)


def head_of_its_own():
    return keras.Sequential(
        [
            keras.Input((4,)),
            layers.Dropout(0.2),
            layers.Dense(NUM_CLASSES, name="logits"),
            layers.Softmax(),
        ],
        name="head",
    )


def functional_head():
    inputs = keras.Input((4,))
    return keras.Model(inputs, head_of_its_own()(inputs))


@pytest.mark.parametrize("head", [head_of_its_own, functional_head])
@pytest.mark.parametrize("dropout", [False, True])
def test_feature_enters_a_head_of_its_own(head, dropout):
    x, _ = draw()
    stem = backbone()
    between = [layers.Dropout(0.1)] if dropout else []
    model = keras.Sequential([keras.Input((WIDTH,)), stem, *between, head()])
    parts = split_classifier(model)
    np.testing.assert_allclose(
        ops.convert_to_numpy(parts.feature_model(x)),
        ops.convert_to_numpy(stem(x)),
        rtol=1e-6,
    )
    assert_parts_are_the_model(parts, model, x)


@pytest.mark.parametrize(
    "arrange",
    [
        lambda a, b: {"a": a, "b": b},
        lambda a, b: [a, b],
        lambda a, b: (a, b),
        lambda a, b: {"both": [a, b]},
    ],
    ids=["dict", "list", "tuple", "list in a dict"],
)
def test_several_inputs_keep_their_structure(arrange):
    x, y = draw()
    a, b = keras.Input((2,), name="a"), keras.Input((3,), name="b")
    h = layers.Concatenate()([a, b])
    h = layers.Dense(8, activation="relu")(h)
    model = ITRAModel.from_model(
        keras.Model(arrange(a, b), layers.Dense(NUM_CLASSES)(h)), seed=0
    )
    given = arrange(x[:, :2], x[:, 2:])
    history = fit(compiled(model), given, y, batch_size=8, epochs=2)
    assert history["loss"][1] < history["loss"][0]
    expected = ops.convert_to_numpy(model.inference_model()(given))
    np.testing.assert_allclose(
        model.predict(given, verbose=0), expected, rtol=1e-5
    )


def test_training_reaches_the_wrapped_model():
    x, y = draw()
    classifier = sequential(layers.Dropout(0.2), layers.Dense(NUM_CLASSES))
    before = classifier.get_weights()
    model = compiled(ITRAModel.from_model(classifier, seed=0))
    fit(model, x, y, batch_size=8)
    for old, new in zip(before, classifier.get_weights(), strict=True):
        assert np.abs(old - new).max() > 0
    assert model.inference_model() is classifier
    assert len(model.trainable_weights) == len(before)
    np.testing.assert_allclose(
        model.predict(x, verbose=0),
        ops.convert_to_numpy(classifier(x)),
        rtol=1e-5,
    )

"""Random crops and flips against all that NumPy can cut."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_itra import ITRAModel, networks
from keras_itra.networks import CropAndFlip
from tests import fresh_process, graphs

PADDING = 2
CHOICES = [
    (top, left, flip)
    for top in range(2 * PADDING + 1)
    for left in range(2 * PADDING + 1)
    for flip in (False, True)
]


def draw(rows):
    """Images of which no two crops are alike; height is not width."""
    rng = np.random.default_rng(0)
    return rng.normal(size=(rows, 5, 4, 2)).astype("float32")


def crops(image):
    """Every crop of one image, in the order of `CHOICES`."""
    height, width, _ = image.shape
    margin = (PADDING, PADDING)
    padded = np.pad(image, (margin, margin, (0, 0)))
    for top, left, flip in CHOICES:
        crop = padded[top : top + height, left : left + width]
        yield crop[:, ::-1] if flip else crop


def choices(images, augmented):
    """Which crop each row is; fails if it is none."""
    found = []
    for image, row in zip(images, augmented, strict=True):
        (choice,) = [
            choice
            for choice, crop in zip(CHOICES, crops(image), strict=True)
            if np.array_equal(crop, row)
        ]
        found.append(choice)
    return found


def test_every_row_is_a_crop_of_its_own_image():
    layer, images = CropAndFlip(PADDING, seed=0), draw(600)
    first, second = (
        choices(images, ops.convert_to_numpy(layer(images, training=True)))
        for _ in range(2)
    )
    assert set(first) == set(CHOICES)
    assert sum(a == b for a, b in zip(first, second, strict=True)) < 30
    # Neither is tied to the other: each is seen about equally often.
    for values in zip(*first, strict=True):
        _, counts = np.unique(values, return_counts=True)
        assert counts.min() > 0.75 * len(first) / len(counts)


def test_nothing_happens_outside_of_training():
    layer, images = CropAndFlip(PADDING), draw(4)
    for options in ({}, {"training": False}):
        np.testing.assert_array_equal(layer(images, **options), images)


def test_a_seed_repeats_and_whole_numbers_stay_whole():
    images = np.arange(4 * 5 * 4, dtype="uint8").reshape((4, 5, 4, 1))
    found = [
        ops.convert_to_numpy(CropAndFlip(seed=3)(images, training=True))
        for _ in range(2)
    ]
    np.testing.assert_array_equal(*found)
    assert found[0].dtype == np.uint8


@pytest.mark.tensorflow
def test_graphs_draw_as_eager_calls_do():
    images = draw(6)
    eager, compiled = CropAndFlip(seed=1), CropAndFlip(seed=1)
    graph = graphs.compiled(lambda x: compiled(x, training=True))
    for _ in range(2):
        np.testing.assert_array_equal(
            graph(images), eager(images, training=True)
        )


def test_a_classifier_trains_on_crops_and_predicts_on_images(tmp_path):
    original = networks.mlp((5, 4, 2), 3)
    classifier = networks.with_dropout(original, 0.5)
    augment = CropAndFlip(PADDING, seed=0, name="augment")
    model = networks.with_augmentation(classifier, augment)
    names = [layer.name for layer in classifier.layers]
    assert [layer.name for layer in model.layers] == [
        names[0],
        "augment",
        *names[1:],
    ]
    pairs = zip(model.weights, classifier.weights, strict=True)
    assert all(a is b for a, b in pairs)

    images, labels = draw(16), np.arange(16) % 3
    itra = ITRAModel.from_model(model, seed=0)
    outputs = itra(images, training=True)
    assert outputs["features"].shape == (16, 64)
    # Dropout comes behind the features, crops before them.
    features = original.get_layer("features").output
    probe = keras.Model(original.input, features)
    plain = ops.convert_to_numpy(probe(images))
    aligned = ops.convert_to_numpy(outputs["features"])
    same = np.isclose(aligned, plain, atol=1e-5).all(axis=1)
    assert 0 <= same.sum() < 4

    before = model.get_weights()
    itra.compile("sgd", "mse")
    itra.fit(images, np.eye(3)[labels], batch_size=8, verbose=0)
    assert not np.array_equal(before[0], model.get_weights()[0])
    expected = classifier.predict(images, verbose=0)
    np.testing.assert_array_equal(model.predict(images, verbose=0), expected)

    model.save(tmp_path / "model.keras")
    np.savez(tmp_path / "rows.npz", images=images, expected=expected)
    fresh_process.run(RELOAD, tmp_path)


RELOAD = """
import pathlib, sys
import keras
import numpy as np
import keras_itra.networks

folder = pathlib.Path(sys.argv[1])
model = keras.models.load_model(folder / "model.keras")
rows = np.load(folder / "rows.npz")
predicted = model.predict(rows["images"], verbose=0)
np.testing.assert_allclose(predicted, rows["expected"], atol=1e-6)
layer = model.get_layer("augment")
assert (layer.padding, layer.seed) == (2, 0)
trained = keras.ops.convert_to_numpy(layer(rows["images"], training=True))
assert not np.array_equal(trained, rows["images"])
"""


def test_a_layer_must_keep_the_shape():
    classifier = networks.mlp((8, 8, 1), 3)
    with pytest.raises(ValueError, match=r"keeps the shape.*\(None, 4, 4, 1\)"):
        networks.with_augmentation(classifier, keras.layers.MaxPooling2D())


def test_a_classifier_must_have_one_input():
    inputs = [keras.Input((4,)), keras.Input((4,))]
    classifier = keras.Model(inputs, keras.layers.Add()(inputs))
    with pytest.raises(ValueError, match=r"(?s)one input.*inputs=\["):
        networks.with_augmentation(classifier, keras.layers.Identity())


@pytest.mark.parametrize("padding", [-1, 1.5, None])
def test_bad_padding_is_refused(padding):
    with pytest.raises(ValueError, match=r"Expected `padding`.*padding="):
        CropAndFlip(padding)


@pytest.mark.parametrize("shape", [(4, 8, 1), (2, 4, None, 1)])
def test_what_is_no_batch_of_images_is_refused(shape):
    with pytest.raises(ValueError, match=r"Expected images.*input_shape="):
        CropAndFlip()(keras.KerasTensor(shape))

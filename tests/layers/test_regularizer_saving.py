"""AlignmentRegularizer copied, saved and loaded with its model."""

import keras
import numpy as np

from keras_itra.layers import AlignmentRegularizer
from keras_itra.losses import CenterLoss, ITRAAlignment
from tests.fresh_process import run
from tests.layers.test_alignment_regularizer import (
    NUM_CLASSES,
    WIDTH,
    draw,
    network,
)


def fit(model, epochs=1):
    x, y = draw()
    options = {"batch_size": 10, "shuffle": False, "verbose": 0}
    return model.fit([x, y], y, epochs=epochs, **options).history["loss"]


def regularizer(model):
    (layer,) = [
        layer
        for layer in model.layers
        if isinstance(layer, AlignmentRegularizer)
    ]
    return layer


def center_network(**options):
    loss = CenterLoss(NUM_CLASSES, WIDTH, rate=0.4)
    return network(AlignmentRegularizer(loss, weight=0.2), **options)


def test_config_rebuilds_the_layer():
    loss = ITRAAlignment("joint", kernel="laplacian", rooted=False)
    layer = AlignmentRegularizer(loss, weight=0.25, name="align")
    config = keras.saving.serialize_keras_object(layer)
    assert config["registered_name"] == "keras_itra>AlignmentRegularizer"
    copy = keras.saving.deserialize_keras_object(config)
    assert copy.get_config() == layer.get_config()
    assert isinstance(copy.loss, ITRAAlignment)
    assert copy.loss.get_config() == loss.get_config()


def test_clone_trains_like_the_model():
    model = network(AlignmentRegularizer(weight=0.3))
    copy = keras.models.clone_model(model)
    copy.set_weights(model.get_weights())
    optimizer = keras.optimizers.SGD(0.1)
    copy.compile(optimizer, loss=model.loss, run_eagerly=model.run_eagerly)
    np.testing.assert_allclose(fit(copy, 3), fit(model, 3), rtol=1e-6)


def test_centers_are_weights_that_the_optimizer_leaves_alone():
    model = center_network()
    centers = regularizer(model).loss.centers
    assert any(weight is centers for weight in model.non_trainable_weights)
    assert len(model.trainable_weights) == 4


def test_centers_move_in_training_only():
    x, y = draw()
    model = center_network()
    centers = regularizer(model).loss.centers
    model.evaluate([x, y], y, verbose=0)
    model.predict([x, y], verbose=0)
    np.testing.assert_array_equal(centers, 0)
    h = keras.ops.convert_to_numpy(model.get_layer("features")(x))
    fit(model)
    for k in range(NUM_CLASSES):
        expected = 0.4 * h[y == k].sum(0) / (1 + (y == k).sum())
        np.testing.assert_allclose(centers[k], expected, rtol=1e-5, atol=1e-6)


def test_clone_has_centers_of_its_own():
    model = center_network()
    copy = keras.models.clone_model(model)
    fit(model)
    np.testing.assert_array_equal(regularizer(copy).loss.centers, 0)
    assert np.abs(np.array(regularizer(model).loss.centers)).max() > 0


_CONTINUE = """
import pathlib, sys
import keras, numpy as np
import keras_itra
folder = pathlib.Path(sys.argv[1])
data = np.load(folder / "data.npz")
x, y = data["x"], data["y"]
for path in folder.glob("*.keras"):
    net = keras.models.load_model(path)
    before = keras.ops.convert_to_numpy(net([x, y]))
    weights = {f"weight{i}": w for i, w in enumerate(net.get_weights())}
    loss = net.fit(
        [x, y], y, batch_size=10, epochs=2, shuffle=False, verbose=0
    ).history["loss"]
    np.savez(path.with_suffix(".npz"), before=before, loss=loss, **weights)
"""


def test_saved_models_go_on_in_a_fresh_process(tmp_path):
    x, y = draw()
    models = {
        "center": center_network(run_eagerly=False),
        "alignment": network(AlignmentRegularizer(weight=0.3)),
    }
    np.savez(tmp_path / "data.npz", x=x, y=y)
    for name, model in models.items():
        fit(model, 2)
        model.save(tmp_path / f"{name}.keras")
    run(_CONTINUE, tmp_path)
    for name, model in models.items():
        with np.load(tmp_path / f"{name}.npz") as found:
            before = keras.ops.convert_to_numpy(model([x, y]))
            np.testing.assert_allclose(found["before"], before, atol=1e-6)
            for index, weight in enumerate(model.get_weights()):
                np.testing.assert_array_equal(found[f"weight{index}"], weight)
            np.testing.assert_allclose(found["loss"], fit(model, 2), rtol=1e-5)

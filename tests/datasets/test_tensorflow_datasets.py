"""Data sets of TFDS: mocked ones, and one that is prepared from files."""

import sys

import numpy as np
import pytest

from keras_itra.datasets import load

tfds = pytest.importorskip("tensorflow_datasets")
Image = pytest.importorskip("PIL.Image")


@pytest.fixture
def mocked(tmp_path):
    """Six random rows of whatever is asked for; nothing is prepared."""
    with tfds.testing.mock_data(num_examples=6):
        yield tmp_path


@pytest.mark.parametrize(
    ("name", "shape", "num_classes"),
    [
        ("kmnist", (28, 28, 1), 10),
        ("mnist", (28, 28, 1), 10),
        ("cifar10", (32, 32, 3), 10),
        ("cifar100", (32, 32, 3), 100),
    ],
)
def test_images(mocked, name, shape, num_classes):
    data = load(f"tfds:{name}", mocked)
    assert data.x_train.shape == data.x_test.shape == (6, *shape)
    assert data.x_train.dtype == np.float32
    assert 0.9 < data.x_train.max() <= 1
    assert data.y_train.dtype == np.int64
    assert (data.name, data.num_classes) == (f"tfds:{name}", num_classes)
    builder = tfds.builder(name, data_dir=mocked)
    first = next(iter(tfds.as_numpy(builder.as_dataset(split="train"))))
    np.testing.assert_array_equal(
        first["image"], np.rint(255 * data.x_train[0])
    )
    assert first["label"] == data.y_train[0]


def scaled(image, size):
    """Pillow's picture of the middle square."""
    height, width = image.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    square = Image.fromarray(image[top : top + side, left : left + side])
    return np.asarray(square.resize((size, size), Image.BILINEAR), int)


def test_images_are_smoothed_when_made_smaller(mocked):
    small = load("tfds:stl10", mocked, image_size=32).x_train
    large = np.rint(255 * load("tfds:stl10", mocked).x_train).astype(np.uint8)
    assert small.shape == (6, 32, 32, 3)
    difference = 255 * small[0] - scaled(large[0], 32)
    # levels are rounded, as Pillow does it; cut off, they would lose 0.5
    assert np.abs(difference).max() < 1.5
    assert abs(difference.mean()) < 0.1


@pytest.mark.parametrize(
    ("name", "num_classes"),
    [("ag_news_subset", 4), ("yelp_polarity_reviews", 2)],
)
def test_texts(mocked, name, num_classes):
    data = load(f"tfds:{name}", mocked)
    assert data.x_train.shape == (6,)
    assert all(isinstance(text, str) for text in data.x_train)
    assert data.num_classes == num_classes
    if name == "ag_news_subset":
        titles = load(f"tfds:{name}", mocked, keys=("title", "label"))
        assert (titles.x_train != data.x_train).any()


def test_images_of_any_size_stay_in_a_file(mocked):
    with pytest.raises(ValueError, match=r"`image_size`.*'imagenet2012'"):
        load("tfds:imagenet2012", mocked)
    data = load("tfds:imagenet2012", mocked, image_size=8)
    assert isinstance(data.x_train, np.memmap)
    assert (data.x_train.dtype, data.num_classes) == (np.uint8, 1_000)
    batch = data.x_train[[4, 1]]
    assert type(batch) is np.ndarray
    builder = tfds.builder("imagenet2012", data_dir=mocked)
    rows = list(tfds.as_numpy(builder.as_dataset(split="train")))
    assert data.y_train.tolist() == [row["label"] for row in rows]
    difference = batch[0] - scaled(rows[4]["image"], 8)
    assert np.abs(difference).max() <= 1
    (train, test) = sorted((mocked / "memory-mapped").iterdir())
    assert train.name == "imagenet2012-5.1.0-8-train-6"
    assert test.name == "imagenet2012-5.1.0-8-validation-6"
    # the second time it is read, not written
    np.save(train / "labels.npy", np.full(6, 7))
    again = load("tfds:imagenet2012", mocked, image_size=8)
    np.testing.assert_array_equal(again.x_train, data.x_train)
    assert again.y_train.tolist() == [7] * 6
    with tfds.testing.mock_data(num_examples=3):
        other = load("tfds:imagenet2012", mocked, image_size=8)
    assert len(other.x_train) == 3


def test_what_is_refused(mocked, monkeypatch):
    with pytest.raises(ValueError, match="name='no_such_set'"):
        load("tfds:no_such_set", mocked)
    with pytest.raises(ValueError, match=r"among \['data'\].*keys=None"):
        load("tfds:amazon_us_reviews", mocked)
    with pytest.raises(ValueError, match="'image' to be a class label"):
        load("tfds:mnist", mocked, keys=("image", "image"))
    with pytest.raises(ValueError, match="'label' to be texts or 8-bit"):
        load("tfds:mnist", mocked, keys=("label", "label"))

    def offline(self):
        raise OSError("no route to host")

    monkeypatch.setattr(
        tfds.core.DatasetBuilder, "download_and_prepare", offline
    )
    with pytest.raises(RuntimeError, match=r"'kmnist'.*OSError: no route"):
        load("tfds:kmnist", mocked)
    monkeypatch.setitem(sys.modules, "tensorflow_datasets", None)
    with pytest.raises(ImportError, match=r"keras-itra\[data\]"):
        load("tfds:kmnist", mocked)


def test_a_real_builder_prepares_and_is_found_again(tmp_path, monkeypatch):
    mnist = sys.modules[tfds.builder_cls("fashion_mnist").__module__]
    monkeypatch.setattr(mnist, "_TRAIN_EXAMPLES", 20)
    monkeypatch.setattr(mnist, "_TEST_EXAMPLES", 10)
    rng = np.random.default_rng(0)
    pixels = rng.integers(256, size=(20, 28, 28), dtype=np.uint8)
    labels = np.tile(np.arange(10, dtype=np.uint8), 2)
    for kind, array, header in (("data", pixels, 16), ("labels", labels, 8)):
        for part, n in (("train", 20), ("test", 10)):
            content = bytes(header) + bytes(array[:n])
            (tmp_path / f"{part}_{kind}").write_bytes(content)
    downloads = []

    def download(self, urls):
        downloads.append(urls)
        return {key: str(tmp_path / key) for key in urls}

    monkeypatch.setattr(
        tfds.download.DownloadManager, "download_and_extract", download
    )
    tfds.disable_progress_bar()
    data = load("tfds:fashion_mnist", tmp_path / "tfds")
    again = load("tfds:fashion_mnist", tmp_path / "tfds")
    assert len(downloads) == 1
    np.testing.assert_array_equal(again.x_train, data.x_train)
    assert (len(data.x_train), len(data.x_test)) == (20, 10)
    found = {
        (y, np.rint(255 * x).tobytes())
        for x, y in zip(data.x_train[..., 0], data.y_train, strict=True)
    }
    assert found == {
        (y, x.astype("float32").tobytes())
        for x, y in zip(pixels, labels, strict=True)
    }
    part = load(
        "tfds:fashion_mnist",
        tmp_path / "tfds",
        train_split="train[:75%]",
        test_split="train[75%:]",
    )
    assert (len(part.x_train), len(part.x_test)) == (15, 5)
    with pytest.raises(ValueError, match="nosuch"):
        load("tfds:fashion_mnist", tmp_path / "tfds", test_split="nosuch")

"""Folders of images."""

import sys

import numpy as np
import pytest

from keras_itra.datasets import load

Image = pytest.importorskip("PIL.Image")


def write(path, shape=(4, 4), color=(255, 0, 51)):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", shape[::-1], color).save(path)


def test_train_and_test_folders(tmp_path):
    write(tmp_path / "pets/train/dog/1.png", color=(0, 0, 0))
    write(tmp_path / "pets/train/cat/1.png")
    write(tmp_path / "pets/train/cat/2.JPG")
    (tmp_path / "pets/train/cat/notes.txt").touch()
    (tmp_path / "pets/train/.DS_Store").touch()
    write(tmp_path / "pets/train/.hidden/1.png")
    write(tmp_path / "pets/test/dog/1.jpeg")
    data = load(f"folder:{tmp_path}/pets")
    assert (data.name, data.num_classes) == ("pets", 2)
    assert data.y_train.tolist() == [0, 0, 1]
    assert data.y_test.tolist() == [1]  # a class may be absent from the test
    assert data.x_train.shape == (3, 4, 4, 3)
    assert data.x_train.dtype == np.float32
    np.testing.assert_allclose(data.x_train[0, 2, 1], [1, 0, 0.2], rtol=1e-6)
    assert (data.x_train[2] == 0).all()
    grey = load(f"folder:{tmp_path}/pets", color_mode="grayscale")
    assert grey.x_train.shape == (3, 4, 4, 1)
    write(tmp_path / "pets/test/bird/1.png")
    with pytest.raises(ValueError, match=r"unknown=\['bird'\]"):
        load(f"folder:{tmp_path}/pets")


def test_without_a_test_folder_a_fifth_is_held_out(tmp_path):
    for k in range(10):
        write(tmp_path / f"train/{'ab'[k % 2]}/{k}.png")
    data = load(f"folder:{tmp_path}")
    assert np.bincount(data.y_train).tolist() == [4, 4]
    assert np.bincount(data.y_test).tolist() == [1, 1]


def test_images_of_several_sizes_need_one(tmp_path):
    write(tmp_path / "train/a/1.png")
    write(tmp_path / "train/b/1.png", shape=(6, 12))
    write(tmp_path / "test/a/1.png")
    with pytest.raises(
        ValueError, match=r"`image_size`.*b.1\.png.*\(6, 12, 3\)"
    ):
        load(f"folder:{tmp_path}")
    # left and right of the middle square is white
    image = np.full((6, 12, 3), 255, np.uint8)
    image[:, 3:9] = 100
    Image.fromarray(image).save(tmp_path / "train/b/1.png")
    data = load(f"folder:{tmp_path}", image_size=3)
    assert data.x_train.shape == (2, 3, 3, 3)
    # Pillow looks a little beyond the edges of what it cuts out
    np.testing.assert_allclose(data.x_train[1], 100 / 255, atol=0.1)
    np.testing.assert_allclose(data.x_train[1, :, 1], 100 / 255, rtol=1e-6)


@pytest.mark.parametrize("color_mode", ["rgb", "grayscale"])
def test_images_of_16_bits_are_refused(tmp_path, color_mode):
    write(tmp_path / "train/a/1.png")
    deep = np.full((4, 4), 300, "uint16")
    Image.fromarray(deep).save(tmp_path / "train/a/2.png")
    with pytest.raises(ValueError, match=r"8 bits .*2\.png"):
        load(f"folder:{tmp_path}", color_mode=color_mode)


def test_missing_and_empty_folders(tmp_path, monkeypatch):
    with pytest.raises(FileNotFoundError, match="absent/train"):
        load(f"folder:{tmp_path}/absent")
    (tmp_path / "train/a").mkdir(parents=True)
    with pytest.raises(ValueError, match="images in"):
        load(f"folder:{tmp_path}")
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(ImportError, match=r"keras-itra\[data\]"):
        load(f"folder:{tmp_path}")

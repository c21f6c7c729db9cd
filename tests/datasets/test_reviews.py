"""Rated sentences."""

import pytest

from keras_itra.datasets import load
from keras_itra.datasets.files import REVIEWS


def write(folder, sources):
    for name, rows in zip(REVIEWS.names, sources, strict=True):
        lines = [
            f"{k}\t{score}\t{text}" for k, (score, text) in enumerate(rows)
        ]
        content = "\r\n".join(lines)
        (folder / name).write_bytes(content.encode("utf-8"))


def test_the_class_is_the_sign_or_the_source(tmp_path):
    films = [(2.5, "très bien"), (-0.5, "dull"), (0.4, "a film")]
    products = [(0.5, "works"), (-3.9, "broke"), (-0.4, "a box")]
    tweets = [(1.25, "yay"), (-1.0, 'no "thanks"'), (0.0, "hm")]
    write(tmp_path, [films, products, tweets])
    sign = load("reviews-polarity", tmp_path)
    x = [*sign.x_train, *sign.x_test]
    found = dict(zip(x, [*sign.y_train, *sign.y_test], strict=True))
    assert found == {
        "très bien": 1,
        "dull": 0,
        "works": 1,
        "broke": 0,
        "yay": 1,
        'no "thanks"': 0,
    }
    source = load("reviews-source", tmp_path)
    x = [*source.x_train, *source.x_test]
    found = dict(zip(x, [*source.y_train, *source.y_test], strict=True))
    assert found == {
        text: k
        for k, rows in enumerate([films, products, tweets])
        for _, text in rows
    }
    assert source.num_classes == 3


def test_missing_and_damaged_files(tmp_path):
    with pytest.raises(FileNotFoundError, match="keras-itra fetch reviews"):
        load("reviews-source", tmp_path)
    write(tmp_path, [[(1, "a")], [(1, "b\tc")], [(1, "d")]])
    with pytest.raises(ValueError, match=r"amazonReview.*1\\tb\\tc"):
        load("reviews-polarity", tmp_path)

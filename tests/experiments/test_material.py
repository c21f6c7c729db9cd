"""What is done to the data of a comparison."""

import numpy as np
import pytest

from keras_itra import datasets
from keras_itra.experiments.material import Data, load_splits

DIGITS = Data("digits", train_size=100, validation_size=60)


def test_wrong_labels_are_in_the_training_set_only():
    clean = load_splits(DIGITS)
    noisy = load_splits(Data("digits", 100, 60, mislabelled=0.3))
    assert np.mean(noisy.y_train != clean.y_train) == pytest.approx(0.3)
    np.testing.assert_array_equal(noisy.x_train, clean.x_train)
    np.testing.assert_array_equal(noisy.y_validation, clean.y_validation)
    np.testing.assert_array_equal(noisy.y_test, clean.y_test)


def test_merged_classes_remember_their_modes():
    groups = tuple((k, k + 5) for k in range(5))
    merged = load_splits(Data("digits", 100, 60, groups=groups))
    assert merged.num_classes == 5
    np.testing.assert_array_equal(merged.modes_test % 5, merged.y_test)
    assert set(merged.modes_test) == set(range(10))


def test_foreign_examples_are_a_test_set():
    splits = load_splits(Data("digits", 100, 60, foreign="digits"))
    np.testing.assert_array_equal(splits.x_foreign, splits.x_test)


def test_splits_are_told_apart():
    digests = {
        load_splits(data).digest
        for data in (
            DIGITS,
            Data("digits", 100, 60, mislabelled=0.1),
            Data("digits", 100, 60, foreign="digits"),
            Data("digits", 100, 60, groups=((0,), tuple(range(1, 10)))),
        )
    }
    assert len(digests) == 4


def test_texts_of_a_file_in_the_folder_of_data_become_numbers(tmp_path):
    pytest.importorskip("keras_hub")
    rows = [f"word {'good' if i % 2 else 'bad'},{i % 2}" for i in range(40)]
    (tmp_path / "texts.csv").write_text("\n".join(["text,label", *rows]))
    sizes = {"train_size": 16, "validation_size": 8, "preset": "tiny"}
    tokens = load_splits(
        Data("texts.csv", reading="tokens", length=12, **sizes), tmp_path
    )
    assert tokens.x_train.shape == (16, 12)
    assert tokens.x_train.dtype == np.int32
    embedded = load_splits(
        Data("texts.csv", reading="embedding", length=12, **sizes), tmp_path
    )
    assert embedded.x_train.shape == (16, 16)
    assert np.isfinite(embedded.x_train).all()


def test_bad_readings_are_refused():
    with pytest.raises(ValueError, match=r"Expected .*Received: reading="):
        Data("digits", reading="letters")
    with pytest.raises(ValueError, match=r"Expected a data set among"):
        datasets.load("no-such-data")

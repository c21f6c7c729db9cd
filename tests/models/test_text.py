"""Strings in every method: the same as token ids made by hand."""

import functools

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_itra import ITRAModel
from tests import fresh_process
from tests.cases import BAD_INPUT
from tests.models.cases import (
    assert_same_weights,
    cross_entropy,
    fit,
)
from tests.models.text_cases import draw_texts, task

pytest.importorskip("keras_hub")
TEXTS, Y = draw_texts()


@functools.cache
def tasks():
    """One task that reads strings, one for token ids."""
    return task(), task(preprocessor=False)


def pair(**options):
    """Models of equal weights around the two tasks."""
    reader, plain = tasks()
    plain.set_weights(reader.get_weights())
    models = [ITRAModel.from_model(t, seed=0, **options) for t in tasks()]
    for model in models:
        model.compile(
            optimizer=keras.optimizers.SGD(0.1),
            loss=cross_entropy(),
            metrics=["accuracy"],
            run_eagerly=True,
        )
    return models


def assert_same_history(found, expected):
    assert set(found) == set(expected)
    for name in expected:
        np.testing.assert_allclose(
            found[name], expected[name], atol=1e-6, err_msg=name
        )


def tokens(texts):
    ids = tasks()[0].preprocessor(texts, y=None)
    return {name: keras.ops.convert_to_numpy(ids[name]) for name in ids}


def rows(x, part):
    if isinstance(x, dict):
        return {name: x[name][part] for name in x}
    return x[part]


class Batches(keras.utils.PyDataset):
    """Three mini-batches, of lists where the texts are lists."""

    def __init__(self, x, y):
        super().__init__()
        self.x, self.y = x, y

    @property
    def num_batches(self):
        return 3

    def __getitem__(self, index):
        part = slice(4 * index, 4 * index + 4)
        return rows(self.x, part), rows(self.y, part)


def arrays(x, y):
    return {"x": x, "y": y, "batch_size": 4}


def dataset(x, y):
    return {"x": tf.data.Dataset.from_tensor_slices((x, y)).batch(4)}


def py_dataset(x, y):
    return {"x": Batches(x, y)}


def generator(x, y):
    batches = Batches(x, y)
    return {"x": (batches[index] for index in range(3)), "steps_per_epoch": 3}


SOURCES = {
    "tf.data": (dataset, {}),
    "PyDataset": (py_dataset, {}),
    "PyDataset, unpaired": (py_dataset, {"pairing": "none"}),
    "generator": (generator, {"pairing": "split"}),
}


@pytest.mark.parametrize("name", SOURCES)
def test_fit_on_strings_equals_fit_on_token_ids(name):
    source, options = SOURCES[name]
    reader, plain = pair(**options)
    history = fit(reader, **source(TEXTS, Y), shuffle=False)
    expected = fit(plain, **source(tokens(TEXTS), np.array(Y)), shuffle=False)
    assert_same_history(history, expected)
    assert_same_weights(reader, plain)


@pytest.mark.parametrize("dtype", [object, str])
def test_a_column_of_strings_is_read_as_strings(dtype):
    reader, other = pair()
    column = np.array(TEXTS, dtype)[:, None]
    for source in (arrays, dataset):
        np.testing.assert_array_equal(
            reader.predict(source(column, Y)["x"], verbose=0),
            other.predict(tokens(TEXTS), verbose=0),
        )
    assert fit(reader, column, np.array(Y), batch_size=4)["loss"]


def test_weights_and_validation_of_strings():
    reader, plain = pair()
    options = {"class_weight": {0: 1.0, 1: 3.0}, "validation_split": 0.25}
    found = fit(reader, TEXTS, Y, batch_size=6, **options)
    expected = fit(plain, tokens(TEXTS), np.array(Y), batch_size=6, **options)
    assert_same_history(found, expected)
    # Two texts for each row, which are packed into one input.
    texts = (np.array(TEXTS), draw_texts(seed=1)[0])
    valid, labels = (draw_texts(5)[0], draw_texts(5, seed=1)[0]), Y[:5]
    weights = np.linspace(0.0, 1.0, 12)
    found = fit(
        reader,
        texts,
        Y,
        batch_size=6,
        sample_weight=weights.tolist(),
        validation_data=(valid, labels),
    )
    expected = fit(
        plain,
        tokens(texts),
        np.array(Y),
        batch_size=6,
        sample_weight=weights,
        validation_data=(tokens(valid), np.array(labels)),
    )
    assert_same_history(found, expected)
    assert_same_weights(reader, plain)
    assert found["alignment"][0] > 0
    assert "val_accuracy" in found


def test_evaluate_and_predict_read_strings_of_any_source():
    model, plain = pair()
    y, weights = np.array(Y), np.linspace(0.0, 1.0, 12)
    logits = plain.predict(tokens(TEXTS), verbose=0)
    for x in (Batches(TEXTS, Y), tokens(TEXTS)):
        found = model.predict(x, batch_size=5, verbose=0)
        np.testing.assert_allclose(found, logits, atol=1e-6)
    np.testing.assert_allclose(
        model.evaluate(**dataset(TEXTS, Y), verbose=0),
        plain.evaluate(tokens(TEXTS), y, verbose=0),
        atol=1e-6,
    )
    np.testing.assert_allclose(
        model.evaluate(TEXTS, Y, 5, sample_weight=weights, verbose=0),
        plain.evaluate(tokens(TEXTS), y, 5, sample_weight=weights, verbose=0),
        atol=1e-6,
    )
    # One mini-batch: S1 in even rows, S2 in odd ones.
    np.testing.assert_allclose(model.predict_on_batch(TEXTS), logits, atol=1e-6)
    for method in ("test_on_batch", "train_on_batch"):
        np.testing.assert_allclose(
            getattr(model, method)(TEXTS, Y, weights),
            getattr(plain, method)(tokens(TEXTS), y, weights),
            atol=1e-6,
        )
    assert_same_weights(model, plain)


def test_mini_batches_have_static_shapes_and_are_preprocessed_on_the_way(
    monkeypatch,
):
    seen = {}
    monkeypatch.setattr(
        keras.Model, "fit", lambda self, data, **_: seen.update(data=data)
    )
    model, _ = pair()
    model.fit(TEXTS, Y, batch_size=3)
    x, y = seen["data"].element_spec
    assert {tuple(spec.shape) for spec in x.values()} == {(None, 6)}
    assert y.shape == (6,)


def refused(model):
    """Calls that get one sentence each."""
    slices = tf.data.Dataset.from_tensor_slices
    return {
        "a single string": lambda: model.predict("the sky"),
        "strings, not batched": lambda: model.predict(slices(TEXTS)),
        "a missing text": lambda: model.predict(["the sky", None]),
        "missing number": lambda: model.fit([np.nan, "the sky"], [0, 1]),
        "other length": lambda: model.evaluate(TEXTS, Y[:-1]),
        "no rows": lambda: model.predict([]),
        "direct call": lambda: model(np.array(TEXTS)),
        "labels of text": lambda: model.fit(TEXTS, TEXTS),
    }


def refused_without_preprocessor(model):
    return {
        "fit": lambda: model.fit(TEXTS, Y),
        "fit on a dataset": lambda: model.fit(**dataset(TEXTS, Y)),
        "evaluate": lambda: model.evaluate(np.array(TEXTS), np.array(Y)),
        "predict": lambda: model.predict(np.array(TEXTS, dtype=object)),
        "predict_on_batch": lambda: model.predict_on_batch(TEXTS),
    }


def test_what_cannot_be_read_is_refused_in_one_sentence():
    reader, plain = pair()
    without = refused_without_preprocessor(plain)
    for name, call in {**refused(reader), **without}.items():
        with pytest.raises(ValueError, match=BAD_INPUT) as error:
            call()
        assert name not in without or "preprocessor" in str(error.value)


LOAD = """
import sys
import warnings

warnings.simplefilter("error", UserWarning)

import keras
import numpy as np

import keras_itra
from tests.models.text_cases import draw_texts

model = keras.models.load_model(sys.argv[1])
np.save(sys.argv[2], model.predict(draw_texts()[0], verbose=0))
"""


def test_a_saved_model_reads_strings_in_a_fresh_process(tmp_path):
    model, _ = pair()
    logits = model.predict(TEXTS, verbose=0)
    model.save(tmp_path / "text.keras")
    fresh_process.run(LOAD, tmp_path / "text.keras", tmp_path / "logits.npy")
    np.testing.assert_allclose(
        np.load(tmp_path / "logits.npy"), logits, atol=1e-6
    )
    # A clone has the same config, but KerasHub keeps vocabularies in files.
    clone = keras.models.clone_model(model)
    clone.set_weights(model.get_weights())
    clone.inference_model().preprocessor = tasks()[0].preprocessor
    np.testing.assert_allclose(clone.predict_on_batch(TEXTS), logits, atol=1e-6)
    summary = []
    model.summary(print_fn=summary.append)
    assert "Total params: " + f"{model.count_params():,}" in "".join(summary)


# JAX cannot export the positions of KerasHub.
@pytest.mark.tensorflow
def test_the_exported_model_takes_token_ids(tmp_path):
    model, _ = pair()
    model.export(tmp_path / "served", verbose=False)
    served = tf.saved_model.load(tmp_path / "served")
    ids = {name: value.astype("int32") for name, value in tokens(TEXTS).items()}
    np.testing.assert_allclose(
        served.serve(ids), model.predict_on_batch(TEXTS), atol=1e-6
    )

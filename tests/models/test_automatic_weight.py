"""`alignment_weight="auto"`: the first `fit` searches, and no other."""

import keras
import numpy as np
import pytest

from keras_itra import ITRAModel
from tests.cases import BAD_INPUT
from tests.models.cases import (
    EAGER,
    compiled,
    copy_of,
    draw,
    fit,
    perceptron,
    wrapped,
)

ROWS, VALIDATION_ROWS = 24, 150
X, Y = draw(ROWS + VALIDATION_ROWS)


def eager(classifier, weight):
    model = ITRAModel.from_model(classifier, alignment_weight=weight, seed=0)
    return compiled(model, run_eagerly=EAGER)


def test_the_first_fit_searches_and_the_file_holds_the_choice(tmp_path):
    classifier = perceptron()
    fixed = copy_of(classifier)
    model = eager(classifier, "auto")
    assert model.get_config()["alignment_weight"] == "auto"
    assert model.weight_search is None
    share = VALIDATION_ROWS / len(X)
    history = fit(model, X, Y, batch_size=24, validation_split=share)
    search = model.weight_search
    assert [c.weight for c in search.candidates] == [0, 0.1, 0.3, 0.6, 1, 2]
    assert search.rows == VALIDATION_ROWS
    assert history == search.history
    assert "val_loss" in history
    assert float(np.array(model.alignment_weight)) == np.float32(search.best)
    assert model.get_config()["alignment_weight"] == search.best

    path = tmp_path / "model.keras"
    model.save(path)
    loaded = keras.models.load_model(path)
    assert loaded.get_config()["alignment_weight"] == search.best
    twin = eager(fixed, search.best)
    x, y = X[:ROWS], Y[:ROWS]
    fit(twin, x, y, batch_size=24)
    # None of them searches: the second `fit` needs no validation data.
    found = [
        fit(m, x, y, batch_size=24, epochs=2, initial_epoch=1)
        for m in (model, loaded, twin)
    ]
    assert model.weight_search is search
    assert loaded.weight_search is None
    for other in found[1:]:
        assert other["loss"] == pytest.approx(found[0]["loss"], rel=1e-4)


def test_before_the_choice_nothing_else_trains():
    model = wrapped(alignment_weight="auto")
    with pytest.raises(ValueError, match="`validation_data` or"):
        fit(model, X, Y)
    with pytest.raises(ValueError, match="`fit` first"):
        model.train_on_batch(X, Y)
    copy = compiled(ITRAModel.from_config(model.get_config()))
    with pytest.raises(ValueError, match="`validation_data` or"):
        fit(copy, X, Y)


@pytest.mark.parametrize("weight", ["Auto", "0.3", None])
def test_other_words_are_refused(weight):
    with pytest.raises(ValueError, match=BAD_INPUT):
        ITRAModel.from_model(perceptron(), alignment_weight=weight)

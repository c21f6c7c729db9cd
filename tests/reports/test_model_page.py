"""The page on a model: its numbers, its form, what it refuses."""

import re
import sys
import zipfile
from dataclasses import replace

import keras
import numpy as np
import pytest
from sklearn.metrics import confusion_matrix, precision_score

import keras_itra
from keras_itra import metrics
from keras_itra.experiments import Splits
from keras_itra.reports import model_page, model_report
from tests.models import text_cases
from tests.models.subclasses import Wide
from tests.reports.cases import make_classifier

HOSTILE = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def found(splits):
    """A model of ITRA, its page, and its test features and logits."""
    classifier = make_classifier()
    model = keras_itra.ITRAModel.from_model(classifier, seed=7)
    model(splits.x_test[:2])  # builds it
    probe = keras.Model(
        classifier.input, [classifier.get_layer("h").output, classifier.output]
    )
    features, logits = (
        keras.ops.convert_to_numpy(part) for part in probe(splits.x_test)
    )
    validation = keras.ops.convert_to_numpy(classifier(splits.x_validation))
    temperature = metrics.fit_temperature(validation, splits.y_validation)
    return model, model_report(model, splits), features, logits, temperature


def test_the_page_is_whole_and_loads_nothing(found, read):
    page = read(found[1])
    assert page.tags.count("img") == 4
    assert "default-src 'none'" in found[1]


def test_numbers_are_those_of_the_metrics(found, read, splits):
    _, html, features, logits, temperature = found
    page, labels = read(html), splits.y_test
    calibrated = logits / temperature
    expected = {
        "cross-entropy after temperature": metrics.cross_entropy(
            calibrated, labels
        ),
        "expected calibration error": metrics.expected_calibration_error(
            logits, labels
        ),
        "calibration error after temperature": (
            metrics.expected_calibration_error(calibrated, labels)
        ),
        "temperature": temperature,
        "scatter within / between": metrics.scatter(features, labels),
        "Davies-Bouldin index": metrics.davies_bouldin(features, labels),
        "silhouette": metrics.silhouette(features, labels),
    }
    for name, value in expected.items():
        shown = float(page.after(name).replace("°", ""))
        assert shown == pytest.approx(value, abs=6e-4), name
    accuracy = np.mean(logits.argmax(axis=1) == labels)
    assert page.after("accuracy") == f"{100 * accuracy:.2f} %"
    assert page.after("cross-entropy") == (
        f"{metrics.cross_entropy(logits, labels):.3f}"
    )
    angles = metrics.class_mean_angles(features, labels)
    smallest = angles[np.triu_indices(10, 1)].min()
    shown = float(page.after("smallest angle").rstrip("°"))
    assert shown == pytest.approx(smallest, abs=0.11)


def test_confusions_and_classes(found, read, splits):
    _, html, _, logits, _ = found
    predicted = logits.argmax(axis=1)
    counts = confusion_matrix(splits.y_test, predicted, labels=range(10))
    cells = re.findall(r'<td class="(?:right|wrong)"[^>]*>(\d+)<', html)
    np.testing.assert_array_equal(
        np.array(cells, dtype=int).reshape(10, 10), counts
    )
    precision = precision_score(
        splits.y_test, predicted, labels=[3], average=None, zero_division=0
    )[0]
    line = re.search(r'<th scope="row">3</th>(<td class="value">.*)', html)[1]
    rows, recall, right = re.findall(r">([^<]*)</td>", line)[:3]
    assert int(rows) == counts[3].sum()
    assert recall.split()[0] == f"{100 * counts[3, 3] / counts[3].sum():.2f}"
    assert right == "" or right.split()[0] == f"{100 * precision:.2f}"
    assert (right == "") == (counts[:, 3].sum() == 0)


def test_what_the_model_is(found, read):
    page = read(found[1])
    assert page.after("feature layer") == "h"
    assert page.after("parameters") == f"{found[0].wrapped.count_params():,}"
    assert page.after("alignment weight") == "0.6"
    assert page.after("seed") == "7"
    assert page.after("alignment: mode") == "conditional"


def test_a_file_says_the_same(found, splits, tmp_path, read):
    model, html, *_ = found
    model.save(tmp_path / "saved.keras")
    out = tmp_path / "new" / "page.html"
    page = model_report(tmp_path / "saved.keras", splits, out=out)
    assert out.read_text() == page
    named = page.replace("saved.keras on", f"{model.name} on")
    assert read(named).texts == read(html).texts


def test_names_are_escaped(classifier, splits, read):
    hostile = replace(splits, name=f'"><img src=x>{HOSTILE}')
    names = [HOSTILE, *"123456789"]
    page = model_report(classifier, hostile, class_names=names)
    assert HOSTILE not in page
    assert f"0 {HOSTILE}" in read(page).texts


@pytest.mark.parametrize("activation", [None, "softmax"])
def test_probabilities_and_logits_say_the_same(activation, splits, read):
    page = read(model_report(make_classifier(10, activation), splits))
    logits = make_classifier().predict(splits.x_test, verbose=0)
    expected = metrics.cross_entropy(logits, splits.y_test)
    shown = float(page.after("cross-entropy"))
    assert shown == pytest.approx(expected, abs=6e-4)


def test_two_classes_and_one_output(splits, read):
    halves = {
        f"y_{part}": getattr(splits, f"y_{part}") % 2
        for part in ("train", "validation", "test")
    }
    two = replace(splits, num_classes=2, **halves)
    model = make_classifier(1, "sigmoid")
    page = read(model_report(model, two))
    right = (model.predict(two.x_test, verbose=0)[:, 0] > 0.5) == two.y_test
    assert page.after("accuracy") == f"{100 * right.mean():.2f} %"


def test_collapsed_features_are_shown(classifier, splits, read):
    for layer in classifier.layers:
        layer.set_weights([np.zeros_like(w) for w in layer.get_weights()])
    page = read(model_report(classifier, splits))
    assert page.after("scatter within / between") == "∞"
    assert not any("nan" in text.split() for text in page.texts)


class OwnModel(keras_itra.ITRAModel):
    def __init__(self, **options):
        super().__init__(**options)
        self.hidden = keras.layers.Dense(6, activation="relu")
        self.last = keras.layers.Dense(10)

    def extract_features(self, x, training=None):
        return self.hidden(keras.ops.reshape(x, (-1, 64)))

    def classify(self, features, training=None):
        return self.last(features)


def test_a_subclass(splits, read):
    model = OwnModel(seed=0)
    model(splits.x_test[:2])
    page = read(model_report(model, splits))
    logits = model.predict(splits.x_test, verbose=0)
    right = np.mean(logits.argmax(axis=1) == splits.y_test)
    assert page.after("accuracy") == f"{100 * right:.2f} %"
    with pytest.raises(ValueError, match="feature_layer='hidden'"):
        model_report(model, splits, feature_layer="hidden")


def test_bad_input_is_named(classifier, splits, tmp_path):
    other = tmp_path / "model.h5"
    other.write_text("")
    few = replace(splits, y_test=np.zeros_like(splits.y_test))
    for arguments, message in (
        ((tmp_path / "none.keras", splits), "none.keras"),
        ((other, splits), "model.h5"),
        ((classifier, (splits.x_test, splits.y_test)), "make_splits.*tuple"),
        ((classifier, replace(splits, num_classes=11)), "classes=10"),
        ((classifier, few), r"labels=\[0\]"),
    ):
        with pytest.raises(ValueError, match=message):
            model_report(*arguments)
    with pytest.raises(ValueError, match="feature_layer='g'"):
        model_report(classifier, splits, feature_layer="g")
    with pytest.raises(ValueError, match="class_names"):
        model_report(classifier, splits, class_names=["a"])
    weights = classifier.get_weights()
    weights[0][:] = np.nan
    classifier.set_weights(weights)
    with pytest.raises(ValueError, match="nan_or_infinite="):
        model_report(classifier, splits)


def test_an_unknown_class_is_named(splits, tmp_path):
    model = OwnModel(seed=0)
    model(splits.x_test[:2])
    model.save(tmp_path / "own.keras")
    with zipfile.ZipFile(tmp_path / "own.keras") as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts["config.json"] = (
        parts["config.json"]
        .replace(b"OwnModel", b"LostModel")
        .replace(__name__.encode(), b"lost")
    )
    with zipfile.ZipFile(tmp_path / "lost.keras", "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    with pytest.raises(ValueError, match=r"keras_itra.reports.model_report"):
        model_report(tmp_path / "lost.keras", splits)


def test_jinja2_is_named(classifier, splits, monkeypatch):
    monkeypatch.setitem(sys.modules, "jinja2", None)
    with pytest.raises(ImportError, match=r'"keras-itra\[reports\]"'):
        model_report(classifier, splits)


@pytest.mark.tensorflow
def test_a_task_reads_texts(classifier, read):
    task = text_cases.task()
    texts, labels = text_cases.draw_texts(20)
    x, y = np.array(texts, dtype=object), np.array(labels)
    splits = Splits("texts", x, y, x, y, x, y, num_classes=2)
    page = read(model_report(task, splits))
    right = task.predict(texts, verbose=0).argmax(axis=1) == y
    assert page.after("accuracy") == f"{100 * right.mean():.2f} %"
    with pytest.raises(ValueError, match="a preprocessor, or a network"):
        model_report(classifier, splits)


def test_pictures_of_a_sorted_test_set_show_all_classes(splits, monkeypatch):
    shown = []
    monkeypatch.setattr(model_page, "MAP_ROWS", 50)
    picture = model_page.plots.feature_map
    monkeypatch.setattr(
        model_page.plots,
        "feature_map",
        lambda panels, method: (
            shown.append(panels[model_page.TITLE][1]) or picture(panels, method)
        ),
    )
    order = np.argsort(splits.y_test, kind="stable")
    by_class = replace(
        splits, x_test=splits.x_test[order], y_test=splits.y_test[order]
    )
    model_report(make_classifier(), by_class)
    assert set(shown[0]) == set(splits.y_test)


def test_classes_of_one_row_have_no_pairs_to_show(splits, read):
    rows = [int(np.argmax(splits.y_test == k)) for k in range(3)]
    few = replace(
        splits, x_test=splits.x_test[rows], y_test=splits.y_test[rows]
    )
    page = read(model_report(make_classifier(), few))
    assert "Distances of pairs" not in " ".join(page.texts)


def test_a_network_that_takes_strings():
    texts = np.array(["good film", "bad film"] * 10, dtype=object)
    y = np.arange(20) % 2
    vectors = keras.layers.TextVectorization(8, output_mode="multi_hot")
    vectors.adapt(texts.tolist())
    entry = keras.Input((), dtype="string")
    h = keras.layers.Dense(4, activation="relu")(vectors(entry))
    model = keras.Model(entry, keras.layers.Dense(2)(h))
    page = model_report(model, Splits("texts", *(texts, y) * 3, 2))
    assert "texts" in page


def test_what_cannot_be_measured_is_refused(splits):
    empty = replace(splits, x_validation=splits.x_validation[:0])
    with pytest.raises(ValueError, match="examples to read"):
        model_report(make_classifier(), empty)
    with pytest.raises(ValueError, match="a model that was called"):
        model_report(Wide(), splits)

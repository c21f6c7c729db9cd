"""A reader of pages, a small problem, and a comparison on disk."""

from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest

from keras_itra import datasets, experiments
from keras_itra.experiments.measures import MEASURES
from tests.reports.cases import make_classifier

VOID = {"meta", "img", "br", "hr", "link", "input"}
LOADING = ("src", "href", "srcset", "action", "data", "poster")


class Reader(HTMLParser):
    """Checks that elements are closed in order, and keeps what it sees."""

    def __init__(self):
        super().__init__()
        self.open, self.tags, self.addresses, self.ids = [], [], [], []
        self.texts = []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.addresses += [v for k, v in attrs if k in LOADING]
        self.ids += [v for k, v in attrs if k == "id"]
        assert not any(name.startswith("on") for name, _ in attrs)
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] != "style" and data.strip():
            self.texts.append(" ".join(data.split()))

    def after(self, text):
        """What stands behind a text: the value of a measure, say."""
        return self.texts[self.texts.index(text) + 1]


@pytest.fixture
def read():
    """Parses a page and checks what every page must be."""

    def parse(page):
        reader = Reader()
        reader.feed(page)
        reader.close()
        assert page.startswith("<!DOCTYPE html>")
        assert reader.open == []
        assert reader.tags.count("h1") == 1
        assert not {"script", "link", "iframe", "object"} & set(reader.tags)
        for address in reader.addresses:
            assert address.startswith(("#", "data:image/png;base64,"))
            assert address[0] == "d" or address[1:] in reader.ids
        style = page.partition("<style>")[2].partition("</style>")[0]
        assert "url(" not in style
        assert "@import" not in style
        return reader

    return parse


@pytest.fixture(scope="session")
def splits():
    """Digits, few of them."""
    whole = experiments.make_splits(
        datasets.load("digits"), train_size=100, validation_size=60
    )
    return replace(whole, x_test=whole.x_test[:90], y_test=whole.y_test[:90])


@pytest.fixture
def classifier():
    return make_classifier()


@pytest.fixture
def comparison(tmp_path):
    """A folder as `keras-itra compare` writes it, of runs never trained."""
    store = experiments.RunStore(tmp_path, {"data": "<b>none</b>"})

    def outcome(name, strength, values, tuning):
        runs = [experiments.Run(name, s, strength) for s in range(len(values))]
        records = [
            store.save(run, left_behind(value), features=run.seed == 0)
            for run, value in zip(runs, values, strict=True)
        ]
        method = experiments.get(name)
        return experiments.Outcome(
            method, strength, None, tuning, runs, records
        )

    outcomes = [
        outcome("sgd", None, [1.0, 2.0], {}),
        outcome("itra", 0.6, [0.5, 1.25], {0.3: [1.0, 3.0], 0.6: [1.0, 1.5]}),
    ]
    tables = experiments.write_report(store, outcomes, ["itra"])
    return tmp_path, tables


def left_behind(value):
    epochs = np.linspace(2.0, value, 3).tolist()
    return experiments.Trained(
        validation={"cross_entropy": 1.0, "accuracy": 50.0},
        test={measure.key: value for measure in MEASURES},
        history={
            "cross_entropy": epochs,
            "val_cross_entropy": epochs,
            "val_accuracy": epochs,
        },
        features=np.random.default_rng(0).normal(size=(20, 4)),
        labels=np.arange(20) % 2,
        test_logits=np.random.default_rng(1).normal(size=(30, 2)),
        test_labels=np.arange(30) % 2,
    )

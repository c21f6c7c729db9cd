"""Experiments from a name to results, tables and pictures."""

import json

import numpy as np
import pytest

from keras_itra.experiments import training
from keras_itra.experiments.material import Data
from keras_itra.experiments.protocol import Protocol
from keras_itra.experiments.studies import (
    Cell,
    Experiment,
    make_figure,
    make_tables,
    registry,
    reporting,
    run,
)

SMALL = Data("digits", train_size=60, validation_size=40, foreign="digits")
SHORT = Protocol("mlp", epochs=1, batch_size=30)


def an_experiment(name="digits", methods=("sgd", "itra-c"), **options):
    cells = tuple(
        Cell(f"m = {m}", SMALL, Protocol("mlp", 1, m), methods, x=m)
        for m in options.pop("sizes", (30,))
    )
    grids = {m: (0.3,) for m in methods if m == "itra-c"}
    cells = tuple(
        Cell(c.label, c.data, c.protocol, c.methods, grids, c.x) for c in cells
    )
    return Experiment(
        name, "A title", "A question?", {"small": cells}, **options
    )


@pytest.fixture
def trained(monkeypatch):
    """Counts the runs that are trained."""
    names, train = [], training.train

    def counted(of, *arguments):
        names.append(of.name)
        return train(of, *arguments)

    monkeypatch.setattr("keras_itra.experiments.comparison.train", counted)
    return names


def test_runs_are_kept_and_shared(tmp_path, trained, monkeypatch):
    first = run(an_experiment(), "small", tmp_path, seeds=2, quiet=True)
    assert sorted(trained) == [
        "itra-c-0.3-seed0",
        "itra-c-0.3-seed1",
        "sgd-seed0",
        "sgd-seed1",
    ]
    methods = first["cells"][0]["methods"]
    assert methods["itra-c"]["strength"] == 0.3
    assert len(methods["sgd"]["test"]["auroc_softmax"]) == 2
    assert len(methods["sgd"]["history"]["same_class_distance"]) == 2
    written = json.loads((tmp_path / "digits" / "small.json").read_bytes())
    assert written["cells"][0]["label"] == "m = 30"
    # Another experiment of the same setting trains what is new only.
    other = an_experiment("other", ("sgd", "itra-c@0.3", "center@0.1"))
    trained.clear()
    second = run(other, "small", tmp_path, seeds=2, quiet=True)
    assert sorted(trained) == ["center-0.1-seed0", "center-0.1-seed1"]
    assert (
        second["cells"][0]["methods"]["itra-c@0.3"]["test"]
        == methods["itra-c"]["test"]
    )
    # The page shows what the files hold, and the command that made them.
    known = {"digits": an_experiment(paper={"sgd": (92.4, 0.29)})}
    monkeypatch.setattr(registry, "EXPERIMENTS", known)
    assert reporting.write_page(tmp_path, tmp_path / "page.md") == ["digits"]
    page = (tmp_path / "page.md").read_text()
    assert "--experiment digits --scale small --seeds 2" in page
    assert "92.40 / 0.290" in page
    mean = np.mean(methods["sgd"]["test"]["accuracy"])
    assert f"{mean:.2f}" in page
    assert (tmp_path / "results/experiments/digits-small.png").is_file()
    for shape in ("features", "reliability"):
        drawn = an_experiment("other", shape=shape)
        reporting.write_report(tmp_path, drawn, second)
        picture = tmp_path / "other" / "small.png"
        assert picture.is_file()
        picture.unlink()
    assert "center@0.1" in (tmp_path / "other" / "small.md").read_text()


def a_record(cells, methods=("sgd", "itra-c@0.2", "itra-c@1"), seeds=3):
    rng = np.random.default_rng(0)

    def method(name):
        keys = ("accuracy", "cross_entropy", "calibrated_cross_entropy")
        shift = 5.0 * methods.index(name)
        return {
            "description": name,
            "strength": 0.2,
            "weight_decay": 0.1,
            "tuning": {"0.2": [1.0], "1": [1.0]},
            "test": {
                k: (shift + rng.normal(size=seeds)).tolist() for k in keys
            },
            "history": {
                k: rng.random((seeds, 4)).tolist()
                for k in (
                    "same_class_distance",
                    "relative_same_class_distance",
                    "val_cross_entropy",
                )
            },
        }

    return {
        "seeds": seeds,
        "cells": [
            {
                "label": f"m = {x}",
                "x": x,
                "methods": {m: method(m) for m in methods},
            }
            for x in cells
        ],
    }


@pytest.mark.parametrize(
    ("shape", "panels"),
    [("table", 3), ("sweep", 3), ("strengths", 3), ("curves", 3)],
)
def test_pictures(shape, panels):
    figure = make_figure(an_experiment(shape=shape), a_record((10, 20, 300)))
    assert len(figure.axes) == panels


def test_a_sweep_compares_with_the_baseline_of_the_last_comparison():
    record = a_record((10, 20))
    table = make_tables(an_experiment(shape="sweep"), record)[-1]
    assert [row[0] for row in table.body][:3] == [
        "sgd, m = 10",
        "itra-c@0.2, m = 10",
        "itra-c@1, m = 10",
    ]
    assert len(table.body) == 5
    ours, last = (
        np.mean(cell["methods"][name]["test"]["accuracy"])
        for cell, name in zip(record["cells"], ("itra-c@1", "sgd"), strict=True)
    )
    assert table.body[2][1].startswith(f"{ours - last:+.2f} [")


def test_no_picture_without_intervals_or_without_the_runs():
    assert make_figure(an_experiment(), a_record((1,), seeds=1)) is None
    for shape in ("features", "reliability"):
        drawn = an_experiment(shape=shape)
        assert make_figure(drawn, a_record((1,))) is None


def test_tables_show_differences_and_mark_what_is_significant():
    record = a_record((10,))
    means, differences = make_tables(an_experiment(), record)
    assert [row[0] for row in means.body] == ["sgd", "itra-c@0.2", "itra-c@1"]
    assert means.head[2] == "accuracy %"
    assert means.body[0][1] == "0.2 †, wd 0.1"
    assert "†: the largest or smallest" in means.caption
    sgd, large = (
        np.array(record["cells"][0]["methods"][name]["test"]["accuracy"])
        for name in ("sgd", "itra-c@1")
    )
    row = differences.body[-1]
    assert row[1].startswith(f"{(large - sgd).mean():+.2f} [")
    assert row[1].endswith(" *")
    record["cells"][0]["methods"]["itra-c@1"]["test"]["accuracy"] = [np.nan] * 3
    means, _ = make_tables(an_experiment(), record)
    assert means.body[-1][2] == "undefined"


@pytest.mark.parametrize(
    ("name", "measure"),
    [
        ("merged-classes", "purity"),
        pytest.param("agnews-bert", "calibrated_ece", marks=pytest.mark.slow),
    ],
)
def test_smoke_is_small_and_of_random_content(tmp_path, name, measure):
    pytest.importorskip("tensorflow_datasets")
    record = run(registry.get(name), "smoke", tmp_path, seeds=1, quiet=True)
    for cell in record["cells"]:
        assert cell["settings"]["data"].startswith("tfds:")
        assert cell["settings"]["epochs"] == 1
        for method in cell["methods"].values():
            assert np.isfinite(method["test"][measure]).all()


def test_fewer_seeds_do_not_replace_results(tmp_path):
    run(an_experiment(), "small", tmp_path, seeds=2, quiet=True)
    with pytest.raises(ValueError, match="at least the 2 seeds"):
        run(an_experiment(), "small", tmp_path, seeds=1, quiet=True)

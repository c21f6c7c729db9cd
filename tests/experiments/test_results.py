"""Statistics, tables and files from known records."""

import csv
import json
import math

import numpy as np
import pytest

from keras_itra.experiments import (
    MEASURES,
    Outcome,
    Run,
    get,
    make_tables,
    tabulate,
    write_report,
)


@pytest.fixture
def outcomes(store, trained):
    def outcome(name, strength, values, tuning):
        runs = [Run(name, seed, strength) for seed in range(len(values))]
        records = [
            store.save(run, trained(1.0, value), features=run.seed == 0)
            for run, value in zip(runs, values, strict=True)
        ]
        return Outcome(get(name), strength, None, tuning, runs, records)

    def make(sgd, itra):
        return [
            outcome("sgd", None, sgd, {}),
            outcome("itra", 0.6, itra, {0.3: [1.0, 3.0], 0.6: [1.0, 1.0]}),
        ]

    return make


def test_rows_hold_means_and_paired_differences(outcomes):
    sgd, itra = tabulate(outcomes([1.0, 2.0, 3.0], [0.5, 1.5, 2.5]))
    assert sgd.summaries["scatter"].mean == 2.0
    assert sgd.summaries["scatter"].std == pytest.approx(1.0)
    assert sgd.differences["scatter"].mean == 0.0
    assert itra.differences["cross_entropy"].mean == -0.5
    assert itra.differences["cross_entropy"].low == pytest.approx(-0.5)


def test_tables(outcomes):
    rows = tabulate(outcomes([1.0, 2.0], [0.5, 2.5]))
    measures, differences = make_tables(rows)
    assert measures.body[0][:3] == ["sgd", "", "1.50 ± 0.71"]
    assert measures.body[1][1:4] == ["0.6", "1.50 ± 1.41", "1.500 ± 1.414"]
    assert len(differences.body) == 1
    half = math.tan(0.475 * math.pi) * math.sqrt(0.5) / math.sqrt(2)
    assert differences.body[0][1] == f"+0.00 [-{half:.2f}, +{half:.2f}]"
    lines = measures.to_markdown().splitlines()
    assert lines[0].startswith("| method | strength | accuracy % | CE |")
    assert len({line.count("|") for line in lines[:4]}) == 1


def test_one_seed_has_no_deviation(outcomes):
    measures, differences = make_tables(tabulate(outcomes([1.0], [3.0])))
    assert measures.body[0][2] == "1.00"
    assert differences.body[0][1] == "+2.00"


def test_a_diverged_method_says_so(outcomes):
    tables = make_tables(tabulate(outcomes([1.0, 1.0], [1.0, math.nan])))
    assert [table.body[-1][2] for table in tables] == ["undefined"] * 2


def test_files_hold_every_run_and_choice(outcomes, store):
    write_report(store, outcomes([1.0, 2.0], [0.5, 1.0]))
    results = json.loads((store.directory / "results.json").read_text())
    itra = results["methods"]["itra"]
    assert results["settings"] == store.settings
    assert itra["strength"] == 0.6
    assert itra["validation_cross_entropy"] == {"0.3": 2.0, "0.6": 1.0}
    assert itra["measures"]["ece"]["values"] == [0.5, 1.0]
    assert itra["measures"]["ece"]["difference"]["mean"] == -0.75
    with (store.directory / "results.csv").open() as file:
        lines = list(csv.DictReader(file))
    assert [(line["method"], line["seed"]) for line in lines] == [
        ("sgd", "0"),
        ("sgd", "1"),
        ("itra", "0"),
        ("itra", "1"),
    ]
    assert float(lines[2]["scatter"]) == 0.5
    assert lines[0].keys() >= {measure.key for measure in MEASURES}


def test_pictures(outcomes, store):
    write_report(store, outcomes([1.0, 2.0], [0.5, 1.0]))
    for name in ("learning_curves", "features", "differences"):
        content = (store.directory / f"{name}.png").read_bytes()
        assert content.startswith(b"\x89PNG"), name


def test_pictures_leave_out_what_diverged(outcomes, store, trained):
    made = outcomes([1.0, 2.0], [math.nan, math.nan])
    broken = trained(math.nan, math.nan)
    broken.features[:] = np.nan
    store.save(made[1].runs[0], broken, features=True)
    write_report(store, made)
    assert (store.directory / "features.png").exists()
    assert not (store.directory / "differences.png").exists()


def test_without_a_finite_run_there_are_no_features_to_show(
    outcomes, store, trained
):
    made = outcomes([math.nan], [math.nan])
    for outcome in made:
        broken = trained(math.nan, math.nan)
        broken.features[:] = np.nan
        store.save(outcome.runs[0], broken, features=True)
    write_report(store, made)
    assert (store.directory / "learning_curves.png").exists()
    assert not (store.directory / "features.png").exists()


def test_differences_to_another_reference(outcomes, store):
    made = outcomes([1.0, 2.0], [0.5, 2.5])
    tables = write_report(store, made, references=["itra"])
    assert [line[0] for line in tables[2].body] == ["sgd"]
    results = json.loads((store.directory / "results.json").read_text())
    difference = results["differences_to"]["itra"]["sgd"]["accuracy"]
    assert (
        difference["mean"]
        == -(
            results["methods"]["itra"]["measures"]["accuracy"]["difference"][
                "mean"
            ]
        )
    )
    with pytest.raises(ValueError, match="reference='center'"):
        tabulate(made, "center")


def test_the_baseline_alone_has_no_differences(outcomes, store):
    tables = write_report(store, outcomes([1.0, 2.0], [1.0, 2.0])[:1])
    assert len(tables) == 1
    assert not (store.directory / "differences.png").exists()

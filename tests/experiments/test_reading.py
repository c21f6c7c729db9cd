"""Results read back make the tables they were written with."""

import math

import pytest

from keras_itra.experiments import (
    Outcome,
    Run,
    get,
    make_tables,
    read_results,
    tabulate,
    write_report,
)


def test_tables_come_back(store, trained):
    def outcome(name, strength, values, tuning):
        runs = [Run(name, seed, strength) for seed in range(len(values))]
        records = [
            store.save(run, trained(1.0, value), features=run.seed == 0)
            for run, value in zip(runs, values, strict=True)
        ]
        return Outcome(get(name), strength, None, tuning, runs, records)

    outcomes = [
        outcome("sgd", None, [1.0, 2.0], {}),
        outcome("itra", 0.6, [0.5, 2.5], {0.3: [math.nan], 0.6: [1.0, 2.0]}),
    ]
    write_report(store, outcomes, ["itra"])
    settings, found, references = read_results(store.directory)
    assert settings == store.settings
    assert references == ["itra"]
    assert make_tables(tabulate(found)) == make_tables(tabulate(outcomes))
    assert [outcome.runs for outcome in found] == [o.runs for o in outcomes]
    assert found[1].tuning[0.6] == [1.5]
    assert math.isnan(found[1].tuning[0.3][0])


def test_an_empty_folder_is_refused(tmp_path):
    with pytest.raises(ValueError, match="results of `keras-itra compare`"):
        read_results(tmp_path)

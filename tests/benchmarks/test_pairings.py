import json

import pytest

pytest.importorskip("matplotlib")

from benchmarks import pairings

KEYS = ("accuracy", "cross_entropy", "calibrated_cross_entropy", "scatter")


def method(values):
    measure = {"mean": sum(values) / len(values), "values": values}
    return {"strength": 1.0, "measures": dict.fromkeys(KEYS, measure)}


@pytest.fixture
def files(tmp_path):
    settings = {"data": "d", "train_size": 9, "batch_size": 3, "epochs": 2}
    methods = {
        "sgd": method([10.0, 20.0, 30.0]),
        "itra-c": method([8.0, 18.5, 27.5]),
        "itra-c-queue": method([9.0, 19.25, 28.75]),
    }
    (tmp_path / "results.json").write_text(
        json.dumps({"settings": settings, "methods": methods})
    )
    times = [
        {"name": name, "ratio": {"value": value}}
        for name, value in (
            ("plain fit", 1.0),
            ("ITRA-c, independent", 2.0),
            ("ITRA-c, queue", 1.1),
        )
    ]
    case = {"network": "cnn", "rows": 128, "times": times}
    path = tmp_path / "step_time.json"
    path.write_text(json.dumps({"cases": [case]}))
    return tmp_path, path


def test_shares_of_the_gain_and_costs(files, capsys):
    folder, step_time = files
    pairings.main([str(folder), str(step_time), "--out", str(folder)])
    found = json.loads((folder / "pairings.json").read_text())["pairings"]
    assert [p["method"] for p in found] == ["sgd", "itra-c", "itra-c-queue"]
    assert [p["cost"] for p in found] == [1.0, 2.0, 1.1]
    assert found[2]["kept"]["scatter"]["mean"] == pytest.approx(0.5)
    assert "| itra-c-queue | 50 [50, 50] |" in capsys.readouterr().out
    assert (folder / "pairings.png").stat().st_size > 0

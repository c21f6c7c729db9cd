import json

from benchmarks import queue_memory

KEYS = ("accuracy", "cross_entropy", "calibrated_cross_entropy", "scatter")


def test_shares_of_the_gain(tmp_path):
    values = {
        "sgd": [10.0, 20.0, 30.0],
        "itra-c": [8.0, 18.5, 27.5],
        "itra-c-queue-256": [9.0, 19.25, 28.75],
        "itra-c-queue-512": [9.5, 19.625, 29.375],
    }
    methods = {
        method: {"measures": {key: {"values": found} for key in KEYS}}
        for method, found in values.items()
    }
    (tmp_path / "results.json").write_text(json.dumps({"methods": methods}))
    queue_memory.main([str(tmp_path), "--out", str(tmp_path)])
    table = (tmp_path / "shares.md").read_text()
    assert "| itra-c-queue-256 | 50 [50, 50] |" in table
    assert "| itra-c-queue-512 | 25 [25, 25] |" in table
    assert "| itra-c |" not in table

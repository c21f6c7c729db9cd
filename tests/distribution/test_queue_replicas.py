"""A queue on several replicas equals one on one replica."""

import json

import pytest

from tests import fresh_process


@pytest.mark.parametrize(
    "replicas", [pytest.param(2, marks=pytest.mark.slow), 3]
)
def test_replicas_equal_one(replicas):
    printed = fresh_process.run(
        f"from tests.distribution.queue_replicas import main; main({replicas})"
    )
    report = json.loads(printed.splitlines()[-1])
    assert all(found["same memory"] for found in report.values())
    assert len(report) == replicas
    if replicas == 2:
        assert report.pop("gather=False")["twenty steps"] > 1e-3
    for name, found in report.items():
        # The spread of a mini-batch needs no memory.
        assert (2 <= found["warm-up"] < 10) != ("spread" in name), name
        assert found["twenty steps"] < 1e-4, name
        assert found["logs"] < 1e-4, name

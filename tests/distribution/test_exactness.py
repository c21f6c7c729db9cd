"""Training on several replicas is training on one."""

import json

import pytest

from tests.fresh_process import run

SCRIPT = "from tests.distribution.exactness import main; main({})"


@pytest.mark.parametrize(
    "replicas", [2, pytest.param(3, marks=pytest.mark.slow)]
)
def test_weights_and_logs_equal_one_replica(replicas):
    report = json.loads(run(SCRIPT.format(replicas)).splitlines()[-1])
    wrong = {
        (name, key): value
        for name, found in report.items()
        for key, value, tolerance in (
            ("one step", found["one step"], 1e-5),
            ("twenty steps", found["twenty steps"], 1e-4),
            *((log, value, 1e-4) for log, value in found["logs"].items()),
        )
        if not value <= tolerance
    }
    assert report
    assert not wrong

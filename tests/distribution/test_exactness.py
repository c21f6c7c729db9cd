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


BUILT_LATE = """
from tests.distribution.logical_devices import mirrored
from tests.distribution import networks

with mirrored(2).scope():
    model = networks.compiled(networks.Subclass(seed=0, **{}))
model.fit(*networks.draw(), batch_size=8, verbose=0)
print(len(model.trainable_variables))
"""


def test_a_subclass_is_built_in_the_scope_that_it_was_made_in():
    queue = {"pairing": "queue", "memory_size": 4}
    assert run(BUILT_LATE.format(queue)).split()[-1] == "4"

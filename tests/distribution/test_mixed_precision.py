"""Half precision computes the gradients of float32, on two replicas too."""

import json

import pytest

from tests.fresh_process import run

SCRIPT = """
import json
from tests.distribution.gradients import *
from tests.distribution.logical_devices import mirrored
from tests.distribution.networks import draw

strategy = mirrored(2)
_, expected = loss_and_gradients(model_of(None), draw())
report = {}
for policy in ("mixed_float16", "mixed_bfloat16"):
    for name, scope in (("one", None), ("two", strategy)):
        model = model_of(scope, policy)
        assert model.feature_model.compute_dtype != "float32"
        found = loss_and_gradients(model, draw(), scope)[1]
        report[f"{policy}, {name}"] = difference(found, expected)
print(json.dumps(report))
"""


@pytest.fixture(scope="module")
def report():
    return json.loads(run(SCRIPT).splitlines()[-1])


def test_gradients_are_those_of_float32(report):
    for name, tolerance in (("mixed_float16", 4e-3), ("mixed_bfloat16", 3e-2)):
        for replicas in ("one", "two"):
            found = report[f"{name}, {replicas}"]
            # 0 would mean that nothing was rounded: no half precision.
            assert 1e-6 < found < tolerance, (name, replicas)

"""`ITRAModel` trains alike on every backend of Keras."""

import importlib.util
import json

import numpy as np
import pytest

from tests import fresh_process

# Once is enough: it starts the other backends itself.
pytestmark = pytest.mark.tensorflow

SCRIPT = """
import os, sys
from pathlib import Path
os.environ["KERAS_BACKEND"] = sys.argv[1]
from tests.backends.training import main
main(Path(sys.argv[2]))
"""


def report(backend, folder):
    output = fresh_process.run(SCRIPT, backend, folder, timeout=400)
    return json.loads(output.splitlines()[-1])


def test_logs_are_those_of_tensorflow(tmp_path):
    """TensorFlow saves models too, which the others load."""
    expected = report("tensorflow", tmp_path)
    for backend in ("jax", "torch"):
        if importlib.util.find_spec(backend) is not None:
            assert_same_logs(report(backend, tmp_path), expected)


def assert_same_logs(found, expected):
    assert found.keys() == expected.keys()
    for case, logs in expected.items():
        assert found[case].keys() == logs.keys()
        assert max(logs["alignment"]) > 1e-2
        for name, log in logs.items():
            np.testing.assert_allclose(
                found[case][name],
                log,
                rtol=1e-5,
                atol=1e-7,
                err_msg=f"{case}: {name}",
            )

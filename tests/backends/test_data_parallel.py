"""On two devices of JAX, training is what it is on one."""

import json

import pytest

from tests import fresh_process

# Once is enough: it starts JAX itself.
pytestmark = pytest.mark.tensorflow

SCRIPT = """
import os
os.environ["KERAS_BACKEND"] = "jax"
from tests.backends.data_parallel import main
main()
"""


def test_two_devices_equal_one():
    output = fresh_process.run(SCRIPT, timeout=400)
    found = json.loads(output.splitlines()[-1])
    assert max(found["differences"].values()) < 1e-5
    # Keras hands every device the same number of rows, or fails.
    assert "divide" in found["refused"]

"""Random small configurations equal one replica; `make fuzz` tries more."""

import re

import pytest

from tests.fresh_process import run

SCRIPT = "from tests.distribution.fuzz import main; main(['--count', '24'])"


@pytest.mark.slow
def test_random_configurations_equal_one_replica():
    printed = run(SCRIPT)
    assert "24 configurations, 0 failures" in printed
    tried = set(re.findall(r"(\S+)\s+(\d) replicas ", printed))
    policies = ("float32", "mixed_float16", "mixed_bfloat16")
    assert tried == {(policy, n) for policy in policies for n in "123"}
    assert re.search(r"[1-9]\d* with fewer pairs than replicas", printed)

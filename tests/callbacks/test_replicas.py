"""Interrupted runs on several replicas, in a process of their own."""

from tests.fresh_process import run

SCRIPT = """
import pathlib, sys
from tests.callbacks.replicas import main
main(pathlib.Path(sys.argv[1]))
"""


def test_two_replicas_resume_exactly(tmp_path):
    printed = run(SCRIPT, tmp_path).splitlines()
    assert printed == ["True True"]


def test_monitors_see_the_features_of_two_replicas(tmp_path):
    script = SCRIPT.replace(
        "callbacks.replicas", "callbacks.monitored_replicas"
    )
    assert run(script, tmp_path).splitlines() == ["True True"]

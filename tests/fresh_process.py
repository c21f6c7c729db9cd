"""Runs code as a user would after closing the session that saved a model."""

import pathlib
import subprocess
import sys

_ROOT = pathlib.Path(__file__).parents[1]


def run(script, *arguments, timeout=300):
    """What a script prints in a new interpreter; its failure fails."""
    done = subprocess.run(
        [sys.executable, "-c", script, *map(str, arguments)],
        cwd=_ROOT,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout

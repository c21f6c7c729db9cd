"""Every example runs, shortened, and says what it promises."""

import functools
import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[1] / "examples"
# As in pyproject.toml.
WARNINGS = (
    "error",
    "ignore:__array__ implementation doesn't accept a copy keyword"
    ":DeprecationWarning",
)
# Run by tests/distribution/test_multi_worker_lost.py.
ELSEWHERE = {"multi_worker"}
SAID = {
    "quickstart": ["plain SGD test accuracy", "ITRA-c", "saved_model.pb"],
    "subclass": ["bandwidth", "loaded width: 48"],
    "compiled_loss": ["[2. 0. 2. 0. 2. 0.]", "alignment"],
    "regularizer_layer": ["in inference: []", "test accuracy"],
    "text_kerashub": ["aligned feature: (None, 32)", "alignment_weight"],
}


@functools.cache
def run(*command):
    """Runs Python on a command in a fresh process, warnings as errors."""
    options = [part for text in WARNINGS for part in ("-W", text)]
    return subprocess.run(
        [sys.executable, *options, *command],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**os.environ, "KERAS_BACKEND": "tensorflow"},
    )


def test_every_example_is_tested_and_listed():
    names = {path.stem for path in EXAMPLES.glob("*.py")}
    listing = (EXAMPLES / "README.md").read_text()
    assert names == set(SAID) | ELSEWHERE
    assert all(f"[{name}.py]({name}.py)" in listing for name in names)


@pytest.mark.parametrize("name", SAID)
def test_example(name):
    if name == "text_kerashub" and not importlib.util.find_spec("keras_hub"):
        pytest.skip("needs the extra 'text'")
    done = run(EXAMPLES / f"{name}.py", "--epochs", "1")
    assert done.returncode == 0, done.stderr
    missing = [words for words in SAID[name] if words not in done.stdout]
    assert not missing, done.stdout


def test_the_text_example_names_the_extra_that_is_missing():
    done = run(
        "-c",
        "import runpy, sys; sys.modules['keras_hub'] = None; "
        f"runpy.run_path({str(EXAMPLES / 'text_kerashub.py')!r})",
    )
    assert done.returncode == 1
    assert 'pip install "keras-itra[text]"' in done.stderr
    assert "Traceback" not in done.stderr


def test_the_reloaded_quickstart_model_predicts_the_same():
    done = run(EXAMPLES / "quickstart.py", "--epochs", "1")
    difference = done.stdout.split("differ by ")[1].split()[0]
    assert float(difference) < 1e-6

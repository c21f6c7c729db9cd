"""Every example runs, shortened, and says what it promises."""

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
# KerasTuner names threads as Python did before 3.10.
TUNER_WARNINGS = (
    "ignore:currentThread() is deprecated:DeprecationWarning",
    "ignore:getName() is deprecated:DeprecationWarning",
)
# What shortens an example more than one epoch.
SHORTENED = {
    "image": ["--data", "digits", "--train-size", "200"],
    "search_kerastuner": ["--trials", "2"],
}
# The module without which it cannot run, and its extra.
NEEDS = {
    "text_kerashub": ("keras_hub", "text"),
    "search_kerastuner": ("keras_tuner", "search"),
}
SAID = {
    "image": ["before the temperature", "after the", "image.keras"],
    "multi_device": ["2 device(s)", "1 device(s)"],
    "search_kerastuner": ["'weight': ", "best: test cross-entropy"],
    "transfer": ["frozen, plain", "fine-tuned, ITRA-c"],
    "quickstart": ["plain SGD test accuracy", "ITRA-c", "saved_model.pb"],
    "subclass": ["bandwidth", "loaded width: 48"],
    "compiled_loss": ["[2. 0. 2. 0. 2. 0.]", "alignment"],
    "regularizer_layer": ["in inference: []", "test accuracy"],
    "text_kerashub": ["aligned feature: (None, 32)", "alignment_weight"],
}
# The words before a difference, and how small it must be.
ALIKE = {
    "multi_device": ("their weights: ", 1e-5),
    "quickstart": ("differ by ", 1e-6),
}


def run(*command, warnings=WARNINGS):
    """Runs Python on a command in a fresh process, warnings as errors."""
    options = [part for text in warnings for part in ("-W", text)]
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


def shortened(name, folder):
    """The example with arguments that make it short."""
    options = SHORTENED.get(name, [])
    if name == "image":
        options = [*options, "--out", str(folder)]
    tuner = TUNER_WARNINGS if name == "search_kerastuner" else ()
    return run(
        EXAMPLES / f"{name}.py",
        "--epochs",
        "1",
        *options,
        warnings=WARNINGS + tuner,
    )


@pytest.mark.parametrize("name", SAID)
def test_example(name, tmp_path):
    module, extra = NEEDS.get(name, ("keras", None))
    if not importlib.util.find_spec(module):
        pytest.skip(f"needs the extra {extra!r}")
    done = shortened(name, tmp_path)
    assert done.returncode == 0, done.stderr
    missing = [words for words in SAID[name] if words not in done.stdout]
    assert not missing, done.stdout
    if name in ALIKE:
        words, tolerance = ALIKE[name]
        assert float(done.stdout.split(words)[1].split()[0]) < tolerance


def test_the_text_example_names_the_extra_that_is_missing():
    done = run(
        "-c",
        "import runpy, sys; sys.modules['keras_hub'] = None; "
        f"runpy.run_path({str(EXAMPLES / 'text_kerashub.py')!r})",
    )
    assert done.returncode == 1
    assert 'pip install "keras-itra[text]"' in done.stderr
    assert "Traceback" not in done.stderr


def test_the_image_example_says_how_to_get_the_data(tmp_path, monkeypatch):
    for name in ("KERAS_ITRA_DATA", "KERAS_HOME", "HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    done = run(EXAMPLES / "image.py", "--out", tmp_path)
    assert done.returncode == 1
    assert "keras-itra fetch fashion-mnist" in done.stderr
    assert "Traceback" not in done.stderr

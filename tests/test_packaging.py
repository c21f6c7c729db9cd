"""What an installed copy of the package promises."""

import importlib.metadata
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement

import keras_itra.version

ROOT = Path(__file__).resolve().parents[1]
OPTIONAL = ("matplotlib", "rich", "scipy", "sklearn", "tensorflow_datasets")
HARNESS = ("cli", "datasets", "experiments", "plots")


#: Prints what importing the package adds to Keras, whether that loads
#: TensorFlow, and a discrepancy.
SCRIPT = """
import json, sys
import keras
of_keras = set(sys.modules)
import keras_itra
added = sorted(set(sys.modules) - of_keras)
tensorflow = "tensorflow" in sys.modules
import numpy
x = numpy.arange(6.0).reshape(3, 2)
value = float(keras_itra.discrepancies.mmd(x, x + 1.0))
print(json.dumps([added, tensorflow, value]))
"""


@pytest.fixture(scope="module")
def imported():
    """What the script prints under two backends, each in a fresh process."""
    found = {}
    for backend in ("tensorflow", "jax"):
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT],
            env=os.environ | {"KERAS_BACKEND": backend},
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        found[backend] = json.loads(done.stdout)
    return found


def test_the_version_is_that_of_the_metadata():
    version = importlib.metadata.version("keras-itra")
    assert version == keras_itra.version.__version__ == keras_itra.__version__


def test_requirements_have_lower_bounds_only():
    requirements = [
        Requirement(text)
        for text in importlib.metadata.requires("keras-itra")
        if not text.startswith("keras-itra[")
    ]
    core = {item.name for item in requirements if item.marker is None}
    assert core == {"keras", "numpy", "tensorflow"}
    for item in requirements:
        assert [bound.operator for bound in item.specifier] == [">="], item


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel"]
    subprocess.run(
        [*build, "-d", str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
        timeout=120,
    )
    (path,) = folder.glob("keras_itra-*.whl")
    with zipfile.ZipFile(path) as archive:
        yield set(archive.namelist())


def test_the_wheel_holds_every_module_and_the_type_marker(wheel):
    modules = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "keras_itra").rglob("*.py")
    }
    assert modules <= wheel
    assert "keras_itra/py.typed" in wheel


def test_the_wheel_holds_the_package_alone(wheel):
    assert {name.split("/")[0].split("-")[0] for name in wheel} == {
        "keras_itra"
    }


def test_importing_pulls_in_no_harness_and_no_optional_library(imported):
    added = set(imported["tensorflow"][0])
    assert "keras_itra" in added
    assert not added & set(OPTIONAL)
    assert not added & {f"keras_itra.{name}" for name in HARNESS}


def test_another_backend_needs_no_tensorflow_and_computes_the_same(imported):
    added, tensorflow, value = imported["jax"]
    assert "keras_itra" in added
    assert not tensorflow
    assert value > 0
    assert value == pytest.approx(imported["tensorflow"][2], rel=1e-5)

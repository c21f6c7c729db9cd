"""What an installed copy of the package promises."""

import importlib.metadata
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


def run_python(code, **environment):
    """Runs code in a fresh process and returns what it printed."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def modules_after(code, **environment):
    """The names of all modules loaded once code has run."""
    return set(
        run_python(
            f"{code}\nimport sys\nprint(*sys.modules, sep='\\n')",
            **environment,
        ).split()
    )


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


def test_importing_pulls_in_no_harness_and_no_optional_library():
    loaded = modules_after("import keras_itra")
    added = loaded - modules_after("import keras")
    assert "keras_itra" in added
    assert not added & set(OPTIONAL)
    assert not added & {f"keras_itra.{name}" for name in HARNESS}


def test_importing_works_under_another_backend_without_tensorflow():
    loaded = modules_after("import keras_itra", KERAS_BACKEND="jax")
    assert "keras_itra" in loaded
    assert "tensorflow" not in loaded


def test_the_mathematics_is_the_same_under_another_backend():
    code = (
        "import numpy, keras_itra\n"
        "x = numpy.arange(6.0).reshape(3, 2)\n"
        "print(float(keras_itra.discrepancies.mmd(x, x + 1.0)))"
    )
    under_jax = float(run_python(code, KERAS_BACKEND="jax"))
    under_tensorflow = float(run_python(code, KERAS_BACKEND="tensorflow"))
    assert under_jax > 0
    assert under_jax == pytest.approx(under_tensorflow, rel=1e-5)

"""What an installed copy of the package promises."""

import importlib.metadata
import json
import os
import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement

import keras_itra.version

ROOT = Path(__file__).resolve().parents[1]
OPTIONAL = (
    "jinja2",
    "keras_hub",
    "keras_tuner",
    "matplotlib",
    "rich",
    "scipy",
    "sklearn",
    "tensorflow_datasets",
)
HARNESS = ("cli", "datasets", "experiments", "networks", "plots", "reports")
#: Processor time that the package may add to the import of Keras. It was
#: 0.1 to 0.3 s when this was written.
IMPORT_SECONDS = 0.5


#: Prints what importing the package adds to Keras, whether that loads
#: TensorFlow, and a discrepancy.
SCRIPT = """
import json, sys, time
import keras
of_keras = set(sys.modules)
start = time.process_time()  # which other processes do not lengthen
import keras_itra
seconds = time.process_time() - start
added = sorted(set(sys.modules) - of_keras)
tensorflow = "tensorflow" in sys.modules
import numpy
x = numpy.arange(6.0).reshape(3, 2)
value = float(keras_itra.discrepancies.mmd(x, x + 1.0))
print(json.dumps([added, tensorflow, value, seconds]))
"""


def run_script(backend, python=sys.executable, **options):
    """What the script prints in a fresh process."""
    done = subprocess.run(
        [python, "-c", SCRIPT],
        env=os.environ | {"KERAS_BACKEND": backend},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        **options,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def imported():
    """What the script prints under two backends."""
    return {backend: run_script(backend) for backend in ("tensorflow", "jax")}


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
def built(tmp_path_factory):
    """The wheel and the source archive."""
    folder = tmp_path_factory.mktemp("dist")
    build = [sys.executable, "-m", "hatchling", "build", "-d", str(folder)]
    subprocess.run(
        build, cwd=ROOT, check=True, capture_output=True, timeout=120
    )
    (wheel,) = folder.glob("keras_itra-*.whl")
    (sdist,) = folder.glob("keras_itra-*.tar.gz")
    return wheel, sdist


@pytest.fixture(scope="module")
def wheel(built):
    with zipfile.ZipFile(built[0]) as archive:
        return set(archive.namelist())


@pytest.fixture(scope="module")
def sdist(built):
    with tarfile.open(built[1]) as archive:
        return {name.partition("/")[2] for name in archive.getnames()}


def package_files():
    """Modules, templates and the type marker, as paths in the repository."""
    return {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "keras_itra").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def test_the_wheel_holds_every_file_of_the_package(wheel):
    assert package_files() <= wheel
    assert "keras_itra/py.typed" in wheel


def test_the_wheel_holds_the_templates_of_the_reports(wheel):
    templates = "keras_itra/reports/templates"
    assert {f"{templates}/page.html", f"{templates}/style.css"} <= wheel


def test_the_wheel_holds_the_package_alone(wheel):
    assert {name.split("/")[0].split("-")[0] for name in wheel} == {
        "keras_itra"
    }


def test_the_source_archive_holds_what_the_tests_need(sdist):
    assert package_files() <= sdist
    files = {
        "LICENSE",
        "Makefile",
        "README.md",
        "docs/index.md",
        "examples/quickstart.py",
        "mkdocs.yml",
        "pyproject.toml",
        "tests/conftest.py",
    }
    assert files <= sdist
    written = {"build", "dist", "site"}
    assert not written & {name.partition("/")[0] for name in sdist}


def test_a_registry_would_take_both(built):
    check = [sys.executable, "-m", "twine", "check", "--strict", *built]
    done = subprocess.run(
        check, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout
    assert done.stdout.count("PASSED") == 2


# Installs Keras and TensorFlow.
@pytest.mark.slow
def test_it_works_without_extras_in_a_clean_environment(built, tmp_path):
    venv.create(tmp_path / "env", with_pip=True)
    python = tmp_path / "env" / "bin" / "python"
    subprocess.run(
        [python, "-m", "pip", "install", "--quiet", built[0]],
        check=True,
        timeout=1200,
    )
    added, _, value, _ = run_script("tensorflow", python, cwd=tmp_path)
    assert "keras_itra" in added
    assert value > 0
    # What needs an extra says which.
    draw = (
        "from keras_itra import plots; "
        "plots.feature_map({'a': ([[0, 1], [1, 0], [1, 1]], [0, 1, 1])})"
    )
    done = subprocess.run(
        [python, "-c", draw],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert 'pip install "keras-itra[plots]"' in done.stderr


def test_importing_is_quick(imported):
    # What else the machine does can only add to it.
    seconds = [imported["tensorflow"][3], run_script("tensorflow")[3]]
    assert min(seconds) < IMPORT_SECONDS


def test_importing_pulls_in_no_harness_and_no_optional_library(imported):
    added = set(imported["tensorflow"][0])
    assert "keras_itra" in added
    assert not added & set(OPTIONAL)
    assert not added & {f"keras_itra.{name}" for name in HARNESS}


def test_another_backend_needs_no_tensorflow_and_computes_the_same(imported):
    added, tensorflow, value, _ = imported["jax"]
    assert "keras_itra" in added
    assert not tensorflow
    assert value > 0
    assert value == pytest.approx(imported["tensorflow"][2], rel=1e-5)

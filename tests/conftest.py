"""Every test starts from the same seeds, float32 and a quiet TensorFlow."""

import functools
import os

# Read when TensorFlow and matplotlib are first imported.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["MPLBACKEND"] = "Agg"

import hypothesis
import keras
import pytest

# Fixed examples, so that a failure is seen again; "thorough" looks for new
# ones: pytest --hypothesis-profile=thorough. Tensors are slow to draw.
hypothesis.settings.register_profile(
    "fixed",
    deadline=None,
    derandomize=True,
    max_examples=25,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.register_profile(
    "thorough",
    parent=hypothesis.settings.get_profile("fixed"),
    derandomize=False,
    max_examples=500,
)
hypothesis.settings.load_profile("fixed")


def pytest_collection_modifyitems(items):
    """Leaves out what needs TensorFlow where another backend computes."""
    backend = keras.backend.backend()
    if backend == "tensorflow":
        return
    skip = pytest.mark.skip(reason=f"needs TensorFlow, not {backend}")
    for item in items:
        if item.get_closest_marker("tensorflow"):
            item.add_marker(skip)


@pytest.fixture(autouse=True)
def _same_start():
    """Makes a test independent of those that ran before it."""
    keras.config.set_dtype_policy("float32")
    keras.utils.set_random_seed(0)


@pytest.fixture
def eager(monkeypatch):
    """Models that the package compiles train eagerly.

    To trace the steps of a short run would take longer than the run.
    """
    compiled = functools.partialmethod(keras.Model.compile, run_eagerly=True)
    monkeypatch.setattr(keras.Model, "compile", compiled)


@pytest.fixture(autouse=True, scope="module")
def _free_session():
    """Drops Keras's global state (layer names, graphs) after each file."""
    yield
    keras.backend.clear_session()

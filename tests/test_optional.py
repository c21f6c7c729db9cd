"""Optional modules: found, missing, broken."""

import math
import sys

import pytest

from keras_itra._optional import require_module


def test_returns_the_module():
    assert require_module("math", extra="plots") is math
    assert require_module("os.path", extra="plots").basename("a/b") == "b"


def test_missing_package_names_the_extra():
    with pytest.raises(ImportError, match=r'"keras-itra\[plots\]"') as caught:
        require_module("no_such_package.part", extra="plots")
    assert caught.value.name == "no_such_package"


def test_broken_package_keeps_its_own_error(tmp_path, monkeypatch):
    (tmp_path / "broken_package.py").write_text("import no_such_package\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModuleNotFoundError, match="no_such_package") as caught:
        require_module("broken_package", extra="plots")
    assert "keras-itra[" not in str(caught.value)
    assert "broken_package" not in sys.modules

"""Imports of packages that the core does not need."""

from __future__ import annotations

import importlib
from types import ModuleType


def require_module(module: str, extra: str) -> ModuleType:
    """Imports an optional module, or says which extra provides it.

    Args:
        module: Full name of the module, for example `"scipy.optimize"`.
        extra: The extra of `keras-itra` that installs it.

    Returns:
        The imported module.

    Raises:
        ImportError: If the package of `module` is not installed.
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        package = module.partition(".")[0]
        if error.name is None or error.name.partition(".")[0] != package:
            raise  # installed, but broken: its own message is the useful one
        raise ImportError(
            f"This needs the package {package!r}, which is not installed. "
            f'Install it with: pip install "keras-itra[{extra}]"',
            name=package,
        ) from error

"""Objects that Keras can serialize by their constructor arguments."""

from typing import Any, Self


class Configurable:
    """Rebuilt by `cls(**config)`."""

    def get_config(self) -> dict[str, Any]:
        """Arguments that rebuild this object."""
        return {}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        """Rebuild an object from `get_config`."""
        return cls(**config)

"""Lets the reference show what packages import of their modules."""

from collections.abc import Iterator
from typing import Any

import griffe


class Reexports(griffe.Extension):
    """What a package exports is documented as part of it.

    Griffe alone leaves out what a package without `__all__` imports `as`
    itself, and takes `data.pair_batches` for the module of that name and not
    for the function.
    """

    def on_package(self, *, pkg: griffe.Module, **kwargs: Any) -> None:
        """Correct all packages inside a package."""
        packages = [p for p in modules(pkg) if p.is_init_module]
        hidden = []
        for package in packages:
            if package.exports is None:
                package.exports = imported(package)
            for name in map(str, package.exports):
                module = package.modules.get(name)
                if module and name in module.members:
                    hidden.append((package, name, module[name]))
                elif not module and package.members[name].is_alias:
                    # Now, while all modules can be found by their path.
                    package.members[name].resolve_target()
        for package, name, found in hidden:
            package.set_member(name, griffe.Alias(name, found, parent=package))


def modules(pkg: griffe.Module) -> Iterator[griffe.Module]:
    """A package and all modules below it."""
    yield pkg
    for module in pkg.modules.values():
        if not module.is_alias:
            yield from modules(module)


def imported(package: griffe.Module) -> list[str]:
    """Names that a package imports of its own modules."""
    return [
        name
        for name, member in package.members.items()
        if member.is_alias and member.target_path.startswith(f"{package.path}.")
    ]

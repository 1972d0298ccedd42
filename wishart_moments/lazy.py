"""Names of a package that are loaded at first use, so that importing the package stays cheap."""

import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


def loader(package: str, homes: Mapping[str, str], before: Callable[[], None] | None = None) -> Callable[[str], Any]:
    """Return the `__getattr__` of a package.

    Args:
        package: its name.
        homes: {name: the module inside the package that holds it}; "" for a module of that name.
        before: is called before anything is loaded; it may raise what is missing.

    Example:
        >>> loader("wishart_moments", {"LimitError": "errors"})("LimitError").__name__
        'LimitError'
    """

    def load(name: str) -> Any:
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        if before is not None:
            before()
        home = homes[name]
        value: Any = import_module(f"{package}.{home or name}")
        if home:
            value = getattr(value, name)
        setattr(sys.modules[package], name, value)
        return value

    return load

"""Names of a package that are loaded at first use, so that importing the package stays cheap."""

import ast
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


def exports(package: str, before: Callable[[], None] | None = None) -> Callable[[str], Any]:
    """Return the `__getattr__` of a package whose names stand in its `if TYPE_CHECKING:` block, as "name as name".

    They are told there once: `__all__` and `__dir__` are made of them.

    Args:
        package: its name.
        before: as `loader` takes it.
    """
    module = sys.modules[package]
    found: Any = module.__spec__
    blocks = [each for each in ast.parse(found.loader.get_source(package)).body if isinstance(each, ast.If)]
    imports = [each for block in blocks for each in block.body if isinstance(each, ast.ImportFrom)]
    homes = {name.name: str(each.module)[len(package) + 1 :] for each in imports for name in each.names}
    names = sorted(homes)
    vars(module).update(__all__=names, __dir__=lambda: names)
    return loader(package, homes, before)

"""Records on the disk: JSON objects, whole or refused by name."""

import json
import re
from math import isfinite
from pathlib import Path
from typing import Any, cast

from wishart_moments.errors import DomainError

_LEFT_OVER = re.compile(r"\.[0-9a-f]{16}\.tmp")


def is_left_over(path: Path) -> bool:
    """Return whether the name is one that `write_atomically` uses: a killed process may leave such a file.

    Example:
        >>> is_left_over(Path(".0123456789abcdef.tmp")), is_left_over(Path("config.json"))
        (True, False)
    """
    return _LEFT_OVER.fullmatch(path.name) is not None


def read_object(path: Path, advice: str = "give another folder") -> dict[str, Any] | None:
    """Return the JSON object in a file, None if there is no file.

    Raises:
        DomainError: for a file that cannot be read or holds no object; it ends in the advice.

    Example:
        >>> read_object(Path("there-is-no-such-file")) is None
        True
    """
    try:
        found: Any = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError):
        found = None
    if not isinstance(found, dict):
        raise DomainError(f"need a JSON object, got a damaged {str(path)!r}; {advice}")
    return cast("dict[str, Any]", found)


def as_json(document: Any, indent: int | None = None) -> str:
    """Return the document with null for numbers that are not finite: JSON has none.

    Example:
        >>> as_json({"loss": float("nan"), "step": 3})
        '{"loss": null, "step": 3}'
    """
    return json.dumps(_plain(document), indent=indent, ensure_ascii=False, allow_nan=False)


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return value if isfinite(value) else None
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in cast("dict[str, Any]", value).items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in cast("list[Any]", value)]
    return value

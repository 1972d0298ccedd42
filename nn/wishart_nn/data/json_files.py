"""Records on the disk: JSON objects, whole or refused by name; CSV of rows."""

import json
import re
from collections.abc import Mapping, Sequence
from math import isfinite
from pathlib import Path
from typing import Any, cast

from wishart_moments.errors import DomainError
from wishart_moments.files import write_atomically
from wishart_nn.data.files import refused

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


def read_log(path: Path, contents: bytes | None = None, *, growing: bool = False) -> list[dict[str, Any]]:
    r"""Return the records of a log: a JSON object with an "event" in every line; none where there is no file.

    Args:
        path: of the log.
        contents: of the file, where they are known.
        growing: leave out a last line that is none, which is being written or was when its process died.

    Raises:
        DomainError: for a file that cannot be read, and for a line that is no record.

    Example:
        >>> read_log(Path("log.jsonl"), b'{"event": "start"}\n1\n')
        Traceback (most recent call last):
        wishart_moments.errors.DomainError: need a record in every line of 'log.jsonl', got another in line 2
    """
    try:
        lines = (path.read_bytes() if contents is None else contents).splitlines()
    except FileNotFoundError:
        return []
    except OSError as error:
        raise refused(f"read {str(path)!r}", error) from None
    found: list[dict[str, Any]] = []
    for place, line in enumerate(lines, 1):
        try:
            record: Any = json.loads(line)
        except ValueError:
            record = None
        if isinstance(record, dict) and "event" in record:
            found.append(cast("dict[str, Any]", record))
        elif not (growing and place == len(lines)):
            raise DomainError(f"need a record in every line of {str(path)!r}, got another in line {place}")
    return found


def as_json(document: Any, indent: int | None = None) -> str:
    """Return the document with null for numbers that are not finite: JSON has none.

    Example:
        >>> as_json({"loss": float("nan"), "step": 3})
        '{"loss": null, "step": 3}'
    """
    return json.dumps(_plain(document), indent=indent, ensure_ascii=False, allow_nan=False)


def write_object(path: Path, document: Mapping[str, Any]) -> None:
    """Write a JSON file in place of the last one, whole or not at all."""
    write_atomically(path, as_json(document, indent=1) + "\n", overwrite=True)


def csv_text(rows: Sequence[Mapping[str, Any]]) -> str:
    r"""Return rows as CSV; the columns are those of any row, in the order in which they first appear.

    Example:
        >>> csv_text([{"m": 2, "n": 3}, {"m": 4, "sigma": None}])
        'm,n,sigma\n2,3,\n4,,\n'
    """
    from wishart_moments.notation.tables import csv_lines  # with FLINT behind it

    heads = list(dict.fromkeys(name for row in rows for name in row))
    return csv_lines([heads, *([row.get(name) for name in heads] for row in rows)]) + "\n"


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return value if isfinite(value) else None
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in cast("dict[str, Any]", value).items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in cast("list[Any]", value)]
    return value

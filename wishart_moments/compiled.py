"""Loops that numba compiles where it is installed, and that Python runs otherwise: the same results, later."""

from collections.abc import Callable
from functools import cache
from importlib.util import find_spec
from typing import Any

EXTRA = "wishart-trace-moments[compiled]"
"""What to install for numba."""


@cache
def available() -> bool:
    """Return whether numba is installed.

    Example:
        >>> available() in (True, False)
        True
    """
    return find_spec("numba") is not None


def compiled(function: Callable[..., Any], **options: Any) -> Callable[..., Any]:
    """Return the function compiled by numba, without the interpreter's lock and kept on disk; as it is without numba.

    Importing numba takes half a second: call this where the function is used, not where it is defined.

    Args:
        function: a function of arrays and numbers in numba's part of Python.
        **options: further options of numba.njit.

    Returns:
        A function with the same results.
    """
    if not available():
        return function
    from numba import njit

    return njit(nogil=True, cache=True, **options)(function)

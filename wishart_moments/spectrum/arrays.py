"""Arrays of numbers as arguments: what is admitted, once."""

from typing import Any

import numpy as np

from wishart_moments.domain import shown
from wishart_moments.errors import DomainError


def number_array(x: Any, name: str, kind: type = float) -> Any:
    """Return a number or an array of numbers as a float64 (or, for kind complex, complex128) array.

    Raises:
        DomainError: for anything else; for complex numbers where real ones are wanted.

    Example:
        >>> number_array([1, 2.5], "x")
        array([1. , 2.5])
        >>> number_array(1j, "x")
        Traceback (most recent call last):
        wishart_moments.errors.DomainError: need x a real number or an array of them, got 1j
    """
    word = "real number or an array of them" if kind is float else "number or an array of numbers"
    try:
        with np.errstate(over="ignore", invalid="ignore"):
            given: Any = np.asarray(x)
            if given.dtype.kind in ("biuf" if kind is float else "biufc"):
                return given.astype(kind)
            if given.dtype.kind == "O":  # exact numbers, each converted by itself
                return np.vectorize(kind, otypes=[kind])(given) if given.size else given.astype(kind)
    except (TypeError, ValueError, OverflowError):
        pass
    raise DomainError(f"need {name} a {word}, got {shown(x)}")

"""The door of the generated functions: every argument is made fit for arithmetic, or refused.

This file is also copied into the generated package, which imports the standard library and itself only;
arrays and tensors are therefore recognised by what they can do.
"""

from fractions import Fraction
from math import isfinite
from operator import index
from typing import Any


def numbers(**arguments: Any) -> list[Any]:
    """Return the arguments, all of them exact or all of them in floating point.

    Integers of fixed width wrap silently when they overflow: integer arrays become arrays of Python integers,
    and integer tensors become float64. As soon as one argument is in floating point, all are. Arrays and
    tensors of floats are not inspected element by element.

    Raises:
        ValueError: if an argument is no number, a bool, complex, or a scalar that is not finite.
    """
    kinds = {name: _kind(name, value) for name, value in arguments.items()}
    found = set(kinds.values())
    if "tensor" in found and found & {"integer array", "exact array", "float array"}:
        raise ValueError("need arrays or tensors, got both; write torch.as_tensor(array) for the arrays")
    if found <= {"exact", "integer array", "exact array"}:
        return [value.astype(object) if kinds[name] == "integer array" else value for name, value in arguments.items()]
    return [_floating(name, value, kinds[name]) for name, value in arguments.items()]


def is_exact(value: Any) -> bool:
    """Return whether arithmetic with a value that came through the door is exact."""
    return isinstance(value, int | Fraction) or getattr(getattr(value, "dtype", None), "kind", "") == "O"


def constant(value: int, like: Any) -> int | float:
    """Return an integer of more than 63 bits as it is, or as a float where tensors could not hold it."""
    return value if is_exact(like) else float(value)


def quotient(numerator: Any, denominator: Any) -> Any:
    """Return the quotient; exact operands give fractions."""
    if is_exact(numerator) and is_exact(denominator):
        return numerator * Fraction(1) / denominator
    return numerator / denominator


def checked_order(name: str, value: Any, smallest: int, largest: int) -> int:
    """Return an order as an int.

    Raises:
        ValueError: if it is not an integer in the range.
    """
    try:
        integer = smallest - 1 if isinstance(value, bool) else index(value)
    except TypeError:
        integer = smallest - 1
    if not smallest <= integer <= largest:
        raise ValueError(f"need an integer {name} from {smallest} to {largest}, got {value!r}")
    return integer


def need_sign(positive: bool, **arguments: Any) -> None:
    """Refuse scalars that are negative or, where they must be positive, 0."""
    for name, value in arguments.items():
        if isinstance(value, int | float | Fraction) and (value < 0 or (positive and value == 0)):
            raise ValueError(f"need {name} {'>' if positive else '>='} 0, got {value}")


def checked_parts(parts: Any, largest: int) -> tuple[int, ...]:
    """Return a partition as integers in falling order.

    Raises:
        ValueError: if the parts are not integers >= 1 with a sum of at most `largest`.
    """
    try:
        listed = list(parts)
    except TypeError:
        listed = []
    label = sorted((checked_order("part", part, 1, largest) for part in listed), reverse=True)
    if not 1 <= sum(label) <= largest:
        raise ValueError(f"need parts, such as (2, 1), with a sum from 1 to {largest}, got {str(parts)[:40]}")
    return tuple(label)


def checked_power_sums(values: Any, k: int) -> dict[str, Any]:
    """Return the first k power sums by their names.

    Raises:
        ValueError: if there are fewer.
    """
    try:
        listed = list(values)
    except TypeError:
        listed = []
    if len(listed) < k:
        raise ValueError(f"need the power sums p = [p_1, ..., p_{k}], {k} numbers, got {len(listed)}")
    return {f"p_{j}": value for j, value in enumerate(listed[:k], 1)}


def sums_of_powers(eigenvalues: Any, k: int, *, inverse: bool) -> list[Any]:
    """Return the sums of the powers 1..k of the eigenvalues, or of their inverses.

    Raises:
        ValueError: if an eigenvalue is no number, or a scalar that is negative or, for the inverse, 0; if a power of
            a float exceeds the range of floats.
    """
    try:
        listed = list(eigenvalues)
    except TypeError:
        listed = []
    if not listed:
        raise ValueError("need the eigenvalues of Sigma, such as [1, 2, 3], got none")
    names = [f"eigenvalue_{i}" for i in range(1, len(listed) + 1)]
    values = numbers(**dict(zip(names, listed, strict=True)))
    need_sign(inverse, **dict(zip(names, values, strict=True)))
    if inverse:
        values = [quotient(1, value) for value in values]
    try:
        return [sum(value**j for value in values) for j in range(1, k + 1)]
    except OverflowError:
        raise ValueError("need power sums within the range of floats, or exact eigenvalues") from None


def need_finite(k: int, m: Any, n: Any, numerator: int, denominator: int) -> None:
    """Refuse inverse moments of degree k unless n - m + 1 > a k, a = numerator/denominator: they are infinite.

    Raises:
        ValueError: stating the condition and, where m is an integer, the smallest n.
    """
    holds = denominator * (n - m + 1) > numerator * k
    if holds.all() if hasattr(holds, "all") else holds:
        return
    bound = Fraction(numerator * k, denominator)
    if not (isinstance(m, int | float | Fraction) and isinstance(n, int | float | Fraction)):
        raise ValueError(f"need n - m + 1 > {bound} everywhere, for finite inverse moments of degree {k}")
    smallest = f"; the smallest n is {m + bound.__floor__()}" if isinstance(m, int) else ""
    raise ValueError(
        f"need n - m + 1 > {bound} for finite inverse moments of degree {k}, got m = {m}, n = {n}{smallest}"
    )


def _kind(name: str, value: Any) -> str:
    if isinstance(value, bool):
        raise ValueError(f"need a real number {name}, got {value}")
    if isinstance(value, int | Fraction):
        return "exact"
    if isinstance(value, float):
        if not isfinite(value):
            raise ValueError(f"need a finite {name}, got {value}")
        return "float"
    dtype = getattr(value, "dtype", None)
    kind = getattr(dtype, "kind", None)
    if kind in ("i", "u"):
        return "integer array"
    if kind == "f":
        return "float array"
    if kind == "O":
        for element in value.flat:
            if isinstance(element, bool) or not isinstance(element, int | Fraction):
                raise ValueError(f"need integers or fractions in the array {name}, got {element!r}")
        return "exact array"
    if hasattr(dtype, "is_floating_point") and not getattr(dtype, "is_complex", False) and str(dtype) != "torch.bool":
        return "tensor"
    raise ValueError(
        f"need a real number, array or tensor {name}, got {str(value)[:40]} of type {type(value).__name__}"
    )


def _floating(name: str, value: Any, kind: str) -> Any:
    if kind in ("exact", "float"):
        try:
            return float(value)
        except OverflowError:
            raise ValueError(f"need {name} within the range of floats, or every argument exact") from None
    if kind in ("integer array", "exact array"):
        return value.astype("float64")
    if kind == "tensor" and not value.dtype.is_floating_point:
        return value.double()
    return value

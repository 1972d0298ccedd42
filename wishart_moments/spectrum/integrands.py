"""What the means of a function of the eigenvalues have in common: the function, its kinks, σ, the tolerance."""

from collections.abc import Callable
from typing import Any, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wishart_moments import domain
from wishart_moments.errors import DomainError, LimitError
from wishart_moments.spectrum.arrays import number_array

Array = NDArray[np.float64]
Integrand = Callable[[Array], ArrayLike]
"""A function of an array of eigenvalues."""


def function(f: Any) -> Integrand:
    """Return f.

    Raises:
        DomainError: if it cannot be called.
    """
    if not callable(f):
        raise DomainError(f"need f to be a function of an array of eigenvalues, got {domain.shown(f)}")
    return cast(Integrand, f)


def kinks(points: Any) -> Array:
    """Return the points, each once and in order.

    Raises:
        DomainError: for anything but finite numbers.

    Example:
        >>> kinks([2, 1, 2])
        array([1., 2.])
    """
    breaks = np.unique(number_array(points, "points").ravel())
    if not np.isfinite(breaks).all():
        raise DomainError(f"need finite points, got {domain.shown(points)}")
    return breaks


def variance_of(sigma: Any) -> float:
    """Return σ².

    Raises:
        DomainError: unless σ >= 0 and σ² is finite.
    """
    deviation = domain.real(sigma, "sigma", ">= 0")
    if not 0 <= deviation < 1e150:
        raise DomainError(f"need sigma >= 0 and finite, got {domain.shown(sigma)}")
    return deviation**2


def values_at(f: Integrand, x: Array) -> Any:
    """Return f at the eigenvalues, float64 or complex128, whatever they are.

    Raises:
        DomainError: if it returns no number for each of them.
    """
    refusal = "need f to return one finite number for each eigenvalue of an array"
    with np.errstate(all="ignore"):
        try:
            values = np.asarray(f(x))
            values = values.astype(np.complex128 if values.dtype.kind == "c" else np.float64)
        except (TypeError, ValueError, OverflowError, ZeroDivisionError) as error:
            raise DomainError(f"{refusal}; it raised {domain.shown(error)}") from None
    if values.ndim == 0:
        values = np.broadcast_to(values, x.shape)
    if values.shape != x.shape:
        raise DomainError(refusal)
    return values


def finite_at(f: Integrand, x: Array) -> Any:
    """Return f at the eigenvalues.

    Raises:
        DomainError: if one of the values is not finite, or none.

    Example:
        >>> finite_at(lambda x: 2 * x, np.array([1.0, 3.0]))
        array([2., 6.])
    """
    values = values_at(f, x)
    if not np.isfinite(values).all():
        at = x[~np.isfinite(values)][0]
        raise DomainError(f"need f to return one finite number for each eigenvalue of an array; at {at:g} it is not")
    return values


def finite_at_zero(f: Integrand, zeros: int, rows: int, why: str = "") -> Any:
    """Return f(0), the value at `zeros` of the `rows` eigenvalues; why they are 0, for the message.

    Raises:
        DomainError: if it is not finite.
    """
    value = values_at(f, np.zeros(1))[0]
    if not np.isfinite(value):
        raise DomainError(f"need f to be finite at 0: {zeros} of the {rows} eigenvalues of S are 0{why}")
    return value.item()


def need_accuracy(error: Any, size: float, allowed: float, hint: str = "") -> None:
    """Refuse a mean whose error exceeds the tolerance, relative to E Σ |f(λ)|.

    Raises:
        LimitError: saying what tolerance would do.
    """
    if not error <= allowed * size:
        raise LimitError(
            f"need tolerance >= {error / size:.2g} for this f, or points= where it has kinks and jumps, "
            f"got tolerance = {allowed:g}{hint}"
        )

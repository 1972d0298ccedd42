"""Arguments of the float64 variance functions: checked once, broadcast, reduced to what the answer depends on.

A layer y = γ W (αI + WᵀW)^{-1/2} x with W m×n of N(0, σ²) entries has the output variance (γ²/m) E tr S(rI + S)^{-1},
S = WWᵀ at σ = 1: nothing but the ratio r = α/σ² and the gain γ² matters.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wishart_moments import domain
from wishart_moments.errors import DomainError, LimitError
from wishart_moments.variance.sigma import SigmaRule, parse_sigma

Array = NDArray[np.float64]

MAX_GAIN = 1e150
"""The largest γ, and the inverse of the least, where σ or α is wanted: γ² is a float."""

MAX_SIZE = 4096
"""The largest m, n of the float64 methods."""


class Layer(NamedTuple):
    """A family of layers of one shape.

    Attributes:
        m: the number of outputs.
        n: the number of inputs (fan-in).
        sigma, alpha, gamma: float64 arrays of one shape.
    """

    m: int
    n: int
    sigma: Array
    alpha: Array
    gamma: Array

    @property
    def ratio(self) -> Array:
        """The ratio r = α/σ² in [0, ∞]: infinite at σ = 0."""
        with np.errstate(divide="ignore", over="ignore", under="ignore"):
            return self.alpha / self.sigma / self.sigma

    @property
    def gain(self) -> Array:
        """γ², infinite or 0 beyond the range of floats."""
        with np.errstate(over="ignore", under="ignore"):
            return self.gamma**2

    def amplified(self, values: Array) -> Array:
        """Return γ² times the values.

        Raises:
            DomainError: where it exceeds the range of floats.
        """
        with np.errstate(over="ignore", under="ignore"):
            result = self.gamma * (self.gamma * values)
        if not np.isfinite(result).all():
            raise DomainError("need gamma so small that gamma^2 is within the range of floats")
        return result


def layer(m: Any, n: Any, sigma: Any, alpha: Any, gamma: Any, *, max_size: int | None = MAX_SIZE) -> Layer:
    """Return the checked arguments; sigma, alpha and gamma are broadcast against each other.

    Example:
        >>> layer(4, 7, [0.5, 1.0], 1, 1).ratio
        array([4., 1.])
        >>> layer(4, 7, -1, 1, 1)
        Traceback (most recent call last):
        wishart_moments.errors.DomainError: need sigma >= 0 and finite, got -1
        >>> float(layer(4, 25, "he", 1, 1).sigma)
        0.2
    """
    rows, columns = sizes(m, n, max_size)
    values = (_sigmas(sigma, rows, columns), _floats(alpha, "alpha", "> 0"), _floats(gamma, "gamma", "> 0"))
    try:
        broadcast = np.broadcast_arrays(*values)
    except ValueError:
        shapes = ", ".join(str(value.shape) for value in values)
        raise DomainError(f"need sigma, alpha and gamma of shapes that broadcast, got {shapes}") from None
    return Layer(rows, columns, *broadcast)


def single(shape: Layer) -> Layer:
    """Return a layer of one σ, α and γ; arrays, and a γ whose square is no float, are refused."""
    if shape.sigma.ndim:
        raise DomainError("need one number each for sigma, alpha and gamma, got an array")
    if not 1 / MAX_GAIN <= shape.gamma <= MAX_GAIN:
        raise DomainError(f"need gamma from {1 / MAX_GAIN:g} to {MAX_GAIN:g}, got {float(shape.gamma):g}")
    return shape


def sizes(m: Any, n: Any, max_size: int | None = MAX_SIZE, hint: str = "'limit'") -> tuple[int, int]:
    """Return m and n as ints within 1..max_size; `hint` names the method that goes further."""
    rows, columns = domain.size(m, "m"), domain.size(n, "n")
    for name, value in (("m", rows), ("n", columns)):
        if max_size is not None and value > max_size:
            raise LimitError(
                f"need {name} <= {max_size:,} here, got {domain.shown(value)}; method {hint} takes any size"
            )
    return rows, columns


def _sigmas(sigma: Any, m: int, n: int) -> Array:
    """Return float64 σ of numbers, names and formulas, one or an array of them."""
    if isinstance(sigma, str | SigmaRule):
        return np.asarray(parse_sigma(sigma).at(m, n).sigma)
    given: Any = sigma
    if isinstance(sigma, list | tuple) or getattr(getattr(given, "dtype", None), "kind", "f") in "OU":
        entries = _objects(given, "sigma")
        if any(isinstance(entry, str | SigmaRule) for entry in entries.flat):
            flat = [parse_sigma(entry).at(m, n).sigma for entry in entries.flat]
            return np.array(flat, dtype=np.float64).reshape(entries.shape)
    return _floats(given, "sigma", ">= 0")


def _floats(values: ArrayLike | str, name: str, condition: str) -> Array:
    """Return a float64 array of finite numbers that meet the condition; strings such as "1/7" are numbers too."""
    kind = getattr(getattr(values, "dtype", None), "kind", None)
    if kind is None and not isinstance(values, list | tuple):
        return np.asarray(_float(values, name, condition))
    if kind not in ("f", "i", "u"):
        entries = _objects(values, name)
        flat = [_float(entry, name, condition) for entry in entries.ravel()]
        return np.array(flat, dtype=np.float64).reshape(entries.shape)
    array = np.asarray(values, dtype=np.float64)
    good = np.isfinite(array) & (array >= 0 if condition == ">= 0" else array > 0)
    if not good.all():
        raise DomainError(f"need {name} {condition} and finite, got {array[~good].ravel()[0]}")
    return array


def _objects(values: Any, name: str) -> NDArray[Any]:
    try:
        return np.asarray(values, dtype=object)
    except ValueError:
        raise DomainError(f"need {name} as a number or a rectangular array, got {domain.shown(values)}") from None


def _float(value: Any, name: str, condition: str) -> float:
    exact = domain.number(value, name, condition)
    try:
        real = float(exact)
    except OverflowError:
        real = np.inf
    if not (real >= 0 if condition == ">= 0" else real > 0) or not np.isfinite(real):
        raise DomainError(f"need {name} {condition} and finite, got {domain.shown(value)}")
    return real


def unwrapped(values: Array) -> Any:
    """Return a float for a single number, the array otherwise.

    Example:
        >>> unwrapped(np.asarray(0.5)), unwrapped(np.asarray([0.5]))
        (0.5, array([0.5]))
    """
    return float(values) if values.ndim == 0 else values

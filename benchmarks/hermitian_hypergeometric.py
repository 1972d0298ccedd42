"""Hypergeometric functions of one and two complex matrices to 60×60, all digits proved, in less than a second each.

The mean of exp tr(X U Y U*) over unitary U (Harish-Chandra, Itzykson, Zuber), which the eigenvalues of a correlated
complex Wishart matrix have as their likelihood, and 1F1 of one matrix. Textbooks have quotients of determinants; the
peers are these in float64 (`numpy.linalg.slogdet`), which lose all digits where eigenvalues are many or close, and in
mpmath with as many digits as the size wants, found beforehand, which `hypergeometric` finds and proves by itself.
Errors are those of the logarithm, unit 1; times are those of one value.
"""

from collections.abc import Callable, Iterator
from typing import Any

import mpmath as untyped
import numpy as np
from numpy.typing import NDArray
from scipy import special

from benchmarks.measure import Candidate, Case
from wishart_moments import hypergeometric

Array = NDArray[np.float64]
mpmath: Any = untyped


def in_floats(x: Array, y: Array) -> float:
    """Return the logarithm of the mean of exp tr(X U Y U*) by determinants in float64."""
    # Each row without its greatest entry's exponent, so that none overflows.
    exponents = np.outer(x, y)
    top = exponents.max(axis=1)
    logarithm = np.linalg.slogdet(np.exp(exponents - top[:, None]))[1] + top.sum()
    for values in (x, y):
        logarithm -= np.linalg.slogdet(np.vander(values))[1]
    return float(logarithm + special.gammaln(np.arange(1, len(x) + 1)).sum())


def in_digits(x: Array, y: Array, digits: int) -> Any:
    """Return it by determinants in mpmath."""
    with mpmath.workdps(digits):
        a, b = ([mpmath.mpf(float(each)) for each in values] for values in (x, y))
        found = mpmath.det(mpmath.matrix([[mpmath.exp(u * v) for v in b] for u in a]))
        for values in (a, b):
            for j in range(len(values)):
                for i in range(j):
                    found /= values[i] - values[j]
        for i in range(len(a)):
            found *= mpmath.factorial(i)
        return +mpmath.log(abs(found))


def kummer_in_digits(x: Array, a: float, b: float, digits: int) -> Any:
    """Return the logarithm of 1F1(a; b; X) by determinants in mpmath."""
    with mpmath.workdps(digits):
        m, values = len(x), [mpmath.mpf(float(each)) for each in x]
        rows = [[each ** (m - 1 - j) * mpmath.hyp1f1(a - j, b - j, each) for j in range(m)] for each in values]
        found = mpmath.det(mpmath.matrix(rows))
        for j in range(m):
            for i in range(j):
                found /= values[i] - values[j]
        return +mpmath.log(abs(found))


def cases(quick: bool) -> Iterator[Case]:
    """Yield the errors, then the times."""
    rng = np.random.default_rng(7)
    for m in (3, 6) if quick else (4, 10, 20, 60):
        x, y = np.sort(rng.gamma(m, 1.0, m)), np.linspace(0.0, 3.0, m)
        digits = 30 + 6 * m
        known = in_digits(x, y, digits + 20)

        def ours(x: Array = x, y: Array = y) -> float:
            return hypergeometric([], [], np.diag(x), np.diag(y), beta=2, log=True).value

        def error(compute: Callable[[], float], known: Any = known) -> Any:
            return 0, float(abs(compute() - known))

        yield Case(
            f"error of log 0F0(X, Y), {m}×{m}",
            (
                Candidate("hypergeometric", lambda error=error, ours=ours: error(ours), metered=True),
                Candidate(
                    "determinants in float64", lambda e=error, x=x, y=y: e(lambda: in_floats(x, y)), metered=True
                ),
            ),
            1e-12 * max(1.0, float(abs(known))),
            "1",
            repeats=1,
        )
        yield Case(
            f"one log 0F0(X, Y), {m}×{m}",
            (
                Candidate("hypergeometric", ours, lambda v: f"{v:.10g}"),
                Candidate(
                    f"mpmath, {digits} digits",
                    lambda x=x, y=y, d=digits: float(in_digits(x, y, d)),
                    lambda v: f"{v:.10g}",
                ),
            ),
            1.0,
            "s",
        )
    m = 4 if quick else 20
    x, digits = np.linspace(1.0, 100.0, m), 30 + 6 * m
    yield Case(
        f"one log 1F1({m}; {m + 2}; X), {m}×{m}",
        (
            Candidate(
                "hypergeometric",
                lambda: hypergeometric([m], [m + 2], np.diag(x), beta=2, log=True).value,
                lambda v: f"{v:.10g}",
            ),
            Candidate(
                f"mpmath, {digits} digits",
                lambda: float(kummer_in_digits(x, m, m + 2, digits)),
                lambda v: f"{v:.10g}",
            ),
        ),
        1.0,
        "s",
    )

"""Ergodic MIMO capacity with correlation at one end, exact: 1e-12 where the literature's determinants leave no digit.

C = E log det(I + ρ/t S), S = Σ^{1/2} W W^† Σ^{1/2}, W m×n complex; Σ the correlation at the end with m antennas, of the
exponential model Σ_ij = c^{|i−j|}, t the number of transmitting antennas: m where Σ is theirs, n where it is the
receivers'. The literature (Chiani, Win, Zanella 2003, m <= n and different eigenvalues of Σ) has

    C = Σ_k det(A with column k of logarithms)/det A = tr A^{−1} B,
    A_ij = ∫ x^{n−m+j} e^{−x/λ_i} dx,   B_ij = ∫ x^{n−m+j} e^{−x/λ_i} log(1 + ρx/t) dx,

in float64 (rows scaled, by linear equations, the integrals right to the last place). A's rows are nearly the same
where eigenvalues are, so that digits are lost with m and with small correlation. Exact values: the same formula in 60 +
8m + n digits. Relative errors have the unit 1; times are those of one capacity.
"""

from collections.abc import Iterator
from functools import cache
from typing import Any

import mpmath as untyped
import numpy as np
from numpy.typing import NDArray

from benchmarks.measure import Candidate, Case
from wishart_moments import expected_log_determinant

Array = NDArray[Any]
mpmath: Any = untyped


def correlation(m: int, c: float) -> Array:
    """Return the matrix c^{|i−j|}."""
    place = np.arange(m)
    return c ** np.abs(place[:, None] - place).astype(float)


def ours(values: tuple[float, ...], n: int, snr: float) -> float:
    """Return E log det(I + snr S) by E log det(αI + S) at α = 1/snr."""
    return expected_log_determinant(1 / snr, n, np.diag(values), beta=2) + len(values) * float(np.log(snr))


@cache
def log_means(values: tuple[float, ...], n: int, snr: float, digits: int) -> list[list[Any]]:
    """Return B_ij over λ_i^{n−m+1} and (n − m + j)!: λ_i^j E log(1 + ρλ_i x/t), x a gamma variable."""
    m, rows = len(values), list[list[Any]]()
    with mpmath.workdps(digits):
        for each in map(mpmath.mpf, values):
            # ∫ x^p e^{−x} log(1 + ax) dx/p! = Σ_{k<=p} ∫ x^k e^{−x} a/(1 + ax) dx/k!, by parts.
            a = snr * each
            inner = mpmath.exp(1 / a) * mpmath.e1(1 / a)
            total, row = inner, list[Any]()
            for p in range(n):
                if p:
                    # x^p/(x + 1/a) = x^{p−1} − x^{p−1}/(a(x + 1/a)).
                    inner = (1 - inner / a) / p
                    total += inner
                if p >= n - m:
                    row.append(each ** (p - n + m) * total)
            rows.append(row)
    return rows


def determinants(values: tuple[float, ...], n: int, snr: float) -> float:
    """Return it by the formula of determinants in float64, from integrals that are right to the last place."""
    plain = np.array(values)[:, None] ** np.arange(len(values))
    logs = np.array(log_means(values, n, snr, 60 + n)).astype(float)
    return float(np.trace(np.linalg.solve(plain, logs)))


@cache
def exact(values: tuple[float, ...], n: int, snr: float, digits: int) -> float:
    """Return it by the same formula in so many digits."""
    m = len(values)
    with mpmath.workdps(digits):
        plain = mpmath.matrix([[mpmath.mpf(each) ** j for j in range(m)] for each in values])
        solved = plain**-1 * mpmath.matrix(log_means(values, n, snr, digits))
        return float(mpmath.fsum(solved[k, k] for k in range(m)))


def eigenvalues(m: int, c: float) -> tuple[float, ...]:
    """Return those of the correlation matrix as floats."""
    return tuple(np.linalg.eigvalsh(correlation(m, c)).tolist())


def cases(quick: bool) -> Iterator[Case]:
    """Yield errors of both ways and times, from where both hold to where one does not."""
    shapes = [(3, 4, 0.5), (6, 6, 0.01)]
    if not quick:
        shapes = [(4, 4, 0.7), (8, 8, 0.5), (16, 16, 0.5), (32, 64, 0.5), (8, 8, 0.01), (64, 64, 0.9)]
    for m, n, c in shapes:
        values, snr = eigenvalues(m, c), 10 / m
        known = exact(values, n, snr, 60 + 8 * m + n)

        def error(compute: Any, values: Any = values, n: int = n, snr: float = snr, known: float = known) -> Any:
            found = compute(values, n, snr)
            return 0, abs(found / known - 1)

        subject = f"{m} transmitters of correlation {c}^|i−j|, {n} receivers, SNR 10"
        yield Case(
            f"relative error, {subject}",
            (
                Candidate("expected_log_determinant", lambda error=error: error(ours), metered=True),
                Candidate("determinants in float64", lambda error=error: error(determinants), metered=True),
            ),
            1e-12,
            "1",
            repeats=1,
        )
        yield Case(
            f"one capacity, {subject}",
            (Candidate("expected_log_determinant", lambda v=values, n=n, s=snr: ours(v, n, s), lambda x: f"{x:.10g}"),),
            expected=f"{known:.10g}",
        )

"""Moments of the pseudoinverse S^+ where S is singular, n < m: exact at Σ = cI, in proved bounds at every other Σ.

The non-zero eigenvalues of S = Σ^{1/2} W W^† Σ^{1/2} are those of the n×n matrix W^† Σ W. At Σ = I this is a Wishart
matrix with the roles of m and n exchanged, and the law of S does not change under rotations:

    E tr (S^+)^k = E tr (W^† W)^{−k},   E[(S^+)^k] = (1/m) E tr (S^+)^k I      (real: E[S^+] = n/(m(m − n − 1)) I).

In general Λ_min W^†W <= W^†ΣW <= Λ_max W^†W bounds the trace by Λ_max^{−k} and Λ_min^{−k} times that at Σ = I. A closed
form is not known to us; in floats the trace is a mean over the density of the eigenvalues, of `WishartSpectrum`.

References: Cook, Forzani, On the mean and variance of the generalized inverse of a singular Wishart matrix, Electron.
J. Statist. 5 (2011) 146 (Σ = I); Imori, von Rosen, On the mean and dispersion of the Moore-Penrose generalized inverse
of a Wishart matrix, Electron. J. Linear Algebra 36 (2020) 124 (bounds; for arbitrary Σ no exact results are available).
"""

from fractions import Fraction
from typing import Any

from wishart_moments import domain
from wishart_moments.errors import DomainError, LimitError, MethodError
from wishart_moments.moments.expectation import trace_moment, trace_product_moment
from wishart_moments.moments.wishart import Wishart

MAX_ROWS = 1000
"""The largest m of a matrix that is written out."""


def pseudoinverse_trace_moment(
    k: Any, m: Any = None, n: Any = None, *, sigma: Any = 1, beta: Any = 1, scale: Any = None
) -> Any:
    """Return E tr (S^+)^k, k >= 1, for n < m as well as for n >= m, where it is E tr S^{−k}.

    Args:
        k: an integer >= 1.
        m, n: integers >= 1; n may be real where it exceeds m − 1.
        sigma, beta: as for `trace_moment`.
        scale: Σ; for n < m a multiple of the identity.

    Returns:
        Exact: int or Fraction, a float for floats.

    Raises:
        ExistenceError: where it is infinite: unless |n − m| + 1 > 2k/β.
        MethodError: for n < m at another Σ; the message has bounds.

    Example:
        >>> pseudoinverse_trace_moment(1, 10, 4), pseudoinverse_trace_moment(2, 10, 4)
        (Fraction(4, 5), Fraction(2, 5))
    """
    power = domain.order(k)
    if power < 1:
        raise DomainError(f"need k >= 1, got {domain.shown(k)}")
    law = Wishart(m, n, sigma=sigma, beta=beta, scale=scale)
    if not law.numeric:
        raise DomainError("need numbers for m, n and beta: the formula depends on which of m and n is larger")
    if law.n >= law.m or not isinstance(law.n, int):
        return trace_product_moment([-power], law.m, n, sigma=sigma, beta=beta, scale=scale)
    moment = trace_moment(-power, law.n, law.m, sigma=sigma, beta=beta)
    return moment if law.scale is None else moment * _factor(law, power, moment)


def expected_pseudoinverse(
    m: Any = None, n: Any = None, *, sigma: Any = 1, beta: Any = 1, scale: Any = None
) -> list[list[Any]]:
    """Return the matrix E[S^+] for n < m, Σ a multiple of the identity: E tr S^+ / m on the diagonal.

    Args:
        m, n: integers >= 1, n < m.
        sigma, beta: as for `trace_moment`.
        scale: None, or a multiple of the identity.

    Returns:
        A list of rows, exact: ints and Fractions, floats for floats.

    Raises:
        DomainError: for an argument outside its domain.
        ExistenceError: where it is infinite: unless m − n + 1 > 2/β.
        MethodError: for n >= m, where `matrix_moment` answers, and at another Σ.
        LimitError: for m > 1000.

    Example:
        >>> expected_pseudoinverse(4, 2)[0]
        [Fraction(1, 2), 0, 0, 0]
    """
    law = Wishart(m, n, sigma=sigma, beta=beta, scale=scale)
    if law.numeric and law.n >= law.m:
        columns = domain.shown(law.n)
        raise MethodError(
            f"need n < m, got m = {domain.shown(law.m)}, n = {columns}; write matrix_moment(-1, n={columns}, …)"
        )
    trace = pseudoinverse_trace_moment(1, m, n, sigma=sigma, beta=beta, scale=scale)
    if law.m > MAX_ROWS:
        raise LimitError(
            f"need m <= {MAX_ROWS:,} for a matrix, got {domain.shown(law.m)}; the entries are E tr S^+ / m"
        )
    entry = Fraction(trace, law.m) if domain.is_number(trace) else trace / law.m
    return [[entry if i == j else 0 for j in range(law.m)] for i in range(law.m)]


def _factor(law: Wishart, power: int, moment: Any) -> Any:
    """Return c^{−k} where Σ = cI."""
    given = law.given_scale
    rows = given.rows()
    first = rows[0][0]
    if all(rows[i][j] == (first if i == j else 0) for i in range(law.m) for j in range(law.m)):
        if first == 0:
            raise DomainError("need a scale other than 0")
        if isinstance(first, complex):
            first = first.real
        return Fraction(first) ** -power if domain.is_number(first) else first**-power
    values = given.eigenvalues
    least, most = (float(moment) * float(values[i]) ** -power if values[i] > 0 else float("inf") for i in (-1, 0))
    raise MethodError(
        "need scale = c I for n < m, no closed form is known otherwise (Imori, von Rosen 2020); "
        f"the trace lies between {least:.6g} and {most:.6g}, WishartSpectrum(m, n, scale=...).expect has it in floats"
    )

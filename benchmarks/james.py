"""James' theorem gives E tr S^60 in less than 5 s, equal to the recurrence, and all zonal polynomials of degree 10.

Two derivations with nothing in common: a sum over the 901 partitions (r, s, 1^t) of 60, and a recurrence in k. The
zonal polynomials, J_κ in power sums, are what symfn is made for.
"""

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from benchmarks.coefficients import of_flint
from benchmarks.measure import Candidate, Case
from benchmarks.peers.symfn_process import symfn
from wishart_moments.moments import zonal
from wishart_moments.moments.recurrence import TraceMomentTable


def _basis(k: int) -> zonal.JackBasis:
    # Both keep their results; a benchmark wants the first call's time.
    zonal.jack_basis.cache_clear()
    zonal._power_sums_in_monomials.cache_clear()
    return zonal.jack_basis(k)


def _coefficients(basis: zonal.JackBasis) -> dict[Any, Any]:
    return {kappa: {label: Fraction(str(c)) for label, c in row.items()} for kappa, row in basis.coefficients.items()}


def cases(quick: bool) -> Iterator[Case]:
    """Yield the single trace, then the zonal polynomials."""
    k = 6 if quick else 60
    candidates = (
        Candidate("zonal.expected_trace", lambda: zonal.expected_trace(k), of_flint),
        Candidate("recurrence of this project", lambda: TraceMomentTable(k, min_k=k)[k], of_flint),
    )
    yield Case(f"E tr S^{k}", candidates, 5.0)
    k = 4 if quick else 10
    peers, missing = symfn("zonal", k)
    ours = Candidate("zonal.jack_basis", lambda: _basis(k), _coefficients)
    yield Case(f"all zonal polynomials of degree {k}", (ours, *peers), unavailable=missing)

"""P(λ_max <= 50) at m = 10, n = 20 with a proved error takes less than 20 ms, m = 200 less than a second.

Orthonormal polynomials make the determinants well conditioned. The peer is the Pfaffian of incomplete gamma functions
of the literature (Chiani 2014) in balls of the same library, which needs thousands of bits for its monomials; it was
this project's way before. Values are compared to 14 digits, and both prove theirs.
"""

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import numpy as np

from benchmarks.measure import Candidate, Case
from benchmarks.peers.monomial_pfaffian import probability
from wishart_moments import (
    largest_eigenvalue_cdf,
    largest_eigenvalue_quantile,
    manova_largest_root_cdf,
    smallest_eigenvalue_cdf,
)


def _digits(value: Any) -> str:
    return f"{float(value):.14g}"


def cases(quick: bool) -> Iterator[Case]:
    """Yield the largest and smallest eigenvalue, the largest root, and a quantile."""
    shapes = [(10, 20, 50)] if quick else [(10, 20, 50), (50, 100, 270), (100, 200, 560)]
    for m, n, x in shapes:
        ours = Candidate("largest_eigenvalue_cdf", lambda m=m, n=n, x=x: largest_eigenvalue_cdf(x, m, n), _digits)
        peer = Candidate(
            "Pfaffian of incomplete gamma functions",
            lambda m=m, n=n, x=x: probability(Fraction(x), m, Fraction(n), 1)[0],
            _digits,
        )
        yield Case(f"real, m = {m}, n = {n}, x = {x}", (ours, peer), 0.02 if m == 10 else None)
    m = 20 if quick else 200
    yield Case(
        f"real, m = n = {m}, x = {39 * m // 10}",
        (Candidate("largest_eigenvalue_cdf", lambda: largest_eigenvalue_cdf(39 * m // 10, m, m), _digits),),
        1.0,
    )
    yield Case(
        f"complex, smallest, m = n = {m}",
        (Candidate("smallest_eigenvalue_cdf", lambda: smallest_eigenvalue_cdf(Fraction(1, m), m, m, beta=2), _digits),),
        1.0,
        expected=_digits(0.6321205588285577),
    )
    rows = 6 if quick else 60
    scale = 0.5 ** np.abs(np.subtract.outer(np.arange(rows), np.arange(rows)))
    yield Case(
        f"complex, largest, correlation ½^|i−j|, m = {rows}, n = {4 * rows // 3}, x = {4 * rows}",
        (
            Candidate(
                "largest_eigenvalue_cdf",
                lambda: largest_eigenvalue_cdf(4 * rows, rows, 4 * rows // 3, scale=scale, beta=2),
                _digits,
            ),
        ),
        5.0,
    )
    yield Case(
        f"largest root of MANOVA, m = {m}",
        (Candidate("manova_largest_root_cdf", lambda: manova_largest_root_cdf("0.97", m, 3 * m // 2, 2 * m), _digits),),
        1.0,
    )
    yield Case(
        "95 % point, m = 10, n = 20",
        (Candidate("largest_eigenvalue_quantile", lambda: largest_eigenvalue_quantile("0.95", 10, 20), _digits),),
    )

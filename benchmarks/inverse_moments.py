"""Every E p_λ(S^-1), |λ| = 12, as exact rational functions in less than 10 s; E tr S^-12 in 0.1 s, E S^-6 in 0.1 s.

`InverseTable` adds up zonal polynomials over the known denominator; `inverse_rows` and `signed_moment` integrate by
parts and never solve a system. Instead one would invert the table of the positive moments (at points, in FLINT, or as a
matrix of rational functions, in SymPy), run a recurrence backwards, or solve the equations of the matrices. That table
and, for FLINT, the denominator are given to them for nothing. WishartMoments runs in SageMath only.
"""

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import sympy
from flint import fmpq_poly

from benchmarks.measure import Candidate, Case
from benchmarks.peers.inverse_systems import backward_traces, interpolated, inverted, solved
from wishart_moments import trace_product_moment
from wishart_moments.combinatorics.partitions import partitions
from wishart_moments.moments import zonal
from wishart_moments.moments.inverse.inverse_matrix import inverse_rows
from wishart_moments.moments.inverse.inverse_recurrence import inverse_traces_at
from wishart_moments.moments.inverse.inverse_table import InverseTable
from wishart_moments.moments.inverse.signed_equations import Ring, signed_moment

POINT = sympy.Rational(1009, 7)
"""Where rational functions of SymPy are compared with ours."""

MISSING = {"WishartMoments": "it needs SageMath", "PyRTNI2": "not to be had from the package index"}


def _table(k: int) -> InverseTable:
    # The zonal polynomials are kept for the next call; a benchmark wants the first call's time.
    zonal.jack_basis.cache_clear()
    zonal._power_sums_in_monomials.cache_clear()
    return InverseTable(k)


def _numerators(k: int) -> dict[Any, dict[Any, fmpq_poly]]:
    table = _table(k)
    return {label: table.numerators(label) for label in table}


def _polynomials(rows: Any) -> Any:
    return {label: {mu: list(map(str, f.coeffs())) for mu, f in row.items() if f} for label, row in rows.items()}


def _number(f: Any) -> Fraction:
    value = sympy.sympify(f).subs("c", POINT)
    return Fraction(int(value.p), int(value.q))


def _ours(row: Any) -> Any:
    point = Fraction(int(POINT.p), int(POINT.q))
    return {label: Fraction(f(point)) for label, f in row.items()}


def _at_point(row: Any) -> Any:
    return {label: _number(f) for label, f in row.items() if f != 0}


def _at_sizes(f: Any) -> Fraction:
    value = f.subs({sympy.Symbol("m"): 7, sympy.Symbol("n"): 101})
    return Fraction(int(value.p), int(value.q))


def cases(quick: bool) -> Iterator[Case]:
    """Yield the whole tables, single traces as formulas and as numbers, the matrix, and powers of both signs."""
    twelve, six, trace, matrix, hundred, mixed = (4, 3, 4, 3, 10, 2) if quick else (12, 6, 12, 6, 100, 4)
    forward = {label: zonal.expected_power_sum_with_scale(label) for label in partitions(twelve)}
    roots = InverseTable(twelve).denominator
    table = Candidate("InverseTable", lambda: _numerators(twelve), _polynomials)
    points = Candidate("inverses at points, FLINT", lambda: interpolated(forward, roots), _polynomials)
    yield Case(f"all |λ| = {twelve}, numerators over D", (table, points), 10.0, unavailable=MISSING)

    small = {label: zonal.expected_power_sum_with_scale(label) for label in partitions(six)}
    lowest = Candidate(
        "InverseTable",
        lambda: dict(_table(six)),
        lambda rows: {label: _ours(row) for label, row in rows.items()},
    )
    field = Candidate(
        "matrix inverse, SymPy",
        lambda: inverted(small),
        lambda rows: {label: _at_point(row) for label, row in rows.items()},
    )
    yield Case(f"all |λ| = {six}, in lowest terms", (lowest, field))

    single = Candidate("trace_product_moment", lambda: trace_product_moment([-trace], beta=2), _at_sizes)
    backward = Candidate("three terms backwards, SymPy", lambda: backward_traces(trace), _at_sizes)
    yield Case(f"E tr S^-{trace}, complex, a formula in m and n", (single, backward), 0.1)
    yield Case(f"E tr S^-{trace}, real, the same", (Candidate("real", lambda: trace_product_moment([-trace])),), 1.0)
    numbers = Candidate("inverse_traces_at", lambda: inverse_traces_at(hundred, 64, 512))
    yield Case(f"E tr S^-1, …, E tr S^-{hundred} at m, n = 64, 512", (numbers,), 0.01)

    rows = Candidate("inverse_rows", lambda: inverse_rows(matrix), _ours)
    system = Candidate("linear systems, SymPy", lambda: solved(matrix), _at_point)
    yield Case(f"E S^-{matrix}, every scale", (rows, system), 0.1)
    both = Candidate("signed_moment", lambda: signed_moment((mixed, -mixed), 0, Ring.polynomials(1)), lambda _: None)
    yield Case(f"E tr S^{mixed} tr S^-{mixed}, every scale", (both,))

"""Inverse moments as one would get them without contents or zonal polynomials: by inverting, solving, dividing."""

from collections.abc import Mapping
from typing import Any

import sympy
from flint import fmpq, fmpq_mat, fmpq_poly
from sympy.polys.matrices import DomainMatrix

Label = tuple[int, ...]


def interpolated(forward: Mapping[Label, Mapping[Label, fmpq_poly]], roots: Mapping[Any, int]) -> dict[Any, Any]:
    """Return the numerators over Π (c − e)^{k_e} of (−1)^k F(−c)^{-1}, F(n) the forward table, from values at points.

    The denominator is given for nothing; without it one would have to find it.
    """
    labels = list(forward)
    k = sum(labels[0])
    width = sum(roots.values()) - k + 1
    points = [max(roots) + 1 + i for i in range(width)]
    values: list[fmpq_mat] = []
    for c in points:
        at = fmpq(-c.numerator, c.denominator)
        matrix = fmpq_mat([[forward[row].get(column, fmpq_poly([0]))(at) for column in labels] for row in labels])
        denominator = fmpq(1)
        for e, multiplicity in roots.items():
            difference = c - e
            denominator *= fmpq(difference.numerator, difference.denominator) ** multiplicity
        values.append(matrix.inv() * ((-1) ** k * denominator))
    size = len(labels)
    vandermonde = fmpq_mat([[fmpq(c.numerator, c.denominator) ** d for d in range(width)] for c in points])
    flat = fmpq_mat([[value[i, j] for i in range(size) for j in range(size)] for value in values])
    coefficients = vandermonde.solve(flat)
    return {
        row: {
            column: fmpq_poly([coefficients[d, i * size + j] for d in range(width)]) for j, column in enumerate(labels)
        }
        for i, row in enumerate(labels)
    }


def inverted(forward: Mapping[Label, Mapping[Label, fmpq_poly]]) -> dict[Any, Any]:
    """Return (−1)^k F(−c)^{-1} as rational functions of SymPy."""
    labels = list(forward)
    field = sympy.QQ.frac_field(sympy.Symbol("c"))
    c = field.gens[0]

    def entry(polynomial: fmpq_poly) -> Any:
        total = field.zero
        for d, x in enumerate(polynomial.coeffs()):
            total += sympy.QQ(int(x.p), int(x.q)) * (-c) ** d
        return total

    zero = fmpq_poly([0])
    rows = [[entry(forward[row].get(column, zero)) for column in labels] for row in labels]
    inverse = DomainMatrix(rows, (len(labels), len(labels)), field).inv().to_Matrix()
    sign = (-1) ** sum(labels[0])
    return {row: {column: sign * inverse[i, j] for j, column in enumerate(labels)} for i, row in enumerate(labels)}


def backward_traces(last: int) -> Any:
    """Return E tr S^{-last}, complex W: the three-term recurrence backwards in SymPy's field of rational functions."""
    field = sympy.QQ.frac_field(*sympy.symbols("m n"))
    m, n = field.gens
    moment, upper = m, m * n
    for k in range(0, -last, -1):
        lower = ((k + 2) * upper - (2 * k + 1) * (m + n) * moment) / ((k - 1) * (k * k - (m - n) ** 2))
        moment, upper = lower, moment
    return moment.as_expr()


def solved(k: int) -> dict[tuple[Label, int], Any]:
    """Return {(μ, j): f(c)} of E V^k, real W: the equations of the marked states solved level by level in SymPy."""
    field = sympy.QQ.frac_field(sympy.Symbol("c"))
    c = field.gens[0]
    below: dict[Any, dict[Any, Any]] = {((), 0): {((), 0): field.one}}
    for degree in range(1, k + 1):
        states = [(mu, degree - size) for size in range(degree) for mu in _partitions(size, size)]
        matrix = [[field.zero] * len(states) for _ in states]
        for i, (parts, q) in enumerate(states):
            matrix[i][i] += c - (q - 1)
            for j in range(1, q):
                matrix[i][states.index((_sorted((*parts, j)), q - j))] -= 1
            for at, part in enumerate(parts):
                matrix[i][states.index(((*parts[:at], *parts[at + 1 :]), q + part))] -= 2 * part
        rows = [_lowered(below, parts, q) for parts, q in states]
        columns = sorted({label for row in rows for label in row})
        right = [[row.get(column, field.zero) for column in columns] for row in rows]
        size = len(states)
        left = DomainMatrix(matrix, (size, size), field)
        solution = left.lu_solve(DomainMatrix(right, (size, len(columns)), field)).to_list()
        below = {state: dict(zip(columns, row, strict=True)) for state, row in zip(states, solution, strict=True)}
    return {label: f.as_expr() for label, f in below[(), k].items() if f}


def _lowered(below: Mapping[Any, Mapping[Any, Any]], parts: Label, q: int) -> dict[Any, Any]:
    """Return Σ^{-1} E[p_λ V^{q−1}]; without a mark it is Σ^{-1} times the trace of a matrix that has one."""
    if q > 1 or not parts:
        return {(mu, j + 1): f for (mu, j), f in below[parts, q - 1].items()}
    result: dict[Any, Any] = {}
    for (mu, j), f in below[parts[1:], parts[0]].items():
        label = (_sorted((*mu, j)), 1)
        result[label] = result.get(label, 0) + f
    return result


def _sorted(parts: Label) -> Label:
    return tuple(sorted(parts, reverse=True))


def _partitions(k: int, largest: int) -> list[Label]:
    if k == 0:
        return [()]
    return [(first, *rest) for first in range(min(k, largest), 0, -1) for rest in _partitions(k - first, first)]

"""Cases for the means of words in every language, and the error that is stated for floats."""

from fractions import Fraction
from functools import reduce
from typing import Any

import numpy as np

import wishart_generated
from wishart_moments.codegen import (
    WordTable,
)
from wishart_moments.moments.words.word_confirmation import WORDS

F = Fraction
SIGMA = [[F(2), F(1), F(0)], [F(1), F(3), F(1, 2)], [F(0), F(1, 2), F(1)]]
A = [[F(1), F(2), F(-1)], [F(0), F(1, 2), F(3)], [F(4), F(-1), F(2)]]
UNIT = 2.0**-53
ROUNDINGS = 16
"""The error in floats is at most so many m κ roundings, relative to the terms of the sum in absolute values."""

Matrix = list[list[Fraction]]
Case = tuple[str, Any, Matrix, Matrix | None]


def arguments_of(word: str) -> list[Any]:
    """Return the matrices that a word takes."""
    return [SIGMA, A] if "A" in word else [SIGMA]


def terms(table: WordTable, word: str, n: Any, sigma: Matrix, a: Matrix | None) -> tuple[float, float]:
    """Return the largest entry of Σ |c b|, entries of b in absolute values, and the condition number of Σ or 1."""
    array = np.array(sigma, dtype=float)
    inverse = word in table.denominators
    p = abs(np.linalg.inv(array) if inverse else array)
    letters = {"Sigma": p, "Sigma^-1": p, "A": abs(np.array(a or 0, dtype=float))}
    letters["A^T"] = letters["A"].T
    x = float(n - len(sigma) + 1 - 2 / table.beta) if inverse else float(n)
    below = float(np.prod([(x - float(e)) ** k for e, k in table.denominators.get(word, {}).items()]))
    total = np.zeros_like(p)
    for (traces, own), cell in table.cells(word).items():
        c = abs(sum(float(c) * x**j for j, c in cell.items()) / below)
        for each in traces:
            c *= np.trace(reduce(np.matmul, map(letters.__getitem__, each)))
        total += c * reduce(np.matmul, map(letters.__getitem__, own))
    return float(total.max()), float(np.linalg.cond(array)) if inverse else 1.0


def assert_close(table: WordTable, case: Case, found: Any) -> None:
    word, n, sigma, a = case
    exact = getattr(wishart_generated, table.name).expected_word(word, n, sigma, *([a] if a else []))
    largest, kappa = terms(table, *case)
    bound = ROUNDINGS * len(sigma) * kappa * UNIT * largest
    error = max(
        abs(F(float(x)) - y) for left, right in zip(found, exact, strict=True) for x, y in zip(left, right, strict=True)
    )
    assert error <= bound, (word, n, float(error / F(bound)))


def every_case(sizes: tuple[int, ...] = (1, 2, 3, 6)) -> list[Case]:
    """Σ with condition numbers up to 10^6, entries binary fractions; n integral, real, and near the bound."""
    rng = np.random.default_rng(16)
    found: list[Case] = []
    for m in sizes:
        for spread in (0, 3, 6):
            q = np.linalg.qr(rng.normal(size=(m, m)))[0]
            sigma = (q * np.logspace(0, -spread, m)) @ q.T
            sigma = (sigma + sigma.T) / 2
            a = rng.normal(size=(m, m)).tolist()
            for n in (m + 3.25, float(m + 9)):
                exact = [[F(x) for x in row] for row in sigma.tolist()]
                found += [
                    (word, F(n), exact, [[F(x) for x in row] for row in a] if "A" in word else None) for word in WORDS
                ]
    return [(word, n if "^-" not in word else n + 1, sigma, a) for word, n, sigma, a in found]


def floats(matrix: Matrix) -> list[list[float]]:
    return [list(map(float, row)) for row in matrix]

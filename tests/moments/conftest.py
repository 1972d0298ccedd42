"""An oracle of the tests' own: expectations of trace words, summed over all indices of the matrices."""

from collections import Counter
from collections.abc import Callable
from fractions import Fraction
from itertools import product
from math import factorial, prod
from typing import Any

import pytest

# A factor is (name of a Gaussian variable, whether it is conjugated, sign).
Factor = tuple[tuple[int, ...], bool, int]


def _entry(i: int, j: int, m: int, n: int, beta: int) -> Factor:
    """W_ij; quaternions as the 2m×2n matrix [[u, v], [−v̄, ū]]."""
    if beta != 4:
        return (i, j), False, 1
    block_row, block_column = i >= m, j >= n
    name = (i % m, j % n, int(block_row != block_column))
    return name, block_row, -1 if block_row and not block_column else 1


def _mean(factors: list[Factor], beta: int) -> Fraction:
    """E of a product of centred Gaussian variables: (c−1)!! for a real one, a! δ_ab for z^a z̄^b with E|z|² = 1."""
    value = Fraction(prod(sign for _, _, sign in factors))
    plain = Counter(name for name, conjugated, _ in factors if not conjugated)
    barred = Counter(name for name, conjugated, _ in factors if conjugated)
    if beta == 1:
        counts = (plain + barred).values()
        return value * prod((prod(range(1, c, 2)) if c % 2 == 0 else 0) for c in counts)
    if plain != barred:
        return Fraction(0)
    # The two complex components of a quaternion of variance 1 have variance 1/2.
    variance = Fraction(1, 2) if beta == 4 else Fraction(1)
    return value * prod(factorial(c) * variance**c for c in plain.values())


def gaussian_sum(parts: tuple[int, ...], m: int, n: int, beta: int = 1, scale: Any = None) -> Any:
    """E Π tr (Σ W W^†)^{λ_i}, term by term over the row and column indices of all factors W and W^†."""
    double = 2 if beta == 4 else 1
    k = sum(parts)
    rows, columns = range(double * m), range(double * n)
    successor, start = [0] * k, 0
    for part in parts:
        for t in range(part):
            successor[start + t] = start + (t + 1) % part
        start += part
    total: Any = 0
    # S_{i_t, j_t} = Σ_a W_{i_t a} conj W_{j_t a}; the trace has Σ_{j_t, i_{t+1}} between two of them.
    for heads in product(rows, repeat=k):
        for tails in product(rows, repeat=k) if scale is not None else [[heads[s] for s in successor]]:
            weight: Any = 1
            if scale is not None:
                weight = prod((scale[j][heads[s]] for j, s in zip(tails, successor, strict=True)), start=weight)
                if weight == 0:
                    continue
            for summed in product(columns, repeat=k):
                factors: list[Factor] = []
                for i, j, a in zip(heads, tails, summed, strict=True):
                    name, conjugated, sign = _entry(j, a, m, n, beta)
                    factors += [_entry(i, a, m, n, beta), (name, not conjugated, sign)]
                total += weight * _mean(factors, beta)
    return total / Fraction(double) ** len(parts)


@pytest.fixture(scope="session")
def oracle() -> Callable[..., Any]:
    """The oracle of this file, independent of the package."""
    return gaussian_sum

"""Laguerre functions in float64 against mpmath at 40 digits."""

import mpmath as mp
import numpy as np
import pytest

from wishart_moments.spectrum.laguerre import laguerre_values


def reference(degree: int, a: int, x: float) -> list[mp.mpf]:
    """s(x) times L_{N−1}^{(a)}, L_N^{(a)}, L_N^{(a−1)}, L_{N−1}^{(a+1)}, straight from the sums of DLMF 18.5.12."""
    at = mp.mpf(x)
    scale = mp.sqrt(mp.factorial(degree) / mp.gamma(degree + a)) * at ** (mp.mpf(a) / 2) * mp.exp(-at / 2)

    def polynomial(k: int, c: int) -> mp.mpf:
        terms = (mp.binomial(k + c, k - i) * (-at) ** i / mp.factorial(i) for i in range(k + 1))
        return mp.fsum(terms)

    pairs = ((degree - 1, a), (degree, a), (degree, a - 1), (degree - 1, a + 1))
    return [scale * polynomial(k, c) for k, c in pairs]


@pytest.mark.parametrize(
    ("degree", "a"), [(1, 0), (1, 3), (2, -1), (2, 0), (9, -1), (10, 1), (64, 63), (40, 700), (1, 4094), (150, -1)]
)
def test_the_four_functions_are_those_of_the_sums(degree: int, a: int) -> None:
    x = np.linspace(max((a + 1) ** 0.5 - 6, 0.01), (degree + a + 1) ** 0.5 + degree**0.5 + 2, 9) ** 2
    with mp.workdps(40 + degree):
        exact = [[float(value) for value in reference(degree, a, float(point))] for point in x]
    found = laguerre_values(degree, a, x)
    for column, values in zip(zip(*exact, strict=True), found, strict=True):
        assert np.abs(values - column).max() <= 4e-14 * np.abs(column).max()


def test_at_a_hard_edge_the_difference_keeps_its_digits() -> None:
    # L_N^{(−2)} vanishes like x² at 0: N (N−1) x² /2 · s(x) / N (N−1) · …
    x = np.array([1e-12, 1e-9])
    found = laguerre_values(6, -1, x).difference
    with mp.workdps(60):
        exact = np.array([float(reference(6, -1, float(point))[2]) for point in x])
    assert np.abs(found / exact - 1).max() < 1e-14


def test_nothing_overflows_where_the_weight_underflows() -> None:
    values = laguerre_values(4096, 0, np.array([1e-18, 1.0, 16384.0, 20000.0]))
    assert all(np.isfinite(column).all() for column in values)
    assert abs(values.kernel[-1]) < 1e-100

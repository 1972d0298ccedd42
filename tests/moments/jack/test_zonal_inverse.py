"""E C_κ(S^{-1}) and E |S|^h: by known moments, by James' factor at −c, by sampling; and where they do not exist."""

from collections.abc import Callable
from fractions import Fraction
from math import sqrt
from typing import Any

import numpy as np
import pytest
import sympy
from flint import fmpq

from wishart_moments.combinatorics.partitions import Partition, partitions
from wishart_moments.errors import DomainError, ExistenceError, WishartError
from wishart_moments.moments import zonal
from wishart_moments.moments.jack.determinant import determinant_moment
from wishart_moments.moments.jack.zonal_inverse import expected_inverse_zonal
from wishart_moments.moments.jack.zonal_mean import expected_zonal
from wishart_moments.moments.jack.zonal_polynomial import zonal_expansion, zonal_polynomial

SCALE = [[2, 1, 0], [1, 3, 1], [0, 1, 1]]


def expected_inverse(coefficients: dict[Partition, int], **options: Any) -> Any:
    """E Σ c p_λ(S^{-1}), by expansion in zonal polynomials."""
    beta = options.get("beta", 1)
    return sum(
        c * expected_inverse_zonal(kappa, **options) for kappa, c in zonal_expansion(coefficients, beta=beta).items()
    )


@pytest.mark.parametrize("m", range(1, 5))
@pytest.mark.parametrize("excess", range(4, 9))
def test_real_inverse_moments_of_von_rosen(m: int, excess: int) -> None:
    # von Rosen, Scand. J. Statist. 15 (1988) 97, theorem 3.1, with c = n − m − 1, at Σ = I.
    n = m + excess
    c = Fraction(n - m - 1)
    assert expected_inverse({(1,): 1}, m=m, n=n) == m / c
    assert expected_inverse({(2,): 1}, m=m, n=n) == m * (m + c) / (c * (c + 1) * (c - 2))
    assert expected_inverse({(1, 1): 1}, m=m, n=n) == m * ((c - 1) * m + 2) / (c * (c + 1) * (c - 2))


def test_general_scale_of_von_rosen() -> None:
    inverse = sympy.Matrix(SCALE).inv()
    p1, p2 = inverse.trace(), (inverse**2).trace()
    n = 9
    c = n - 3 - 1
    second = expected_inverse({(2,): 1}, n=n, scale=SCALE)
    assert second == (p1**2 + c * p2) / sympy.Integer(c * (c + 1) * (c - 2))
    square = expected_inverse({(1, 1): 1}, n=n, scale=SCALE)
    assert square == ((c - 1) * p1**2 + 2 * p2) / sympy.Integer(c * (c + 1) * (c - 2))


@pytest.mark.parametrize("m", range(1, 5))
def test_complex_inverse_moments(m: int) -> None:
    # Maiwald, Kraus, IEE Proc. Radar Sonar Navig. 147 (2000) 162: c = n − m; m/c, mn/((c−1)c(c+1)).
    n = m + 4
    c = Fraction(n - m)
    assert expected_inverse({(1,): 1}, m=m, n=n, beta=2) == m / c
    assert expected_inverse({(2,): 1}, m=m, n=n, beta=2) == m * (m + c) / (c * (c * c - 1))


def test_moments_that_a_faulty_condition_would_refuse() -> None:
    # n − m + 1 = 3 > 2 and n − m + 1 = 5 > 2·2/β = 2.
    assert expected_inverse({(1,): 1}, m=3, n=5) == 3
    assert expected_inverse({(2,): 1}, m=2, n=6, beta=2) == Fraction(1, 5)


@pytest.mark.parametrize("beta", [1, 2, 4, Fraction(2, 3)])
@pytest.mark.parametrize("k", range(1, 9))
def test_a_single_row_is_an_inverse_gamma_variable(k: int, beta: Any) -> None:
    # S ~ Γ(n/a)·a: E S^{-k} = Π 1/(n − aj), finite just for n > ak.
    a = 2 / Fraction(beta)
    for n in range(1, 40):
        if n > a * k:
            expected = Fraction(1)
            for j in range(1, k + 1):
                expected /= n - a * j
            assert expected_inverse_zonal([k], 1, n, beta=beta) == expected
        else:
            with pytest.raises(ExistenceError):
                expected_inverse_zonal([k], 1, n, beta=beta)


@pytest.mark.parametrize("beta", [1, 2, 4, Fraction(3, 2)])
@pytest.mark.parametrize("kappa", [kappa for k in range(1, 6) for kappa in partitions(k)])
def test_the_factor_is_the_inverse_of_the_forward_one_at_minus_c(kappa: Partition, beta: Any) -> None:
    a, m, n = 2 / Fraction(beta), 6, 40
    c = n - m + 1 - a
    growth = zonal.zonal_growth(kappa, beta)(fmpq(-c.numerator, c.denominator))
    forward = Fraction(int(growth.p), int(growth.q))
    at_identity = zonal_polynomial(kappa, beta=beta).at_identity(m)
    assert expected_inverse_zonal(kappa, m, n, beta=beta) == (-1) ** sum(kappa) * at_identity / forward


@pytest.mark.parametrize("kappa", [(1,), (2,), (1, 1), (2, 1), (1, 1, 1), (3, 1), (2, 2)])
def test_the_mean_exists_from_the_n_that_the_error_names(kappa: Partition) -> None:
    for beta in (1, 2, 4):
        m, a = 3, Fraction(2, beta)
        least = next(n for n in range(1, 99) if n - m + 1 > a * kappa[0])
        assert expected_inverse_zonal(kappa, m, least, beta=beta) > 0
        with pytest.raises(
            ExistenceError,
            match=f"got m = 3, n = {least - 1}; need n > {2 + a * kappa[0]}, the smallest integer n is {least}$",
        ):
            expected_inverse_zonal(kappa, m, least - 1, beta=beta)


def test_columns_exist_where_powers_of_the_trace_do_not() -> None:
    # n − m + 1 = 3: E |S|^{-1} exists, E (tr S^{-1})² does not.
    assert expected_inverse_zonal([1, 1], 2, 4) == zonal_polynomial([1, 1]).at_identity(2) / Fraction(2)
    with pytest.raises(ExistenceError):
        expected_inverse_zonal([2], 2, 4)


@pytest.mark.parametrize("beta", [1, 2])
def test_means_over_samples(beta: int) -> None:
    rng, m, n, draws = np.random.default_rng(7), 3, 14, 100_000
    w = rng.standard_normal((draws, m, n))
    if beta == 2:
        w = (w + 1j * rng.standard_normal((draws, m, n))) / sqrt(2)
    root = np.linalg.cholesky(np.array(SCALE, float))
    x = 1 / np.linalg.eigvalsh(root @ w @ w.conj().swapaxes(1, 2) @ root.T)
    for kappa in [(1,), (2,), (1, 1), (2, 1), (1, 1, 1)]:
        c = zonal_polynomial(kappa, beta=beta)
        values = sum(
            float(y) * np.prod([(x**part).sum(axis=1) for part in label], axis=0) for label, y in c.coefficients.items()
        )
        exact = float(expected_inverse_zonal(kappa, n=n, beta=beta, scale=SCALE))
        assert abs(values.mean() - exact) < 5 * values.std() / sqrt(draws)


def test_symbols_scales_and_floats() -> None:
    n, m = sympy.symbols("n m")
    symbolic = expected_inverse_zonal([2, 1], 3)
    assert symbolic.subs(n, 12) == expected_inverse_zonal([2, 1], 3, 12)
    both = expected_inverse_zonal([2, 1])
    assert both.subs({m: 3, n: 12}) == expected_inverse_zonal([2, 1], 3, 12)
    assert expected_inverse_zonal([2, 1], 3, 12, sigma="1/2") == 64 * expected_inverse_zonal([2, 1], 3, 12)
    exact = expected_inverse_zonal([2, 1], n=12, scale=SCALE)
    assert expected_inverse_zonal([2, 1], n=12, scale=np.array(SCALE, float)) == pytest.approx(float(exact), rel=1e-12)
    assert expected_inverse_zonal([2, 1], n=n, scale=SCALE).subs(n, 12) == exact
    x = sympy.Symbol("x", positive=True)
    at_x = expected_inverse_zonal([2], n=9, scale=[[x, 0], [0, 1]])
    assert at_x.subs(x, 3) == expected_inverse_zonal([2], n=9, scale=[[3, 0], [0, 1]])
    hermitian = np.array([[2, 1j], [-1j, 3]])
    real = [[Fraction(5, 2), 0], [0, 2]]  # |Σ| = 5 both
    found = expected_inverse_zonal([1, 1], n=9, beta=2, scale=hermitian)
    assert found == pytest.approx(float(expected_inverse_zonal([1, 1], n=9, beta=2, scale=real)), rel=1e-12)


def test_more_rows_than_the_matrix_has() -> None:
    assert expected_inverse_zonal([1, 1, 1], 2, 9) == 0
    assert expected_inverse_zonal([], 2, 9) == 1


@pytest.mark.parametrize(
    "compute",
    [
        lambda: expected_inverse_zonal([2], 2, 9, sigma=0),
        lambda: expected_inverse_zonal([2], n=9, scale=[[1, 1], [1, 1]]),
        lambda: expected_inverse_zonal([2], n=9, scale=[[1.0, 1.0], [1.0, 1.0]]),
        lambda: expected_inverse_zonal([2], n=9, scale=[[1, 0], [0, -1]]),
        lambda: expected_inverse_zonal([2], 3, 9, scale=[[1, 0], [0, 1]]),
        lambda: expected_inverse_zonal([2], 2, 9, beta=sympy.Symbol("beta")),
        lambda: determinant_moment(-1, 3, 4),
        lambda: determinant_moment(True, 3, 4),
        lambda: determinant_moment(1, None, 4),
        lambda: determinant_moment(-1, 3, 9, sigma=0),
        lambda: determinant_moment(-1, n=9, scale=[[1, 1], [1, 1]]),
        lambda: determinant_moment(10**6, 3, 4),
        lambda: determinant_moment(1, 3, 4, scale=[[1, 0], [0, 1]]),
        lambda: determinant_moment(1, 3, 4, beta=sympy.Symbol("beta")),
    ],
)
def test_what_has_no_mean_is_refused_in_one_line(compute: Callable[[], object]) -> None:
    with pytest.raises(WishartError) as refusal:
        compute()
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("beta", [1, 2, 4])
@pytest.mark.parametrize("h", [1, 2, 3, -1, -2])
def test_the_determinant_is_the_zonal_polynomial_of_a_rectangle(h: int, beta: int) -> None:
    m, n = 3, 12
    rectangle = [abs(h)] * m
    ratio = Fraction(zonal_polynomial(rectangle, beta=beta).at_identity(m))  # C_κ = C_κ(I) |X|^h
    mean = (expected_zonal if h > 0 else expected_inverse_zonal)(rectangle, m, n, beta=beta)
    assert determinant_moment(h, m, n, beta=beta) == mean / ratio
    at_scale = (expected_zonal if h > 0 else expected_inverse_zonal)(rectangle, n=n, beta=beta, scale=SCALE)
    assert determinant_moment(h, n=n, beta=beta, scale=SCALE) == at_scale / ratio
    floats = determinant_moment(h, n=n, beta=beta, scale=np.array(SCALE, float))
    assert floats == pytest.approx(float(at_scale / ratio), rel=1e-12)
    assert determinant_moment(h, m, sigma="1/2", beta=beta).subs("n", n) == mean / ratio * Fraction(1, 4) ** (m * h)


def test_small_determinants() -> None:
    # |S| of a 1×1 matrix is χ²_n; n < m gives a singular matrix.
    assert [determinant_moment(h, 1, 5) for h in (0, 1, 2, 3)] == [1, 5, 35, 315]
    assert determinant_moment(1, 3, 2) == 0
    x = sympy.Symbol("x", positive=True)
    assert determinant_moment(1, n=3, scale=[[x, 0], [0, 1]]) == 6 * x
    assert determinant_moment(1, n=3, beta=2, scale=np.array([[2, 1j], [-1j, 3]])) == pytest.approx(30, rel=1e-12)
    with pytest.raises(DomainError):
        determinant_moment(1, n=3, scale=np.array([[2, 1j], [-1j, 3]]))

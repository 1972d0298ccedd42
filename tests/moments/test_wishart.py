"""The admitted law: real degrees of freedom, one inverse of Σ, one condition of existence, in every public function."""

import math
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import sympy
from flint import fmpq, fmpq_poly
from hypothesis import given, settings
from hypothesis import strategies as st

from wishart_moments import (
    DomainError,
    ExistenceError,
    InverseTable,
    TransitionTable,
    Wishart,
    determinant_moment,
    entry_moment,
    expected_inverse_zonal,
    expected_zonal,
    kronecker_moment,
    matrix_moment,
    trace_covariance,
    trace_cumulant,
    trace_moment,
    trace_product_moment,
)
from wishart_moments.moments.admission import admit

SCALE = [[2, 1], [1, 3]]
HALF = Fraction(11, 2)

# What is a polynomial in n, as a function of n: exact values at integers determine the one at any n.
POLYNOMIALS: dict[str, Callable[[Any], Any]] = {
    "trace": lambda n: trace_moment(4, 3, n),
    "complex trace": lambda n: trace_moment(4, 3, n, beta=2),
    "quaternion trace": lambda n: trace_moment(3, 3, n, beta=4),
    "wick": lambda n: trace_moment(4, 3, n, method="wick"),
    "zonal": lambda n: trace_moment(4, 3, n, method="zonal"),
    "loop equations": lambda n: trace_moment(4, 3, n, method="loop-equations"),
    "product": lambda n: trace_product_moment([2, 1], 2, n, beta=Fraction(1, 3)),
    "scale": lambda n: trace_product_moment([2, 1], n=n, scale=SCALE),
    "scale, wick": lambda n: trace_product_moment([2, 1], n=n, scale=SCALE, method="wick"),
    "matrix": lambda n: matrix_moment(3, [1], n=n, scale=SCALE)[0][1],
    "matrix, later": lambda n: matrix_moment(3, [1]).at(SCALE, n)[0][1],
    "matrix at the identity": lambda n: matrix_moment(3, [1]).at_identity(2, n),
    "table": lambda n: TransitionTable(3).at(SCALE, n)[2, 1],
    "cumulant": lambda n: trace_cumulant([2, 2, 1], 3, n),
    "cumulant, scale": lambda n: trace_cumulant([2, 1], n=n, scale=SCALE),
    "entries": lambda n: entry_moment([(1, 2), (1, 1), (2, 2)], n, scale=SCALE),
    "Kronecker": lambda n: kronecker_moment(2, n, scale=SCALE)[0, 3],
    "zonal mean": lambda n: expected_zonal([2, 1], 3, n),
    "zonal mean, scale": lambda n: expected_zonal([2, 1], n=n, scale=SCALE),
    "determinant": lambda n: determinant_moment(2, 2, n),
}


@pytest.mark.parametrize("name", POLYNOMIALS)
def test_a_real_n_gives_the_value_of_the_polynomial_through_the_integers(name: str) -> None:
    moment = POLYNOMIALS[name]
    points = range(3, 12)
    through = fmpq_poly([0])
    for i in points:
        basis = fmpq_poly([1])
        for j in points:
            if j != i:
                basis *= fmpq_poly([fmpq(-j, i - j), fmpq(1, i - j)])
        through += fmpq(*Fraction(moment(i)).as_integer_ratio()) * basis
    expected = through(fmpq(11, 2))
    assert moment(HALF) == moment("11/2") == moment("5.5") == moment(Decimal("5.5")) == moment(sympy.Rational(11, 2))
    assert Fraction(moment(HALF)) == Fraction(int(expected.p), int(expected.q))
    rounded = moment(5.5)
    assert isinstance(rounded, float)
    assert rounded == float(moment(HALF))


RATIONAL: dict[str, Callable[[Any], Any]] = {
    "inverse trace": lambda n: trace_moment(-2, 2, n),
    "both signs": lambda n: trace_product_moment([1, -1], 2, n),
    "scale": lambda n: trace_product_moment([-1, -1], n=n, scale=SCALE),
    "matrix": lambda n: matrix_moment(-2, n=n, scale=SCALE)[0][0],
    "zonal mean": lambda n: expected_inverse_zonal([2], 2, n),
    "determinant": lambda n: determinant_moment(-2, 2, n),
}


@pytest.mark.parametrize("name", RATIONAL)
def test_a_real_n_gives_the_value_of_the_rational_function(name: str) -> None:
    symbol = sympy.Symbol("n")
    value = RATIONAL[name](symbol)
    for n in (Fraction(19, 2), Fraction(41, 7)):
        assert RATIONAL[name](n) == value.subs(symbol, sympy.Rational(n.numerator, n.denominator))
    assert RATIONAL[name](9.5) == float(RATIONAL[name]("19/2"))


def test_known_values_at_half_integers() -> None:
    assert trace_moment(2, 3, "11/2") == Fraction(627, 4)
    assert trace_moment(2, 2, "5/2") == Fraction(55, 2)
    assert trace_moment(-1, 2, "19/2") == Fraction(4, 13)
    # A gamma variable of shape n/2 = 1/4, scale 2: E S² = n (n + 2).
    assert trace_moment(2, 1, "1/2") == Fraction(5, 4)
    assert trace_moment(40, 2, "5/2") == trace_moment(40, 2, "5/2", method="loop-equations")
    n = sympy.Symbol("n")
    assert trace_moment(-12, 2, "201/2") == trace_moment(-12, 2, n).subs(n, sympy.Rational(201, 2))


@pytest.mark.parametrize("n", ["3/2", Fraction(1, 3), 1.5, Decimal("0.1")])
def test_there_is_no_law_below_gindikins_bound(n: Any) -> None:
    for call in (
        lambda: Wishart(3, n),
        lambda: trace_moment(2, 3, n),
        lambda: trace_product_moment([1], n=n, scale=np.eye(3)),
        lambda: matrix_moment(2).at(np.eye(3), n),
        lambda: TransitionTable(2).at(np.eye(3), n),
        lambda: trace_covariance(1, 1, 3, n),
        lambda: entry_moment([(1, 1)], n, scale=np.eye(3)),
        lambda: expected_zonal([1], 3, n),
        lambda: determinant_moment(1, 3, n),
    ):
        with pytest.raises(DomainError, match="need n > m - 1 = 2, or an integer n >= 1, for a Wishart law"):
            call()
    assert Wishart(3, 1).n == 1
    assert Wishart(1, n).n == Fraction(n)


def test_existence_is_decided_at_real_n() -> None:
    with pytest.raises(ExistenceError, match=r"got m = 3, n = 7/2; need n > 4, the smallest integer n is 5"):
        trace_moment(-1, 3, "7/2")
    assert trace_moment(-1, 3, "9/2") == 6
    assert matrix_moment(-1, m=3).exists_for("9/2")
    assert not matrix_moment(-1).exists_for(4, 3)
    with pytest.raises(ExistenceError):
        matrix_moment(-1, m=3).at(np.eye(3), "7/2")


# One law of inverses: what is singular for one function is so for all of them.
INVERSES: dict[str, Callable[[Any, Any], Any]] = {
    "trace": lambda n, scale: trace_product_moment([-1], n=n, scale=scale),
    "matrix": lambda n, scale: np.trace(np.array(matrix_moment(-1, n=n, scale=scale), dtype=float)),
    "matrix, later": lambda n, scale: np.trace(np.array(matrix_moment(-1).at(scale, n), dtype=float)),
    "zonal mean": lambda n, scale: expected_inverse_zonal([1], n=n, scale=scale),
}


@pytest.mark.parametrize("name", INVERSES)
def test_the_inverse_of_the_scale_is_one(name: str) -> None:
    inverse = INVERSES[name]
    assert inverse(9, np.diag([1, 1e-11])) == pytest.approx((1 + 1e11) / 6, rel=1e-12)
    assert inverse(9, [[1, 0], [0, Fraction(1, 10**11)]]) == pytest.approx((1 + 1e11) / 6, rel=1e-12)
    for singular in (np.diag([1, 1e-17]), np.ones((2, 2)), np.zeros((2, 2)), [[1.0, 1], [1, 1]]):
        with pytest.raises(DomainError, match="singular to rounding, with the condition number"):
            inverse(9, singular)
    for singular in ([[1, 1], [1, 1]], sympy.zeros(2, 2), sympy.Matrix([[2, sympy.sqrt(2)], [sympy.sqrt(2), 1]])):
        with pytest.raises(DomainError, match="need a positive definite scale for negative powers, got a singular one"):
            inverse(9, singular)


class Frame:
    """What a data frame has to be."""

    def to_numpy(self) -> Any:
        return np.array(SCALE, float)


def test_a_data_frame_is_an_array() -> None:
    assert trace_product_moment([2], n=3, scale=Frame()) == trace_product_moment([2], n=3, scale=np.array(SCALE, float))


@settings(deadline=None, max_examples=50)
@given(st.integers(1, 5), st.integers(0, 2**32 - 1))
def test_powers_traces_and_inverse_of_float_matrices_are_those_of_the_exact_ones(m: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    root = rng.integers(-4, 5, (m, m))
    matrix = root @ root.T + np.eye(m, dtype=int)
    exact, floats = admit(matrix), admit(matrix.astype(float))
    # Entries up to 81 m, smallest eigenvalue at least 1: the condition number is below 1e4.
    for j in range(-4, 9):
        assert floats.trace(j) == pytest.approx(float(exact.trace(j)), rel=1e-10)
    for j in (-2, 3):
        found = np.array(floats.power(j), float)
        assert np.allclose(found, np.array(exact.power(j).tolist(), float), rtol=0, atol=1e-9 * np.abs(found).max())
    assert floats.determinant == pytest.approx(float(exact.determinant), rel=1e-10)
    assert math.isclose(floats.eigenvalues.sum(), exact.trace(1), rel_tol=1e-12)


def test_the_law_is_frozen_and_compares_by_what_it_is() -> None:
    assert Wishart(3, "11/2") == Wishart(3, HALF)
    with pytest.raises(AttributeError):
        Wishart(3, 4).n = 5  # pyright: ignore[reportAttributeAccessIssue]
    with pytest.raises(DomainError, match="need m = 2, the dimension of scale, got 3"):
        Wishart(3, 4, scale=SCALE)
    assert InverseTable(1)[1,][1,](Fraction(11, 2) - 2 - 1) == Fraction(2, 5)

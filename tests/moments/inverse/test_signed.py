"""Powers of both signs: integration by parts over eigenvalues, one dimension, sampling, quadrature, kinds, errors."""

from collections.abc import Sequence
from fractions import Fraction
from math import prod
from typing import Any

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from wishart_moments import trace_product_moment
from wishart_moments.combinatorics.partitions import partitions
from wishart_moments.domain import jack_parameter
from wishart_moments.errors import DomainError, ExistenceError, LimitError, MethodError
from wishart_moments.moments import loop_equations, zonal
from wishart_moments.moments.inverse.existence import existence_condition
from wishart_moments.moments.inverse.signed_equations import Ring, signed_moment
from wishart_moments.moments.polynomials import as_number
from wishart_moments.spectrum.wishart_spectrum import WishartSpectrum

DYSON = [1, 2, 4, Fraction(1, 2), Fraction(7, 5)]
M, N = sympy.symbols("m n")
each_beta = pytest.mark.parametrize("beta", DYSON)


def signed_parts(largest: int, count: int) -> st.SearchStrategy[list[int]]:
    return st.lists(st.integers(-largest, largest), max_size=count)


def loop_equation(k: int, parts: Sequence[int], m: int, n: int, beta: int | Fraction) -> Fraction:
    """E[p_k p_λ] minus its right-hand side, from ∫ Σ_i ∂_i (x_i^k p_λ w) = 0 over the eigenvalues, k of any sign."""
    a = jack_parameter(beta)

    def mean(*label: int) -> Fraction:
        return Fraction(trace_product_moment(label, m, n, beta=beta))

    # (x^k − y^k)/(x − y) summed over pairs x ≠ y.
    pairs = [(1, r, k - 1 - r) for r in range(k)] if k >= 1 else [(-1, -r, k - 1 + r) for r in range(1, -k + 1)]
    right = (a * (k - 1) + n - m + 1) * mean(k - 1, *parts)
    right += sum((sign * (mean(r, s, *parts) - mean(k - 1, *parts)) for sign, r, s in pairs), Fraction(0))
    for i, part in enumerate(parts):
        right += a * part * mean(k + part - 1, *parts[:i], *parts[i + 1 :])
    return mean(k, *parts) - right


@settings(deadline=None, max_examples=30)
@given(
    k=st.integers(-3, 4),
    parts=signed_parts(2, 3),
    m=st.integers(1, 6),
    excess=st.integers(0, 5),
    beta=st.sampled_from(DYSON),
)
def test_integration_by_parts_over_the_eigenvalues(
    k: int, parts: list[int], m: int, excess: int, beta: int | Fraction
) -> None:
    lowest = [min(k, k - 1), *parts, -1]
    n = existence_condition(lowest, beta).smallest_n(max(m, 2)) + excess
    assert loop_equation(k, parts, m, n, beta) == 0


@each_beta
def test_positive_powers_are_those_of_the_loop_equations(beta: int | Fraction) -> None:
    for k in range(1, 6):
        for label in partitions(k):
            moment = signed_moment(label, 0, Ring.numbers(3, 5, beta), at_identity=True)
            assert list(moment.numerators.values()) == [loop_equations.expected_power_sum_at(label, 3, 5, beta)]
            scaled = signed_moment(label, 0, Ring.numbers(3, 5, beta)).numerators
            zonal_route = zonal.expected_power_sum_with_scale(label, beta)
            assert {mu: c for (mu, _), c in scaled.items() if c} == {mu: c(5) for mu, c in zonal_route.items() if c(5)}


@settings(deadline=None, max_examples=30)
@given(parts=signed_parts(4, 4), n=st.integers(40, 60), beta=st.sampled_from(DYSON))
def test_in_one_dimension_powers_add_up(parts: list[int], n: int, beta: int | Fraction) -> None:
    # S is a gamma variable; the equations for matrices do not know that m = 1.
    a, net = jack_parameter(beta), sum(parts)
    moment = prod((n + a * j for j in range(net)), start=Fraction(1))
    moment /= prod((n - a * j for j in range(1, -net + 1)), start=Fraction(1))
    assert trace_product_moment(parts, 1, n, beta=beta) == moment
    assert trace_product_moment(parts, n=n, beta=beta, scale=[[3]]) == moment * Fraction(3) ** net
    label = tuple(part for part in parts if part)
    found = signed_moment(label, 0, Ring.numbers(1, n, beta), at_identity=True)
    (value,) = found.numerators.values()
    c = n - a
    assert as_number(value) == moment * prod(((c - e) ** k for e, k in found.roots.items()), start=Fraction(1))


@each_beta
@pytest.mark.parametrize("parts", [(-1,), (1, -1), (2, -1, -1), (-3,), (3, -2)])
def test_the_identity_is_a_scale_and_numbers_are_values_of_the_rational_function(
    parts: tuple[int, ...], beta: int | Fraction
) -> None:
    m = 3
    n = existence_condition(parts, beta).smallest_n(m) + 2
    value = trace_product_moment(parts, m, n, beta=beta)
    assert trace_product_moment(parts, n=n, beta=beta, scale=[[1, 0, 0], [0, 1, 0], [0, 0, 1]]) == value
    for expression in (
        trace_product_moment(parts, beta=beta),
        trace_product_moment(parts, m, beta=beta),
        trace_product_moment(parts, n=n, beta=beta),
        trace_product_moment(parts, beta=beta, scale=sympy.eye(m)),
    ):
        assert expression.subs({M: m, N: n}) == value


@pytest.mark.parametrize("parts", [(-1,), (-2,), (-1, -1), (1, -1), (2, -2), (-3, 1), (-2, -2)])
def test_a_symbolic_beta_covers_every_number(parts: tuple[int, ...]) -> None:
    beta = sympy.Symbol("beta", positive=True)
    symbolic = trace_product_moment(parts, beta=beta)
    for number in DYSON:
        m, n = 3, 30
        at = symbolic.subs({beta: sympy.Rational(number), M: m, N: n})
        assert at == trace_product_moment(parts, m, n, beta=number)
        one = sympy.sympify(trace_product_moment(parts, 1, beta=beta)).subs({beta: sympy.Rational(number), N: n})
        assert one == trace_product_moment(parts, 1, n, beta=number)


def test_scaling_the_scale_scales_the_moment() -> None:
    scale = [[2, 1], [1, 3]]
    for parts in ((-2,), (3, -1), (2, -2), (-1, -1, 1)):
        plain = trace_product_moment(parts, n=14, scale=scale)
        doubled = trace_product_moment(parts, n=14, scale=[[2 * x for x in row] for row in scale])
        assert doubled == plain * Fraction(2) ** sum(parts)
        assert trace_product_moment(parts, n=14, scale=scale, sigma="1/3") == plain / Fraction(9) ** sum(parts)


def _draws(m: int, n: int, beta: int, count: int, root: "np.ndarray[Any, Any]") -> "np.ndarray[Any, Any]":
    generator = np.random.default_rng(2026)
    w = generator.standard_normal((count, m, n))
    if beta == 2:
        w = (w + 1j * generator.standard_normal((count, m, n))) / np.sqrt(2)
    w = root @ w
    return w @ w.conj().transpose(0, 2, 1)


@pytest.mark.parametrize("beta", [1, 2])
@pytest.mark.parametrize("parts", [(1, -1), (2, -2), (-1,), (-1, -1), (3, -1)])
def test_the_sample_mean_is_within_five_standard_errors(parts: tuple[int, ...], beta: int) -> None:
    # n is so large that four times the powers exist: the variance of the mean and of its estimate are finite.
    m, n, count = 3, 24, 20_000
    diagonal = np.array([1.0, 1.5, 0.5])
    for scale in (None, diagonal):
        root = np.eye(m) if scale is None else np.diag(np.sqrt(scale))
        eigenvalues = np.linalg.eigvalsh(_draws(m, n, beta, count, root))
        sample = np.prod([(eigenvalues**part).sum(axis=1) for part in parts], axis=0)
        given = None if scale is None else np.diag(scale)
        exact = float(trace_product_moment(parts, m, n, beta=beta, scale=given))
        error = sample.std() / np.sqrt(count)
        assert abs(sample.mean() - exact) < 5 * error
        assert error < exact / 100


@pytest.mark.parametrize("beta", [1, 2])
def test_quadrature_over_the_spectrum(beta: int) -> None:
    for m, n in ((3, 20), (8, 40), (20, 70)):
        spectrum = WishartSpectrum(m, n, beta)
        for k in (1, 2, 4):
            exact = float(trace_product_moment([-k], m, n, beta=beta))
            assert spectrum.moment(-k) == pytest.approx(exact, rel=1e-11)


def test_orders_of_zero_are_the_dimension() -> None:
    # Order 0 is an error in wishmom (R).
    assert trace_product_moment([0], 3, 2) == 3
    assert trace_product_moment([0], 1, 2) == 1
    assert trace_product_moment([]) == 1
    assert trace_product_moment([0, -1], 3, 7) == 3 * trace_product_moment([-1], 3, 7) == 3
    assert trace_product_moment([0, 0, -1], n=7, scale=[[2, 1], [1, 2]]) == Fraction(4, 3)
    assert trace_product_moment([-1, 0]) == M**2 / (N - M - 1)


def test_published_moments_at_the_identity() -> None:
    # Real: E tr V^2 and Var tr V from von Rosen (1988); complex: Tulino, Verdú (2004), lemma 2.10.
    gap = N - M
    real = M * (N - 1) / (gap * (gap - 1) * (gap - 3))
    assert trace_product_moment([-2]) == real
    variance = trace_product_moment([-1, -1]) - trace_product_moment([-1]) ** 2
    expected = (M**2 * (gap - 2) + 2 * M) / (gap * (gap - 1) * (gap - 3)) - M**2 / (gap - 1) ** 2
    assert sympy.simplify(variance - expected) == 0
    assert sympy.simplify(trace_product_moment([-2], beta=2) - M * N / (gap**3 - gap)) == 0


@pytest.mark.parametrize("kind", [int, float, sympy.Symbol])
def test_the_kind_of_the_answer_is_that_of_the_arguments(kind: Any) -> None:
    arguments: dict[Any, dict[str, Any]] = {
        int: {"scale": [[2, 1], [1, 2]]},
        float: {"scale": np.array([[2.0, 1.0], [1.0, 2.0]])},
        sympy.Symbol: {"scale": sympy.Matrix([[sympy.Symbol("x", positive=True), 1], [1, 2]])},
    }
    value = trace_product_moment([-2, 1], n=9, **arguments[kind])
    exact = Fraction(14, 9)
    if kind is int:
        assert value == exact
    elif kind is float:
        assert isinstance(value, float)
        assert value == pytest.approx(float(exact), rel=1e-14)
    else:
        assert value.subs(sympy.Symbol("x", positive=True), 2) == trace_product_moment([-2, 1], n=9, **arguments[int])
    assert isinstance(trace_product_moment([-1], 3, 9, sigma=0.5), float)
    assert trace_product_moment([-1], 3, 9, sigma=sympy.Symbol("s")) == sympy.Rational(3, 5) / sympy.Symbol("s") ** 2


def test_a_complex_scale() -> None:
    hermitian = trace_product_moment([-2, 1], n=9, beta=2, scale=[[2, 1j], [-1j, 2]])
    assert hermitian == pytest.approx(
        float(trace_product_moment([-2, 1], n=9, beta=2, scale=[[2, 1], [1, 2]])), rel=1e-13
    )


@pytest.mark.parametrize(
    ("parts", "arguments", "error", "message"),
    [
        ([-1], {"m": 3, "n": 4}, ExistenceError, "the smallest integer n is 5"),
        ([-1], {"sigma": 0}, DomainError, "need sigma > 0 where a power is negative, got 0"),
        ([-1.5], {}, DomainError, "need every part to be an integer, got -1.5"),
        (["a"], {}, DomainError, "need every part to be an integer"),
        (7, {}, DomainError, "need a sequence of integers"),
        ([-(10**10)], {}, LimitError, "need the size of every part <= 1,000,000,000"),
        ([-1], {"n": 9, "scale": [[1, 1], [1, 1]]}, DomainError, "need a positive definite scale"),
        ([-1], {"n": 9, "scale": [[1.0, 1.0], [1.0, 1.0]]}, DomainError, "need a positive definite scale"),
        ([-1], {"n": 9, "scale": [[sympy.sqrt(2), 2], [2, sympy.sqrt(8)]]}, DomainError, "need a positive definite"),
        ([-1], {"n": 9, "scale": [[1, 2], [2, 1]]}, DomainError, "need a positive semidefinite scale"),
        ([-1], {"m": 3, "n": 9, "scale": [[1, 0], [0, 1]]}, DomainError, "need m = 2, the dimension of scale, got 3"),
        ([-1], {"beta": sympy.Symbol("b"), "scale": [[1]]}, MethodError, "a general scale needs a number for beta"),
        ([-8], {"beta": sympy.Symbol("b")}, LimitError, "need a total degree <= 7"),
        ([9, -9], {}, LimitError, "need a total degree <= 12"),
        ([11, -10], {"m": 2, "n": 99}, LimitError, "need a total degree <= 20"),
        ([-13], {"n": 99, "scale": [[1, 0], [0, 1]]}, LimitError, "need a total degree <= 12"),
        ([-5001], {"m": 1}, LimitError, "need a net power of at most 5,000"),
    ],
)
def test_what_cannot_be_answered_is_refused_in_one_line(
    parts: Any, arguments: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message) as refused:
        trace_product_moment(parts, **arguments)
    assert "\n" not in str(refused.value)

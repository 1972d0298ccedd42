"""E tr S^s for real s: at integers the exact moments, between them quadrature, and the recurrences throughout."""

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest
from flint import arb, fmpq

import wishart_moments as w
from wishart_moments.moments.polynomials import rational
from wishart_moments.moments.recurrence_coefficients import coefficients
from wishart_moments.precision import working_precision
from wishart_moments.proofs.fractional import half_integer_pairs, law_of

SHAPES = [(1, 1), (1, 5), (2, 2), (2, 3), (2, 6), (3, 3), (3, 4), (3, 7), (4, 4), (4, 9), (5, 8), (6, 6), (5, 3)]
REAL_SHAPES = [*SHAPES, (3, "7/2"), (4, "10/3"), (3, "9/4")]

each_beta = pytest.mark.parametrize("beta", [1, 2, 4])


@each_beta
@pytest.mark.parametrize(("m", "n"), REAL_SHAPES)
def test_at_integers_it_is_the_exact_moment(m: int, n: Any, beta: int) -> None:
    for k in (*range(1, 6), -1, -2):
        try:
            exact = Fraction(w.trace_moment(k, m, n, beta=beta))
        except w.ExistenceError:
            with pytest.raises(w.ExistenceError):
                w.fractional_moment(k, m, n, beta=beta)
            continue
        assert exact in w.fractional_moment(k, m, n, beta=beta, digits=30)


@pytest.mark.parametrize(("m", "n"), [(2, 2), (3, 3), (3, 6), (4, 7), (5, 5), (8, 9), (4, 2)])
@pytest.mark.parametrize("beta", [1, 2])
def test_between_integers_it_is_the_quadrature_over_the_spectrum(m: int, n: int, beta: int) -> None:
    spectrum = w.WishartSpectrum(m, n, beta=beta)
    for s in (0.5, 0.3, 1.5, 2.75):
        found = float(w.fractional_moment(s, m, n, beta=beta))
        assert float(spectrum.expect(lambda x, s=s: x**s)) == pytest.approx(found, rel=1e-8)


@each_beta
@pytest.mark.parametrize("s", ["1/2", "1/3", "-1/4", "22/7"])
def test_the_proved_recurrence_holds_at_every_real_order(s: str, beta: int) -> None:
    for m, n in ((1, 1), (2, 3), (3, 3), (4, 6), (5, "11/2")):
        law, exponent = law_of(s, m, n, beta)
        with working_precision(400):
            stated = [rational(Fraction(p)) for p in coefficients(beta, exponent, law.m, law.n)]
            terms = [p * law.value(exponent + j) for j, p in enumerate(stated)]
            total = sum(terms, arb(0))
            assert total.contains(0)
            assert abs(total) < abs(terms[-1]) * arb(2) ** -300


def test_one_row_is_the_gamma_law() -> None:
    for n in (1, 4, Fraction(7, 2)):
        with working_precision(200):
            half = rational(Fraction(n) / 2)
            exact = arb(2).sqrt() * arb(half + fmpq(1, 2)).gamma() / arb(half).gamma()
            both = w.fractional_moment("1/2", 1, n, digits=40)
            assert arb(rational(both.lower)) <= exact <= arb(rational(both.upper))


def test_the_mean_nuclear_norm_of_a_square_matrix_of_two_rows() -> None:
    # The mean sum of singular values, by E √(tr S + 2 |det W|) in polar coordinates: √π (2 − 1/√2).
    with working_precision(120):
        exact = arb.pi().sqrt() * (2 - 1 / arb(2).sqrt())
        both = w.fractional_moment("1/2", 2, 2, digits=25)
        assert arb(rational(both.lower)) <= exact <= arb(rational(both.upper))


def test_sigma_scales_with_its_power() -> None:
    one = w.fractional_moment("3/2", 3, 5, digits=25)
    for sigma in (2, "1/2", 0.25):
        both = w.fractional_moment("3/2", 3, 5, sigma=sigma, digits=25)
        factor = Fraction(sigma) ** 3
        assert both.lower <= factor * one.upper
        assert factor * one.lower <= both.upper
        assert both.width <= both.upper / 10**25


@each_beta
@pytest.mark.parametrize(("m", "n"), SHAPES)
def test_half_integer_moments_are_two_rational_sequences_that_obey_the_recurrence(m: int, n: int, beta: int) -> None:
    law, _ = law_of("1/2", m, n, beta)
    # The closed form at every k; the recurrence for the rational parts of √π and of the other unit by themselves.
    assert half_integer_pairs(9, law) == [law.pair(k) for k in range(9)]
    for k, exact in enumerate(w.half_integer_moments(6, m, n, beta=beta)):
        both = w.fractional_moment(Fraction(2 * k + 1, 2), m, n, beta=beta, digits=30)
        value = Fraction(str(exact.evalf(40)))
        assert both.lower - value / 10**35 <= value <= both.upper + value / 10**35


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: w.fractional_moment("-1/2", 2, 2), "need s > -1/2 for a finite moment, got -1/2"),
        (lambda: w.fractional_moment("-1/2", 3, 2), "need s > 0 for n < m, got s = -1/2: S is singular"),
        (lambda: w.fractional_moment("x", 2, 2), "need s to be real"),
        (lambda: w.fractional_moment(2000, 2, 2), "need |s| <= 1000"),
        (lambda: w.fractional_moment("1/2", 2, None), "need m and n as numbers"),
        (lambda: w.fractional_moment("1/2", 2, 3, beta=3), "beta 1, 2 or 4"),
        (lambda: w.fractional_moment("1/2", 2, 3, sigma=0), "need sigma > 0"),
        (lambda: w.fractional_moment("1/2", 2, 3, digits=0), "need 1 <= digits <= 1000"),
        (lambda: w.fractional_moment("1/2", 1001, 1001), "need min(m, n) <= 1000"),
        (lambda: w.fractional_moment("1/2", 2, 10**9), "need n <= 100,000"),
        (lambda: w.half_integer_moments(3, 2, 10**9), "need n <="),
        (lambda: w.half_integer_moments(3, 2, 20_000), "need n <= 10,000 for exact values"),
        (lambda: w.half_integer_moments(3, 2, "5/2"), "need n to be an integer for exact values, got 5/2"),
        (lambda: w.half_integer_moments(0, 2, 2), "need 1 <= count"),
    ],
)
def test_mistakes_are_one_line(call: Callable[[], Any], message: str) -> None:
    with pytest.raises(w.WishartError) as error:
        call()
    assert message in str(error.value)


def test_the_command_takes_a_fraction(command_line: Callable[..., Any]) -> None:
    assert command_line("moment", "1/2", "--m", "2", "--n", "2").out == "-sqrt(2)*sqrt(pi)/2 + 2*sqrt(pi)\n"
    assert command_line("moment", "1/2", "--m", "2", "--n", "2", "--digits", "20").out == "2.2915935644955318034\n"
    assert command_line("moment", "0.3", "--m", "2", "--n", "2").out == "2.00939888268755\n"
    assert command_line("moment", "3/2", "--m", "3", "--n", "3", "--sigma", "2", "--digits", "12").code == 0
    for line in (["1/2"], ["1/2", "--scale", "symbolic"], ["-3/2", "--m", "2", "--n", "2"], ["1/2", "1"]):
        code, _, err = command_line("moment", *line)
        assert code == 2
        assert len(err.splitlines()) == 1


def test_quaternion_inverse_moments_where_the_recurrence_leaves_them_open() -> None:
    # n − m = 1/2, 3/2, 7/2: against the closed form, and E tr S^{-1} = m/(n − m + 1/2).
    assert w.trace_moment(-1, 3, "7/2", beta=4) == 3
    for k, n in ((-1, "7/2"), (-2, "9/2"), (-3, "13/2")):
        assert Fraction(w.trace_moment(k, 3, n, beta=4)) in w.fractional_moment(k, 3, n, beta=4, digits=30)

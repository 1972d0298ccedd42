"""Exponential integrals in ball arithmetic against mpmath's quadrature, and against themselves at other precisions."""

from fractions import Fraction

import mpmath as mp
import pytest
from flint import arb, ctx, fmpq
from hypothesis import given, settings
from hypothesis import strategies as st

from wishart_moments.spectrum.exponential_integrals import stieltjes_gamma, tau

ORDERS = [Fraction(0), Fraction(-1, 2), Fraction(1, 2), Fraction(1), Fraction(7), Fraction(13, 2), Fraction(63)]
ARGUMENTS = [fmpq(1, 10**6), fmpq(2, 3), fmpq(7), fmpq(30), fmpq(128), fmpq(1000)]


def contains(ball: arb, value: mp.mpf) -> bool:
    """Whether the ball, widened by mpmath's own error, contains the value."""
    middle = mp.mpf(ball.mid().str(60, radius=False))
    return abs(middle - value) <= abs(value) * mp.mpf(10) ** -30


@pytest.mark.parametrize("z", ARGUMENTS, ids=str)
@pytest.mark.parametrize("s", ORDERS, ids=str)
def test_q_is_its_integral(s: Fraction, z: fmpq) -> None:
    with mp.workdps(45):
        at, power = mp.mpf(int(z.p)) / int(z.q), mp.mpf(s.numerator) / s.denominator

        def integrand(u: mp.mpf) -> mp.mpf:  # x = u²
            return 2 * u ** (2 * power + 1) * mp.exp(-(u**2)) / (at + u**2)

        root = mp.sqrt(at)
        breaks = sorted({mp.mpf(0), min(root, mp.mpf(1)) / 8, min(root, mp.mpf(1)), mp.mpf(2), mp.mpf(6), mp.mpf(12)})
        if s >= 20:
            breaks = sorted({*breaks, mp.mpf(8), mp.mpf(20)})
        exact = mp.quad(integrand, [*breaks, 40])
        with ctx.workprec(140):
            assert contains(stieltjes_gamma(s, z), exact)


@pytest.mark.parametrize("z", ARGUMENTS, ids=str)
def test_tau_is_its_integral(z: fmpq) -> None:
    with mp.workdps(45):
        at = mp.mpf(int(z.p)) / int(z.q)
        exact = mp.quad(lambda t: mp.exp(at * (1 + t * t)) * mp.expint(1, at * (1 + t * t)), [0, 0.25, 0.5, 1])
        with ctx.workprec(140):
            assert contains(tau(z), exact)


@settings(deadline=None, max_examples=60)
@given(st.sampled_from(ORDERS), st.integers(-20, 30), st.integers(1, 2**20), st.integers(60, 700))
def test_balls_of_different_precision_overlap_and_are_narrow(s: Fraction, shift: int, odd: int, bits: int) -> None:
    z = fmpq(odd, 2**10) * fmpq(2) ** shift
    for function in (lambda: stieltjes_gamma(s, z), lambda: tau(z)):
        with ctx.workprec(bits):
            coarse = function()
        with ctx.workprec(2 * bits + 64):
            fine = function()
        assert coarse.overlaps(fine)
        assert coarse.rel_accuracy_bits() > bits - 24


@pytest.mark.parametrize("s", ORDERS, ids=str)
def test_a_step_in_the_order_is_the_recurrence(s: Fraction) -> None:
    with ctx.workprec(300):
        for z in ARGUMENTS:
            moment = (arb(fmpq(s.numerator, s.denominator)) + 1).gamma()
            assert stieltjes_gamma(s + 1, z).overlaps(moment - arb(z) * stieltjes_gamma(s, z))

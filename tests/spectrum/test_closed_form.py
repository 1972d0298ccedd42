"""The closed form of the resolvent against exact moments, the quadrature, mpmath and other proofs."""

from fractions import Fraction

import mpmath as mp
import numpy as np
import pytest
from flint import arb, ctx, fmpq
from hypothesis import given, settings
from hypothesis import strategies as st

from wishart_moments.errors import LimitError
from wishart_moments.spectrum.closed_form import resolvent_enclosure
from wishart_moments.spectrum.gauss_radau import gauss_radau
from wishart_moments.spectrum.wishart_spectrum import spectrum

RATIOS = [fmpq(1, 10**6), fmpq(1, 3), fmpq(7), fmpq(200), fmpq(10**5)]


@pytest.mark.parametrize("beta", [1, 2])
@pytest.mark.parametrize("n", range(1, 13))
@pytest.mark.parametrize("m", range(1, 8))
def test_the_gauss_radau_bounds_from_exact_moments_enclose_the_closed_form(m: int, n: int, beta: int) -> None:
    for ratio in (fmpq(40), fmpq(1000)):
        closed = resolvent_enclosure(m, n, ratio, 200, beta)
        lower, upper = gauss_radau(m, n, 60, beta).enclosure(Fraction(int(ratio.p), int(ratio.q)), 256)
        with ctx.workprec(256):
            trace = min(m, n) - arb(ratio) * closed
            assert lower <= trace.lower() or trace.overlaps(lower)
            assert trace.upper() <= upper or trace.overlaps(upper)
            # A proof of many digits by moments alone.
            assert float((upper - lower) / trace) < (1e-7 if ratio == 40 else 1e-25)


@pytest.mark.parametrize("beta", [1, 2])
@pytest.mark.parametrize("gap", [0, 1, 2, 3, 4, 9, 40])
@pytest.mark.parametrize("least", [1, 2, 3, 4, 5, 10, 31, 64])
def test_the_quadrature_on_the_density_agrees_at_every_ratio(least: int, gap: int, beta: int) -> None:
    rule = spectrum(least, least + gap, beta)
    for ratio in RATIOS:
        closed = resolvent_enclosure(least, least + gap, ratio, 60, beta)
        r = float(ratio.p) / float(ratio.q)
        assert r * np.sum(rule.weights / (r + rule.nodes)) == pytest.approx(
            r * float(closed), abs=2e-14 * least, rel=1e-12
        )


@pytest.mark.parametrize("n", [1, 2, 5, 30])
def test_one_row_is_the_chi_squared_integral(n: int) -> None:
    with mp.workdps(40):
        half = mp.mpf(n) / 2

        def integrand(u: mp.mpf) -> mp.mpf:
            return 2 * u ** (n - 1) * mp.exp(-(u**2) / 2) / (3 + u**2)

        exact = mp.quad(integrand, [0, 1, 2, 4, 8, 30]) / (2**half * mp.gamma(half))
        assert (
            abs(mp.mpf(resolvent_enclosure(1, n, fmpq(3), 120).mid().str(40, radius=False)) - exact) < mp.mpf(10) ** -33
        )


def test_two_complex_rows_are_polynomials_and_one_exponential_integral() -> None:
    # N = 2, d = 0: ρ = e^{−x}(2 − 2x + x²), and ∫ x^j e^{−x}/(α+x) from j = 0 on by division.
    for r in (Fraction(1, 7), Fraction(5), Fraction(300)):
        with ctx.workprec(400):
            alpha = arb(fmpq(r.numerator, r.denominator))
            q0 = alpha.exp() * alpha.expint(arb(1))
            q1 = 1 - alpha * q0
            q2 = 1 - alpha * q1
            exact = 2 * q0 - 2 * q1 + q2
            assert resolvent_enclosure(2, 2, fmpq(r.numerator, r.denominator), 200, 2).overlaps(exact)


@settings(deadline=None, max_examples=80)
@given(st.integers(1, 40), st.integers(1, 40), st.integers(-30, 30), st.integers(1, 2**12), st.sampled_from([1, 2]))
def test_balls_of_different_precision_overlap_and_keep_the_promised_width(
    m: int, n: int, shift: int, odd: int, beta: int
) -> None:
    ratio = fmpq(odd, 2**6) * fmpq(2) ** shift
    coarse = resolvent_enclosure(m, n, ratio, 60, beta)
    fine = resolvent_enclosure(m, n, ratio, 400, beta)
    assert coarse.overlaps(fine)
    assert coarse.rel_accuracy_bits() >= 60
    assert fine.rel_accuracy_bits() >= 400
    assert resolvent_enclosure(n, m, ratio, 60, beta).overlaps(coarse)


@pytest.mark.parametrize(("m", "n"), [(3, 3), (4, 4), (4, 7), (5, 7), (6, 7), (2, 9)])
def test_the_expansion_at_infinity_has_the_exact_moments(m: int, n: int) -> None:
    # r G(r) = Σ_k (−1)^k M_k r^{−k}: at r = 2^200 the first six terms are read off in base r.
    from wishart_moments.moments.recurrence import trace_moments_at

    with ctx.workprec(3000):
        r = fmpq(2) ** 200
        rest = arb(r) * resolvent_enclosure(m, n, r, 2000) - min(m, n)
        for k, moment in enumerate(trace_moments_at(6, m, n)[1:], start=1):
            scaled = rest * arb(r) ** k
            nearest = round(float(scaled))
            assert abs(float(scaled) - nearest) < 1e-9 * abs(nearest)
            rest -= (-1) ** k * arb(moment) / arb(r) ** k
            assert abs(float(scaled) / ((-1) ** k * float(moment)) - 1) < 1e-15
            assert float(abs(rest) * arb(r) ** k) < 1e-30 * float(moment) * 1e10


def test_the_expansion_at_zero_of_a_square_layer_is_edelmans() -> None:
    # The density of √λ at a hard edge is finite: √r G(r) → (π/2) ρ_u(0); at m = n = 1 it is √(π/2).
    value = resolvent_enclosure(1, 1, fmpq(1, 10**40), 60)
    assert float(value) * 1e-20 == pytest.approx(float(mp.sqrt(mp.pi / 2)), rel=1e-12)


def test_out_of_reach_is_said() -> None:
    with pytest.raises(LimitError, match="bits of working precision are needed"):
        resolvent_enclosure(4096, 4096, fmpq(10) ** 40, 60)

"""Bounds from exact moments: the continued fraction, its convergents, and what rounding may not do."""

from fractions import Fraction
from typing import Any

import mpmath as mp
import numpy as np
import pytest
from flint import arb, ctx, fmpq
from hypothesis import given, settings
from hypothesis import strategies as st

from wishart_moments.errors import DomainError, LimitError, MethodError
from wishart_moments.moments.recurrence import trace_moments_at
from wishart_moments.spectrum.gauss_radau import GaussRadau, gauss_radau, stieltjes_coefficients

SHAPES = [(1, 1), (2, 3), (10, 10), (12, 10), (64, 128), (3, 1000)]


def one_output(n: int, r: Any, beta: int = 1) -> Any:
    """T(r) for m = 1: the eigenvalue is Gamma(βn/2, 2/β), and E 1/(r + λ) = e^y y^{k−1} Γ(1 − k, y)/θ, y = r/θ."""
    shape, scale = mp.mpf(beta * n) / 2, mp.mpf(2) / beta
    y = mp.mpf(r) / scale
    return 1 - r * mp.exp(y) * y ** (shape - 1) * mp.gammainc(1 - shape, y) / scale


@pytest.mark.parametrize("n", [1, 2, 7, 100])
def test_one_output_has_the_continued_fraction_of_laguerre(n: int) -> None:
    # Gamma(k, θ): c = θ (k, 1, k + 1, 2, k + 2, …).
    for beta, shape, scale in ((1, Fraction(n, 2), 2), (2, Fraction(n), 1), (4, Fraction(2 * n), Fraction(1, 2))):
        found = stieltjes_coefficients(1, n, 20, beta)
        expected = [1, *(scale * (shape + j // 2 if j % 2 == 0 else j // 2 + 1) for j in range(20))]
        for ball, value in zip(found, map(Fraction, expected), strict=True):
            assert ball.contains(arb(fmpq(value.numerator, value.denominator)))
            assert ball.rel_accuracy_bits() >= 64


@pytest.mark.parametrize("beta", [1, 2, 4])
@pytest.mark.parametrize(("m", "n"), SHAPES)
def test_the_coefficients_give_back_the_exact_moments(m: int, n: int, beta: int) -> None:
    # Stieltjes: M_k/N is the sum over Dyck paths of length 2k, c_j for each step down from height j.
    order = 16
    moments = trace_moments_at(order, m, n, beta)
    c = stieltjes_coefficients(m, n, order, beta, 200)
    with ctx.workprec(300):
        paths = [arb(1), *(arb(0) for _ in range(2 * order + 1))]
        for step in range(1, 2 * order + 1):
            up = [arb(0), *paths[:-1]]
            down = [c[j + 1] * paths[j + 1] if j < order else arb(0) for j in range(len(paths) - 1)] + [arb(0)]
            paths = [x + y for x, y in zip(up, down, strict=True)]
            if step % 2 == 0:
                moment = paths[0] * min(m, n)
                assert moment.contains(arb(moments[step // 2]))
                assert moment.rel_accuracy_bits() > 150


@pytest.mark.parametrize(
    ("m", "n", "scale", "widths"),
    [
        (10, 12, 1, {5: 4.3e-4, 10: 4.2e-7, 20: 7.2e-12}),
        (64, 128, 1, {5: 4.6e-5, 10: 7.5e-10, 20: 1e-15}),
        (10, 12, 100, {5: 1.5e-1, 20: 1.4e-2, 80: 1.6e-4, 160: 4.3e-6}),
        (64, 128, 100, {5: 3.1e-2, 20: 2.9e-6, 80: 2e-15}),
    ],
)
def test_the_widths_are_those_of_the_design(m: int, n: int, scale: int, widths: dict[int, float]) -> None:
    # K Gauss points take the moments 0..2K − 1.
    for points, width in widths.items():
        lower, upper = gauss_radau(m, n, 2 * points - 1).trace_bounds(n / scale)
        assert 0 < (upper - lower) / m < 1.04 * width
        assert width < 1e-14 or (upper - lower) / m > 0.96 * width


@pytest.mark.parametrize("beta", [1, 2, 4])
@pytest.mark.parametrize("n", [1, 2, 5, 40])
def test_the_bounds_bracket_a_single_output(n: int, beta: int) -> None:
    with mp.workdps(200):  # the incomplete gamma function of large arguments loses digits
        for ratio in (1e-8, 0.01, 0.5, 3.0, 200.0, 1e6, 1e12):
            exact = one_output(n, mp.mpf(ratio), beta)
            for order in (1, 2, 3, 10, 41):
                lower, upper = gauss_radau(1, n, order, beta).trace_bounds(ratio)
                assert mp.mpf(float(lower)) < exact < mp.mpf(float(upper))


@pytest.mark.parametrize(("m", "n"), SHAPES)
def test_the_bounds_nest_with_the_order(m: int, n: int) -> None:
    for r in (Fraction(1, 100), 1, 50, 10**6):
        before = (arb(0), arb(min(m, n)))
        for order in range(1, 30):
            lower, upper = gauss_radau(m, n, order).enclosure(r, 2000)
            assert before[0] <= lower
            assert upper <= before[1]
            assert lower < upper
            # One more moment moves one bound only.
            assert (lower == before[0]) == (order % 2 == 1)
            before = (lower, upper)


@settings(deadline=None, max_examples=60)
@given(
    st.integers(1, 60),
    st.integers(1, 60),
    st.integers(1, 60),
    st.floats(1e-12, 1e12),
    st.sampled_from([1, 2, 4]),
)
def test_rounding_goes_outwards_and_not_far(m: int, n: int, order: int, r: float, beta: int) -> None:
    bounds = GaussRadau(m, n, order, beta)
    lower, upper = map(float, bounds.trace_bounds(r))
    low, high = bounds.enclosure(arb(r), 200)
    assert arb(lower) <= low
    assert high <= arb(upper)
    assert float((low - lower) / (low + 1e-300)) < 1e-14
    assert float((upper - high) / high) < 1e-14


def test_the_bounds_are_symmetric_in_the_shape() -> None:
    for order in (4, 9):
        one, other = (gauss_radau(m, n, order).trace_bounds([0.1, 7.0]) for m, n in ((5, 9), (9, 5)))
        assert all((x == y).all() for x, y in zip(one, other, strict=True))


def test_extreme_arguments_are_bounded_by_what_is_known() -> None:
    lower, upper = gauss_radau(3, 5, 9).trace_bounds([0.0, 1e-300, 1e-200, 1e200, 1e300, np.inf])
    assert upper[:2].tolist() == [3, 3]
    assert lower[4:].tolist() == [0, 0]
    assert upper[5] == 0
    assert (lower <= upper).all()
    assert lower[3] == pytest.approx(15e-200, rel=1e-13)
    assert upper[3] == pytest.approx(15e-200, rel=1e-13)


@pytest.mark.parametrize("order", [1, 2, 7, 8, 19, 20])
@pytest.mark.parametrize(("m", "n"), SHAPES)
def test_the_rule_integrates_the_moments_it_is_made_of(m: int, n: int, order: int) -> None:
    bounds = gauss_radau(m, n, order)
    nodes, weights = bounds.rule()
    assert (weights > 0).all()
    assert (nodes[0] == 0) == (order % 2 == 0)
    assert len(nodes) == order // 2 + 1
    for k, moment in enumerate(trace_moments_at(order, m, n)[1:], 1):
        assert float((weights * nodes**k).sum()) == pytest.approx(int(moment), rel=1e-9)
    lower, upper = bounds.trace_bounds(2.0)
    assert float((weights * nodes / (2 + nodes)).sum()) == pytest.approx(
        float(upper if order % 2 else lower), rel=1e-11
    )


def test_more_digits_than_floats_have() -> None:
    lower, upper = gauss_radau(64, 128, 300).enclosure(128, 600)
    assert upper - lower < arb(10) ** -90
    assert lower.str(12, radius=False) == "28.0093852513"


# The largest sizes that are allowed.
@pytest.mark.slow
def test_the_largest_order_and_size_are_reached() -> None:
    lower, upper = GaussRadau(30, 30, 1000).trace_bounds(0.3)
    assert 0 < upper - lower < 1e-11
    lower, upper = GaussRadau(10**9, 10**9, 20).trace_bounds(1e9)
    assert lower / 1e9 == pytest.approx((3 - 5**0.5) / 2, rel=1e-6)


def test_what_cannot_be_had_is_refused() -> None:
    with pytest.raises(DomainError, match=r"need order >= 1, got 0"):
        GaussRadau(2, 2, 0)
    with pytest.raises(LimitError, match=r"need order <= 1000 for the bounds, got 1001; use method 'exact'"):
        GaussRadau(2, 2, 1001)
    with pytest.raises(LimitError, match=r"method 'limit' takes any size"):
        GaussRadau(2, 10**10, 3)
    with pytest.raises(MethodError, match="beta = 1, 2 and 4"):
        GaussRadau(2, 2, 3, 3)
    with pytest.raises(DomainError, match=r"need r > 0, got 0"):
        GaussRadau(2, 2, 3).enclosure(0)

"""The fluctuation from draw to draw: the loop equation exactly, its evaluation, its limits, and real draws."""

from math import sqrt
from typing import Any

import mpmath
import numpy as np
import pytest
from flint import arb, ctx, fmpq
from hypothesis import given, settings
from hypothesis import strategies as st

from wishart_moments.combinatorics.partitions import partition
from wishart_moments.errors import DomainError, LimitError
from wishart_moments.moments.loop_equations import PowerSumTable
from wishart_moments.moments.polynomials import RING, SYMBOLIC_RING
from wishart_moments.spectrum.bidiagonal import resolvent_traces, sample
from wishart_moments.spectrum.closed_form import resolvent_enclosure
from wishart_moments.spectrum.wishart_spectrum import spectrum
from wishart_moments.variance import fluctuation as module
from wishart_moments.variance.fluctuation import fluctuation, trace_deviation

SHAPES = [(1, 1), (2, 2), (3, 3), (2, 3), (2, 4), (3, 8), (10, 12), (30, 10), (64, 128)]


@pytest.mark.parametrize("beta", [1, 2, 4, None])
def test_the_loop_equation_holds_power_by_power_of_r(beta: int | None) -> None:
    # Var t = Σ_k (−1)^k r^{−k} Σ_{i+j=k} Cov(tr S^i, tr S^j); the right-hand side of (A) has the same powers.
    ring: Any = SYMBOLIC_RING if beta is None else RING
    m, n, *rest = ring.gens()
    excess = rest[0] - 1 if rest else {1: 1, 2: 0, 4: -1}[beta or 1]  # a − 1; twice that for β = 4
    halves = 2 if beta == 4 else 1
    table = PowerSumTable(8, beta)
    moment = [m, *(table[(k,)] for k in range(1, 9))]
    for k in range(1, 8):
        covariances = [table[partition((i, k - i))] - moment[i] * moment[k - i] for i in range(1, k)]
        products = [moment[i] * moment[k - i] for i in range(1, k)]
        single = halves * (moment[k + 1] - (m + n) * moment[k]) - excess * k * moment[k]
        assert single - halves * sum(products, 0 * m) == halves * sum(covariances, 0 * m)


def one_output(n: int, ratio: float) -> float:
    mp: Any = mpmath
    with mp.workdps(30):
        r = mp.mpf(ratio)
        ends = sorted(end for end in {mp.mpf(0), mp.sqrt(r) / 10, mp.sqrt(r), 3 * mp.sqrt(r), 1, 3, 8, 30} if end <= 30)

        def mean(f: Any) -> Any:
            half = mp.mpf(n) / 2
            return mp.quad(lambda u: 2 * u ** (n - 1) * mp.exp(-u * u / 2) * f(u * u), ends) / (
                2**half * mp.gamma(half)
            )

        centre = mean(lambda x: x / (r + x))
        return float(mp.sqrt(mean(lambda x: (x / (r + x) - centre) ** 2)))


@pytest.mark.parametrize("ratio", [1e-10, 1e-6, 1e-3, 0.3, 1.0, 20.0, 1e3, 1e6, 1e9])
@pytest.mark.parametrize("n", [1, 2, 3, 4, 9])
def test_one_output_is_chi_squared(n: int, ratio: float) -> None:
    exact = one_output(n, ratio)
    assert fluctuation(1, n, ratio**-0.5) == pytest.approx(exact, rel=1e-13)
    assert fluctuation(n, 1, 1.0, alpha=ratio) == pytest.approx(exact / n, rel=1e-13)


def in_many_digits(m: int, n: int, ratio: float) -> float:
    """Return the deviation by (A) from the closed form of the resolvent and its difference quotient, in 700 bits."""
    r, step = fmpq(*ratio.as_integer_ratio()), fmpq(1, 2**110)
    at, above, below = (resolvent_enclosure(m, n, r * (1 + c * step), 700) for c in (0, 1, -1))
    with ctx.workprec(700):
        ball, least = arb(r), min(m, n)
        g, slope = at, (above - below) / (2 * ball * step)
        t = least - ball * g
        variance = ball * (t - ball * g * g + (1 - abs(m - n)) * g + ball * slope)
        assert variance.rel_accuracy_bits() > 200
        return float(variance.sqrt())


@pytest.mark.parametrize(
    ("m", "n", "tolerance"),
    [(1, 1, 1e-13), (2, 2, 1e-13), (3, 4, 1e-13), (12, 10, 1e-12), (9, 9, 1e-12), (4, 40, 1e-11), (64, 128, 2e-10)],
)
def test_the_digits_are_those_of_the_closed_form(m: int, n: int, tolerance: float) -> None:
    ratios = np.logspace(-6, 9, 11)
    exact = [in_many_digits(m, n, float(ratio)) for ratio in ratios]
    assert trace_deviation(spectrum(m, n), ratios) == pytest.approx(exact, rel=tolerance)


@pytest.mark.parametrize(("m", "n"), SHAPES)
def test_the_variance_of_draws_is_within_five_standard_errors(m: int, n: int) -> None:
    count = 40_000
    ratios = (sqrt(m) + sqrt(n)) ** 2 * np.array([1e-4, 1e-2, 0.3, 10.0])
    traces = resolvent_traces(sample(m, n, 1, count, np.random.default_rng(3)), ratios)
    squares = (traces - traces.mean(axis=1)[:, None]) ** 2
    errors = squares.std(axis=1) / sqrt(count)  # of the variance, by the fourth moments
    exact = trace_deviation(spectrum(m, n), ratios) ** 2
    assert (np.abs(squares.mean(axis=1) - exact) < 5 * errors).all()
    assert (errors < 0.25 * exact).all()


@pytest.mark.parametrize(("m", "n"), SHAPES)
def test_a_narrow_layer_fluctuates_as_the_trace(m: int, n: int) -> None:
    # σ → 0: t → tr S / r, and Var tr S = 2mn.
    for ratio in (1e12, 1e100, 1e200):
        assert trace_deviation(spectrum(m, n), np.array([ratio])) * ratio == pytest.approx(sqrt(2 * m * n), rel=1e-8)


@pytest.mark.parametrize("n", [5, 8, 40])
def test_a_wide_scale_fluctuates_as_the_inverse_trace(n: int) -> None:
    # σ → ∞ at m = 1: t → 1 − r/χ²_n, and Var 1/χ²_n = 2 / ((n−2)² (n−4)).
    exact = sqrt(2 / (n - 4)) / (n - 2)
    found = trace_deviation(spectrum(1, n), np.array([1e-10])) * 1e10
    assert found == pytest.approx(exact, rel=1e-4 if n == 5 else 1e-8)


def test_the_fluctuation_of_large_layers_is_universal() -> None:
    for m, n in ((200, 200), (150, 400), (400, 150)):
        ratios = (m + n) * np.array([0.05, 0.3, 1.0, 10.0, 1e3])
        limit = np.sqrt(2 * m * n) * ratios / ((ratios + m + n) ** 2 - 4 * m * n)
        assert trace_deviation(spectrum(m, n), ratios) == pytest.approx(limit, rel=0.02)


def test_the_three_forms_agree_where_none_cancels() -> None:
    for m, n in ((3, 8), (12, 10)):
        forms = module._forms(spectrum(m, n), np.array([0.5, 2.0, 10.0]))
        assert len(forms) == 3
        for form in forms:
            assert form.deviation == pytest.approx(forms[0].deviation, rel=1e-9)
    assert len(module._forms(spectrum(3, 4), np.array([1.0]))) == 2


@settings(deadline=None, max_examples=25)
@given(st.integers(1, 12), st.integers(1, 12), st.floats(-6, 9), st.floats(0.1, 10))
def test_only_the_ratio_and_the_gain_matter_and_transposes_are_proportional(
    m: int, n: int, exponent: float, alpha: float
) -> None:
    sigma = sqrt(alpha / 10**exponent)
    value = fluctuation(m, n, sigma, alpha=alpha, gamma=3.0)
    assert value == pytest.approx(9 * fluctuation(m, n, sigma / sqrt(alpha)), rel=1e-9)
    assert m * value == pytest.approx(n * fluctuation(n, m, sigma, alpha=alpha, gamma=3.0), rel=1e-9)
    # t lies within [0, N]: no deviation exceeds N/2.
    assert 0 < value <= 9 * min(m, n) / m / 2


def test_arguments_broadcast_and_zero_sigma_does_not_fluctuate() -> None:
    values = fluctuation(3, 5, [[0.0], [0.5], [1e-200], [1e200]], alpha=[1.0, 2.0])
    assert values.shape == (4, 2)
    assert not values[[0, 2]].any()
    # At d = 2 the deviation goes like (√α/σ)^{3/2}.
    assert values[3, 0] == pytest.approx(fluctuation(3, 5, 1e20) * 1e-180**1.5, rel=1e-6)
    assert values[1, 1] == pytest.approx(fluctuation(3, 5, 0.5, alpha=2.0), rel=1e-12)
    assert isinstance(fluctuation(3, 5, 0.0), float)
    many = np.linspace(0.1, 1, 5000)
    assert fluctuation(3, 5, many)[4321] == pytest.approx(fluctuation(3, 5, many[4321]), rel=1e-12)


@pytest.mark.parametrize("arguments", [(3, 5, -1.0), (0, 5, 1.0), (3, 2.5, 1.0)])
def test_what_has_no_meaning_is_refused(arguments: tuple[Any, Any, Any]) -> None:
    with pytest.raises(DomainError, match="need "):
        fluctuation(*arguments)
    with pytest.raises(LimitError, match="4,096"):
        fluctuation(4, 5000, 1.0)

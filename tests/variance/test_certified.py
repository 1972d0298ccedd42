"""Certified variances: references, two proofs against each other, every other method, and refusals."""

from fractions import Fraction
from itertools import pairwise
from math import sqrt

import mpmath as mp
import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from wishart_moments import certified_variance, moment_bounds, output_variance, series_variance
from wishart_moments.errors import DomainError, LimitError, MethodError
from wishart_moments.variance.certified import Enclosure

# mathematics.md, section 1: α = γ = 1, σ² = 1/n; the ratio α/σ² = n is given exactly.
REFERENCES = [(4, 7, "0.4173664202"), (10, 12, "0.3933625479"), (10, 10, "0.3748901018"), (64, 128, "0.4376466446")]


@pytest.mark.parametrize("method", ["auto", "closed-form", "moments"])
@pytest.mark.parametrize(("m", "n", "digits"), REFERENCES)
def test_the_reference_values_come_out(m: int, n: int, digits: str, method: str) -> None:
    assert certified_variance(m, n, 1, alpha=n, digits=15, method=method).decimal(10) == digits


@settings(deadline=None, max_examples=150)
@given(st.integers(1, 60), st.integers(1, 60), st.floats(-6, 9), st.floats(0.1, 10), st.floats(0.1, 10))
def test_every_method_lies_where_the_certificate_says(m: int, n: int, power: float, sigma: float, gamma: float) -> None:
    alpha = 10**power * sigma**2
    both = certified_variance(m, n, sigma, alpha=alpha, gamma=gamma)
    assert both.width <= both.upper / 10**15
    given_ = {"alpha": alpha, "gamma": gamma}
    assert abs(Fraction(output_variance(m, n, sigma, **given_)) - both.lower) < Fraction(gamma) ** 2 / 10**14
    lower, upper = moment_bounds(m, n, sigma, **given_)
    assert lower <= both.upper
    assert both.lower <= upper
    series = series_variance(m, n, sigma, **given_)
    assert series.lower <= both.upper
    assert both.lower <= series.upper


@settings(deadline=None, max_examples=40)
@given(st.integers(1, 30), st.integers(1, 30), st.fractions(1, 1000), st.integers(1, 60))
def test_two_proofs_overlap(m: int, n: int, ratio: Fraction, digits: int) -> None:
    ratio += m + n
    closed = certified_variance(m, n, 1, alpha=ratio, digits=digits, method="closed-form")
    try:
        moments = certified_variance(m, n, 1, alpha=ratio, digits=digits, method="moments")
    except LimitError:
        reject()
    assert max(closed.lower, moments.lower) <= min(closed.upper, moments.upper)
    assert max(closed.width / closed.upper, moments.width / moments.upper) < Fraction(1, 10**digits)


@pytest.mark.parametrize("n", [1, 2, 3, 10])
def test_one_output_is_chi_squared(n: int) -> None:
    with mp.workdps(60):
        half = mp.mpf(n) / 2

        def integrand(u: mp.mpf) -> mp.mpf:
            return 2 * u ** (n + 1) * mp.exp(-(u**2) / 2) / (mp.mpf(2) / 7 + u**2)

        exact = mp.quad(integrand, [0, 0.25, 0.5, 1, 2, 4, 8, 30]) / (2**half * mp.gamma(half))
        found = certified_variance(1, n, 1, alpha=Fraction(2, 7), digits=50)
        assert abs(mp.mpf(found.decimal(48)) - exact) < mp.mpf(10) ** -45


def test_more_outputs_than_inputs_lose_the_ratio() -> None:
    wide = certified_variance(4, 7, "1/3", digits=40)
    tall = certified_variance(7, 4, "1/3", digits=40)
    assert max(wide.lower * 4, tall.lower * 7) <= min(wide.upper * 4, tall.upper * 7)


def test_only_the_ratio_of_alpha_to_sigma_squared_enters_and_gamma_squared_multiplies() -> None:
    one = certified_variance(5, 9, "1/3", alpha="1/2", gamma=1)
    other = certified_variance(5, 9, "2/3", alpha=2, gamma="3/2")
    assert one.lower * Fraction(9, 4) == other.lower
    assert one.upper * Fraction(9, 4) == other.upper


def test_the_variance_increases_with_sigma() -> None:
    values = [certified_variance(10, 10, Fraction(k, 7)) for k in range(1, 12)]
    assert all(low.upper < high.lower for low, high in pairwise(values))


@pytest.mark.parametrize(("m", "n"), [(1, 1), (10, 10), (64, 64), (33, 40), (128, 128)])
def test_the_hard_edge_is_certified(m: int, n: int) -> None:
    for digits in (15, 50):
        both = certified_variance(m, n, 10, alpha=n, digits=digits)  # σ = 10/√n at α = 1
        assert both.width <= both.upper / 10**digits
        assert abs(float(both) - output_variance(m, n, 10 / sqrt(n))) < 1e-14


# A hundred digits at sizes up to 1,500.
@pytest.mark.slow
@pytest.mark.parametrize(("m", "n"), [(512, 512), (511, 512), (512, 300), (511, 511), (2, 512), (1400, 1500)])
def test_large_sizes_are_certified_to_a_hundred_digits(m: int, n: int) -> None:
    for sigma in (Fraction(1, 2), Fraction(1, 20)):
        fine = certified_variance(m, n, sigma, digits=100)
        coarse = certified_variance(m, n, sigma)
        assert fine.width < Fraction(1, 10**100)
        assert max(fine.lower, coarse.lower) <= min(fine.upper, coarse.upper)
        assert abs(output_variance(m, n, float(sigma)) - float(fine)) < 1e-14


def test_sigma_zero_is_variance_zero() -> None:
    assert certified_variance(3, 4, 0) == Enclosure(Fraction(0), Fraction(0))
    assert str(certified_variance(3, 4, 0)) == "0"


def test_floats_are_the_dyadic_rationals_that_they_are() -> None:
    assert certified_variance(3, 4, 0.1, digits=30) != certified_variance(3, 4, "0.1", digits=30)
    assert certified_variance(3, 4, 0.1, digits=30) == certified_variance(3, 4, Fraction(0.1), digits=30)


def test_extremes_are_certified() -> None:
    tiny = certified_variance(3, 4, Fraction(1, 10**100))
    assert tiny.decimal(10) == "4.000000000E-200"
    huge = certified_variance(4, 4, 10**20)
    assert huge.width < Fraction(1, 10**15)
    assert huge.upper < 1
    assert certified_variance(8, 4, 10**20).upper <= Fraction(1, 2)


def test_decimals_show_the_digits_that_are_proved() -> None:
    both = Enclosure(Fraction(1, 3) - Fraction(1, 10**9), Fraction(1, 3))
    assert both.decimal() == "0.33333333"
    assert both.decimal(3) == "0.333"
    assert Fraction(1, 3) in both
    assert 0.5 not in both
    assert Enclosure(Fraction(1), Fraction(9)).decimal() == "[1, 9]"
    assert Enclosure(Fraction(1, 4), Fraction(1, 4)).decimal(5) == "0.25"


@pytest.mark.parametrize(
    ("arguments", "error", "text"),
    [
        ({"sigma": -1}, DomainError, "need sigma >= 0 and finite, got -1"),
        ({"sigma": float("nan")}, DomainError, "need sigma >= 0 and finite, got nan"),
        ({"sigma": "one"}, DomainError, "need sigma as a formula in m and n: 0.1, he, 10/sqrt(n); got 'one'"),
        ({"sigma": 1, "alpha": 0}, DomainError, "need alpha > 0 and finite, got 0"),
        ({"sigma": 1, "gamma": -2}, DomainError, "need gamma > 0 and finite, got -2"),
        ({"sigma": 1, "digits": 0}, DomainError, "need digits >= 1, got 0"),
        ({"sigma": 1, "digits": 2000}, LimitError, "need digits <= 1000, got 2000"),
        (
            {"sigma": 1, "method": "guess"},
            MethodError,
            "need method to be one of auto, closed-form, moments; got 'guess'",
        ),
        ({"sigma": 1, "n": 5000}, LimitError, "need n <= 4,096 here, got 5000; method 'limit' takes any size"),
        ({"sigma": 30, "m": 4, "n": 4, "method": "moments", "digits": 60}, LimitError, "use method 'closed-form'"),
    ],
)
def test_bad_input_is_refused_in_one_line(arguments: dict[str, object], error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=r"^[^\n]+$") as caught:
        certified_variance(**{"m": 3, "n": 4, **arguments})  # type: ignore[arg-type]
    assert text in str(caught.value)

"""E tr f(S) for functions that are no polynomials: complex, with kinks and jumps, singular at 0, growing, infinite."""

from collections.abc import Callable
from math import gamma
from typing import Any

import mpmath
import numpy as np
import pytest

from wishart_moments import DomainError, ExistenceError, LimitError, MethodError, WishartSpectrum

Function = Callable[[Any], Any]


def test_a_complex_function_is_its_real_and_imaginary_part() -> None:
    spectrum = WishartSpectrum(2, 3)
    value = spectrum.expect(lambda x: 1 / (x + 1j))
    assert value == pytest.approx(0.5838007473812259 - 0.7187183791797428j, rel=1e-13)
    assert value == pytest.approx(spectrum.resolvent(1j), rel=1e-13)
    assert value.real == pytest.approx(spectrum.expect(lambda x: (1 / (x + 1j)).real), rel=1e-13)


@pytest.mark.parametrize(
    ("shape", "f", "points", "value"),
    [
        ((4, 4, 2), lambda x: np.maximum(np.log2(x / 2), 0), [2], 3.38446059757),
        ((4, 4, 2), lambda x: x > 6, [6], 1.08073594903),
        ((1, 3), lambda x: x > 5, 5, 0.17179714429673),
        ((3, 7), lambda x: np.abs(x - 2), [2], None),
        ((3, 7), lambda x: np.where(x < 1, x, np.where(x < 8, 2.0, 0.0)), [1, 8], None),
    ],
)
def test_kinks_and_jumps_split_the_panels(shape: Any, f: Function, points: Any, value: float | None) -> None:
    spectrum = WishartSpectrum(*shape)
    found, error = spectrum.expect(f, points=points, with_error=True)
    assert error < 1e-11 * abs(found)
    if value is not None:
        assert found == pytest.approx(value, rel=1e-11)
    # A change of scale is a change of the function and of its points.
    scaled = spectrum.expect(lambda x: f(x / 4), sigma=2.0, points=4 * np.atleast_1d(points))
    assert scaled == pytest.approx(found, rel=1e-12)
    with pytest.raises(LimitError, match=r"need tolerance >= .*points= where it has kinks and jumps"):
        spectrum.expect(f)
    assert spectrum.expect(f, tolerance=0.3) == pytest.approx(found, rel=0.3)


def test_a_jump_counts_eigenvalues() -> None:
    spectrum = WishartSpectrum(5, 3)
    for x in (0.3, 2.0, 9.0):
        assert spectrum.expect(lambda y, x=x: y <= x, points=[x]) == pytest.approx(spectrum.cumulative(x), rel=1e-11)


INFINITE: list[tuple[tuple[int, ...], Function]] = [
    ((3, 4), lambda x: 1 / x),
    ((3, 3), lambda x: 1 / x),
    ((10, 11), lambda x: 1 / x),
    ((3, 3, 2), lambda x: 1 / x),
    ((3, 6), lambda x: x**-2.0),
    ((1, 1), lambda x: x**-0.5),
    ((30, 31), lambda x: 1 / x + x),
    ((1, 3), np.exp),
    ((4, 4), lambda x: np.exp(x / 2)),
    ((4, 4, 2), lambda x: np.exp(1.1 * x)),
]


@pytest.mark.parametrize(("shape", "f"), INFINITE)
def test_infinite_means_are_refused(shape: Any, f: Function) -> None:
    with pytest.raises(ExistenceError, match=r"need f to grow slower at .*so that the mean is infinite"):
        WishartSpectrum(*shape).expect(f)


@pytest.mark.parametrize("s", [-1.49, -1.4, -1.0, -0.5, 0.5, 1.7])
@pytest.mark.parametrize("n", [3, 6, 15])
def test_powers_at_zero_are_those_of_chi_squared(n: int, s: float) -> None:
    expected = 2**s * gamma(n / 2 + s) / gamma(n / 2)
    assert WishartSpectrum(1, n).expect(lambda x: x**s) == pytest.approx(expected, rel=2e-12)


@pytest.mark.parametrize(("m", "n"), [(3, 3), (3, 4), (3, 5), (2, 9)])
def test_the_logarithm_is_a_sum_of_digammas(m: int, n: int) -> None:
    # log |S| is a sum of logarithms of independent chi-squared variables of n, n − 1, … degrees of freedom.
    expected = sum(float(mpmath.digamma((n - i) / 2)) + np.log(2) for i in range(m))
    assert WishartSpectrum(m, n).expect(np.log) == pytest.approx(expected, rel=1e-11)


def test_a_finite_exponential() -> None:
    assert WishartSpectrum(1, 3).expect(lambda x: np.exp(0.3 * x)) == pytest.approx(0.4**-1.5, rel=1e-9)
    with pytest.raises(LimitError, match="rests on eigenvalues so large"):
        WishartSpectrum(1, 3).expect(lambda x: np.exp(0.49 * x))


def test_what_is_zero_is_named() -> None:
    with pytest.raises(DomainError, match="2 of the 5 eigenvalues of S are 0, for n < m"):
        WishartSpectrum(5, 3).expect(np.log)
    assert WishartSpectrum(5, 3).expect(lambda x: x + 1) == pytest.approx(15 + 5, rel=1e-13)
    assert WishartSpectrum(5, 3).expect(np.cos, sigma=0) == 5


def test_moments_that_do_not_exist_are_refused_in_the_words_of_all_others() -> None:
    with pytest.raises(ExistenceError, match=r"need n - m \+ 1 > 2 for a finite moment at beta = 1, got m = 3, n = 4"):
        WishartSpectrum(3, 4).moment(-1)
    assert WishartSpectrum(3, 5).moment(-1) == pytest.approx(3, rel=1e-12)


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda s: s.expect(5), DomainError, "need f to be a function"),
        (lambda s: s.expect(lambda x: x[:3]), DomainError, "one finite number for each eigenvalue"),
        (lambda s: s.expect(lambda _: "a"), DomainError, "it raised"),
        (lambda s: s.expect(lambda x: x, points="a"), DomainError, "need points a real number or an array of them"),
        (lambda s: s.expect(lambda x: x, sigma=-1), DomainError, "need sigma >= 0"),
        (lambda s: s.expect(lambda x: x, tolerance=0), DomainError, "need tolerance > 0"),
        (lambda s: s.moment(0.5), DomainError, "need k to be an integer"),
        (lambda s: s.moment(10**6), DomainError, "range of floats"),
        (lambda s: s.density("a"), DomainError, "need x a real number or an array of them"),
        (lambda s: s.resolvent([[1], [1, 2]]), DomainError, "need alpha a number or an array of numbers"),
        (lambda _: WishartSpectrum(3, "11/2"), MethodError, "need an integer n for the density, got 11/2"),
        (lambda _: WishartSpectrum(3, 5, np.ones(3)), DomainError, "need beta"),
    ],
)
def test_bad_arguments_are_one_line(call: Callable[[WishartSpectrum], object], error: Any, words: str) -> None:
    with pytest.raises(error, match=words) as refusal:
        call(WishartSpectrum(3, 5))
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("m", "n", "f"),
    [
        (1, 3, lambda x: 1 / (x**1.5 * (1 + np.log(x) ** 2))),
        (4, 4, lambda x: 1 / (x**0.5 * (1 + np.log(x) ** 2))),
    ],
)
def test_a_tail_at_zero_that_is_no_power_is_refused(m: int, n: int, f: Any) -> None:
    """0.68146 and 1.73083; the value of before was 1e-3 off, with an error of 1e-16."""
    with pytest.raises(LimitError, match="need f to behave like a power at 0"):
        WishartSpectrum(m, n).expect(f)

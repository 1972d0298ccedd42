"""Threads: what is computed in balls is bit for bit what it is alone, and the caller's precision stays his own."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from typing import Any

import flint
import mpmath
import pytest

from wishart_moments import WishartError, certified_variance, moment_bounds, output_variance
from wishart_moments.precision import working_precision
from wishart_moments.spectrum.gauss_radau import GaussRadau
from wishart_moments.variance.sigma import parse_sigma

Call = Callable[[], Any]


def calls() -> list[Call]:
    found: list[Call] = []
    for i in range(12):
        for digits in (10, 30, 200, 300):
            shift = Fraction(i, 1000)
            found += [
                lambda shift=shift, digits=digits: certified_variance(10, 10, 1, alpha=100 + shift, digits=digits),
                lambda shift=shift, digits=digits: certified_variance(
                    6, 9, 1, alpha=Fraction(1, 10) + shift, digits=digits
                ),
            ]
        found += [
            lambda i=i: GaussRadau(4, 5 + i, 12).enclosure(Fraction(3, 7), 90),
            lambda i=i: parse_sigma("(2/n)**0.3").at(3, 5 + i),
            lambda i=i: moment_bounds(5 + i, 7, 0.3),
            lambda i=i: output_variance(5 + i, 7, 0.3),
        ]
    return found


def comparable(value: Any) -> str:
    return repr(value) if not isinstance(value, tuple) else "; ".join(str(each) for each in value)


def test_eight_threads_give_what_one_gives() -> None:
    alone = [comparable(call()) for call in calls()]
    before = flint.ctx.prec, mpmath.mp.prec
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda call: comparable(call()), calls()))
    assert together == alone
    assert (flint.ctx.prec, mpmath.mp.prec) == before


def test_an_answer_does_not_depend_on_what_was_asked_before() -> None:
    first = comparable(GaussRadau(4, 6, 12).enclosure(Fraction(3, 7), 90))
    bounds = GaussRadau(4, 6, 12)
    bounds.enclosure(Fraction(3, 7), 400)
    assert comparable(bounds.enclosure(Fraction(3, 7), 90)) == first


@pytest.mark.parametrize("prec", [17, 53, 400])
def test_the_callers_precision_neither_changes_nor_matters(prec: int) -> None:
    expected = certified_variance(7, 7, "1/3", digits=40)
    before = flint.ctx.prec
    flint.ctx.prec = prec
    try:
        assert certified_variance(7, 7, "1/3", digits=40) == expected
        with pytest.raises(WishartError):
            certified_variance(7, 7, 1, alpha=Fraction(10**400), method="closed-form")
        assert flint.ctx.prec == prec
    finally:
        flint.ctx.prec = before


def test_the_guard_is_re_entrant_and_restores_after_an_exception() -> None:
    before = flint.ctx.prec

    def fail() -> None:
        with working_precision(100), working_precision(200):
            assert flint.ctx.prec == 200
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert flint.ctx.prec == before

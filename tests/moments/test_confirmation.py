"""The comparison of the routes: it runs them all, and it notices a route that is wrong."""

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest

from wishart_moments.errors import DisagreementError
from wishart_moments.moments import confirmation, loop_equations, monte_carlo, recurrence, wick, wick_count, zonal
from wishart_moments.moments.confirmation import (
    compare_products,
    compare_single_trace,
    compare_with_sampling,
    confirmed_trace_moments,
)

ROUTES = ("wick", "loop-equations", "recurrence", "zonal")


@pytest.mark.parametrize("beta", [1, 2, 4])
@pytest.mark.parametrize("k", range(1, 8))
def test_all_routes_to_a_single_trace_agree(k: int, beta: int) -> None:
    comparison, moment = compare_single_trace(k, beta)
    assert tuple(comparison.seconds) == ROUTES
    assert comparison.disagreement is None
    assert moment == loop_equations.expected_power_sum((k,), beta)


def test_other_ensembles_have_two_routes() -> None:
    comparison, _ = compare_single_trace(5, Fraction(3, 2))
    assert tuple(comparison.seconds) == ("loop-equations", "zonal")
    assert comparison.disagreement is None


def test_beyond_the_matchings_three_routes_are_left() -> None:
    assert tuple(compare_single_trace(11)[0].seconds) == ROUTES[1:]


@pytest.mark.parametrize("beta", [1, 2, 4, Fraction(1, 2)])
@pytest.mark.parametrize("k", range(1, 6))
def test_all_routes_to_products_of_traces_agree(k: int, beta: int | Fraction) -> None:
    comparison = compare_products(k, beta)
    assert comparison.disagreement is None
    expected = ("loop-equations", "zonal", "wick") if beta in (1, 2, 4) else ("loop-equations", "zonal")
    assert tuple(comparison.seconds) == expected


def test_confirmed_moments_name_their_routes() -> None:
    confirmed = confirmed_trace_moments(4, 2)
    assert set(confirmed.polynomials) == set(confirmed.routes) == set(range(5))
    assert all(confirmed.routes[k] == ROUTES for k in range(1, 5))
    assert str(confirmed.polynomials[0]) == "m"


def test_progress_tells_what_is_done() -> None:
    lines: list[str] = []
    compare_single_trace(6, progress=lines.append)
    assert {f"E tr S^6: {route}" for route in ROUTES} <= set(lines)
    assert any("matchings visited" in line for line in lines)
    assert all("\n" not in line for line in lines)


def plus_one(compute: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *arguments, **options: compute(*arguments, **options) + 1


@pytest.mark.parametrize(
    ("route", "home", "name"),
    [
        ("wick", wick_count, "expected_power_sum"),
        ("zonal", zonal, "expected_trace"),
        ("recurrence", recurrence.TraceMomentTable, "__getitem__"),
    ],
)
def test_a_wrong_route_is_named(monkeypatch: pytest.MonkeyPatch, route: str, home: Any, name: str) -> None:
    monkeypatch.setattr(home, name, plus_one(getattr(home, name)))
    comparison, _ = compare_single_trace(3)
    assert comparison.disagreement == f"E tr S^3: {route} differ from loop-equations"
    with pytest.raises(DisagreementError, match=f"{route} differ from loop-equations"):
        confirmed_trace_moments(3)


@pytest.mark.parametrize(("route", "home"), [("wick", wick), ("zonal", zonal)])
def test_a_route_that_is_wrong_for_products_is_named(monkeypatch: pytest.MonkeyPatch, route: str, home: Any) -> None:
    right = home.expected_power_sum
    monkeypatch.setattr(
        home, "expected_power_sum", lambda parts, beta=1: right(parts, beta) + (1 if parts == (2, 1) else 0)
    )
    disagreement = compare_products(3).disagreement
    assert disagreement is not None
    assert f"{route} at λ = (2, 1)" in disagreement
    assert disagreement.count("λ = ") == 1


def test_sampling_notices_a_wrong_normalisation(monkeypatch: pytest.MonkeyPatch) -> None:
    assert compare_with_sampling((2,)).disagreement is None
    draws = monte_carlo._draws
    monkeypatch.setattr(monte_carlo, "_draws", lambda *arguments: 1.02 * draws(*arguments))
    assert "monte-carlo is off" in (compare_with_sampling((2,)).disagreement or "")


@pytest.mark.parametrize("beta", [1, 2, Fraction(1, 2)])
def test_every_comparison_of_the_verification_is_made_and_agrees(
    monkeypatch: pytest.MonkeyPatch, beta: int | Fraction
) -> None:
    monkeypatch.setattr(confirmation, "single_trace_reach", lambda _: 8)
    found = [job(None) for job in confirmation.comparisons(3, beta)]
    assert all(comparison.disagreement is None for comparison in found)
    subjects = [comparison.subject for comparison in found]
    assert len(set(subjects)) == len(subjects)
    assert {"E tr S^1", "E tr S^2", "E tr S^3"} <= set(subjects)
    assert sum("⊢" in subject for subject in subjects) == 3
    assert any("monte-carlo" in comparison.seconds for comparison in found) is (beta in (1, 2, 4))

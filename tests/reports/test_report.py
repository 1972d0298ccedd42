"""The report's numbers are those of the public functions, and σ is the one that the formula means."""

import json
import math
from fractions import Fraction

import pytest

import wishart_moments as w
from wishart_moments.errors import LimitError, MethodError
from wishart_moments.reports.report import variance_report
from wishart_moments.reports.report_text import report_document, report_text
from wishart_moments.variance.certified import certified_variance
from wishart_moments.variance.sigma import parse_sigma


def test_every_number_is_that_of_the_function() -> None:
    report = variance_report(6, 9, parse_sigma("he"), alpha="1/2", gamma=2, method="all", draws=1000, seed=3)
    arguments, given = (6, 9, 1 / 3), {"alpha": 0.5, "gamma": 2.0}
    assert report.exact is not None
    assert report.value == w.output_variance(*arguments, **given)
    assert report.exact.gradient == w.variance_gradient(*arguments, **given)
    assert report.exact.backward == w.backward_variance(*arguments, **given)
    assert report.exact.fluctuation == w.fluctuation(*arguments, **given)
    assert report.exact.certified == w.certified_variance(6, 9, "1/3", alpha="1/2", gamma=2)
    assert report.bounds == w.moment_bounds(*arguments, **given)
    assert report.optimal_order == w.optimal_order(*arguments, alpha=0.5)
    simulation = w.simulate_variance(*arguments, **given, draws=1000, seed=3)
    assert report.simulation == simulation
    assert report.z == simulation.z(report.value)
    assert [entry.order for entry in report.series] == list(range(1, 11))
    for entry in report.series:
        series = w.series_variance(*arguments, **given, order=entry.order)
        assert (entry.value, entry.remainder) == (series.value, series.remainder)
        assert entry.error == entry.value - report.value
        assert abs(entry.error) <= series.remainder * (1 + 1e-12)
    for entry in report.limit:
        assert entry.value == w.limit_variance(*arguments, **given, order=entry.order)


def test_an_irrational_scale_with_a_rational_square_is_certified_exactly() -> None:
    exact = certified_variance(64, 128, parse_sigma("he"), digits=40)
    assert exact == w.certified_variance(64, 128, 1, alpha=128, digits=40)
    rounded = w.certified_variance(64, 128, 128**-0.5, digits=40)
    assert exact.upper < rounded.lower or rounded.upper < exact.lower


@pytest.mark.parametrize("digits", [15, 60])
def test_an_irrational_square_is_enclosed(digits: int) -> None:
    found = certified_variance(5, 4, parse_sigma("n**(1/3)"), digits=digits)
    assert found.width < found.upper / Fraction(10) ** (digits - 1)
    # σ⁶ = n² = 16: the cube root of 4 lies between these, and the variance increases with σ.
    below, above = Fraction("1.5874010519681994"), Fraction("1.5874010519681995")
    assert below**3 < 4 < above**3
    assert w.certified_variance(5, 4, below).lower < found.lower
    assert found.upper < w.certified_variance(5, 4, above).upper


def test_no_scale_no_variance() -> None:
    report = variance_report(3, 4, parse_sigma("0"), method="all", draws=10)
    assert report.value == 0
    assert report.exact is not None
    assert report.exact.certified == w.Enclosure(Fraction(0), Fraction(0))
    assert "nan" not in report_text(report)


@pytest.mark.parametrize("method", ["exact", "series", "bounds", "limit", "monte-carlo", "all"])
def test_the_sections_are_those_of_the_method(method: str) -> None:
    report = variance_report(3, 4, parse_sigma("0.1"), method=method, draws=100)
    everything = method == "all"
    assert report.exact is not None
    assert (report.exact.certified is not None) == (method == "exact" or everything)
    assert bool(report.series) == (method == "series" or everything)
    assert (report.bounds is not None) == (method == "bounds" or everything)
    assert bool(report.limit) == (method == "limit" or everything)
    assert (report.simulation is not None) == (method == "monte-carlo" or everything)
    document = json.loads(json.dumps(report_document(report), allow_nan=False))
    assert document["exact"] == report.value
    assert document["sigma_squared"] == "1/100"
    text = report_text(report)
    assert text.isascii()
    assert text.endswith("\n")
    assert not any(line != line.rstrip() for line in text.splitlines())


def test_the_optimal_order_is_beyond_a_thousand_where_the_scale_is_small() -> None:
    assert "optimal order of the series: 1000 or more" in report_text(
        variance_report(10, 12, parse_sigma("0.001"), method="series")
    )


def test_an_overflowing_series_is_null_in_json() -> None:
    document = report_document(variance_report(4, 4, parse_sigma("1e20"), method="series"))
    assert document["series"][-1]["value"] is None
    assert math.isfinite(document["series"][0]["value"])


def test_large_layers_have_no_certificate_unless_it_is_asked_for() -> None:
    report = variance_report(600, 700, parse_sigma("he"))
    asked = variance_report(600, 700, parse_sigma("he"), digits=10)
    assert report.exact is not None
    assert report.exact.certified is None
    assert asked.exact is not None
    assert asked.exact.certified is not None
    assert abs(float(asked.exact.certified) - report.exact.gradient.value) < 1e-10


def test_beyond_the_exact_method_errors_are_unknown() -> None:
    report = variance_report(10**5, 10**5, parse_sigma("he"), method="limit")
    assert report.value is None
    assert [entry.error for entry in report.limit] == [None] * 3
    assert "unknown" in report_text(report)
    with pytest.raises(LimitError, match="'limit'"):
        variance_report(10**5, 10**5, parse_sigma("he"))


def test_orders_and_methods_are_checked() -> None:
    he = parse_sigma("he")
    for method, order in (("series", 11), ("limit", 3), ("bounds", 10**6)):
        with pytest.raises(LimitError):
            variance_report(3, 4, he, method=method, order=order)
    with pytest.raises(ValueError, match="order >= 1"):
        variance_report(3, 4, he, method="series", order=0)
    with pytest.raises(MethodError, match="one of exact"):
        variance_report(3, 4, he, method="magic")
    with pytest.raises(MethodError, match="only with method series"):
        variance_report(3, 4, he, order=3)
    assert [entry.order for entry in variance_report(3, 4, he, method="series", order=3).series] == [1, 2, 3]

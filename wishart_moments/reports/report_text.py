"""A report on a layer's variance as aligned plain text, and as a document for JSON."""

import math
from collections.abc import Iterator
from typing import Any

from wishart_moments.reports.report import LAST_ORDER, Approximation, ExactVariance, VarianceReport
from wishart_moments.variance.sigma import HE_NOTE, parse_sigma

_LABEL = 26


def report_text(report: VarianceReport) -> str:
    """Return the report as lines of ASCII, readable in a terminal and in a pipe."""
    return "\n".join(_lines(report)) + "\n"


def _lines(report: VarianceReport) -> Iterator[str]:
    yield f"m = {report.m} outputs, n = {report.n} inputs, alpha = {report.alpha}, gamma = {report.gamma}"
    sigma = report.sigma.sigma
    formula = "" if _is_literal(report.expression, sigma) else f" = {sigma!r}"
    yield f"sigma = {report.expression}{formula}, n sigma^2 = {report.n * sigma * sigma:.6g}"
    if parse_sigma(report.expression).says_he:
        yield HE_NOTE
    if report.exact or report.simulation or report.bounds:
        yield ""
    if report.exact is not None:
        yield from _exact_lines(report.exact, with_all=report.exact.certified is not None or not _others(report))
    if report.simulation is not None:
        s = report.simulation
        z = "" if report.z is None else f", z = {report.z:+.2f}"
        yield _line(f"Monte Carlo, {s.draws:,} draws", f"{s.mean:.12g} +- {s.standard_error:.2g}{z}")
    if report.bounds is not None:
        lower, upper = report.bounds
        width = f"   width {upper - lower:.2g}"
        yield _line(f"bounds from {_moments(report.bounds_order)}", f"[{lower:.12g}, {upper:.12g}]{width}")
    if report.limit:
        yield from _table("limit", report.limit)
    if report.series:
        yield from _table("series", report.series)
        yield f"optimal order of the series: {_advice(report)}"


def _is_literal(expression: str, sigma: float) -> bool:
    try:
        return float(expression) == sigma
    except ValueError:
        return False


def _others(report: VarianceReport) -> bool:
    return bool(report.series or report.limit or report.bounds or report.simulation)


def _exact_lines(exact: ExactVariance, *, with_all: bool) -> Iterator[str]:
    gradient = exact.gradient
    yield _line("exact", _long(gradient.value))
    if exact.certified is not None:
        yield _line(f"certified, {exact.digits} digits", exact.certified.decimal(exact.digits))
        exponent = "0" if not exact.certified.width else _power_of_ten(exact)
        yield _line("  upper - lower", exponent)
    if with_all:
        yield _line("derivative in sigma", _long(gradient.sigma))
        yield _line("derivative in alpha", _long(gradient.alpha))
        yield _line("backward variance", _long(exact.backward))
        yield _line("standard deviation over W", f"{exact.fluctuation:.6g}")


def _power_of_ten(exact: ExactVariance) -> str:
    assert exact.certified is not None
    width = exact.certified.width
    exponent = math.floor(math.log10(width.numerator) - math.log10(width.denominator)) + 1
    return f"< 1e{exponent}"


def _table(name: str, entries: tuple[Approximation, ...]) -> Iterator[str]:
    proved = entries[0].remainder is not None
    yield ""
    heading = f"{name:<10}{'value':>18}{'error':>14}"
    yield heading + (f"{'proved bound':>16}" if proved else "")
    for entry in entries:
        error = "unknown" if entry.error is None else f"{entry.error:+.2e}"
        line = f"  order {entry.order:<2}{_cell(entry.value):>18}{error:>14}"
        yield line + (f"{entry.remainder:>16.2e}" if proved else "")


def _advice(report: VarianceReport) -> str:
    if report.optimal_order == 0:
        return "0, its terms grow from the first on"
    return f"{LAST_ORDER} or more" if report.optimal_order == LAST_ORDER else str(report.optimal_order)


def _moments(count: int) -> str:
    return "1 moment" if count == 1 else f"{count} moments"


def _line(label: str, value: str) -> str:
    return f"{label:<{_LABEL}} {value}"


def _long(value: Any) -> str:
    return repr(float(value) + 0.0)  # + 0.0: no minus sign before zero


def _cell(value: float) -> str:
    return f"{value:.10f}" if abs(value) < 1e4 else f"{value:.6e}"


def report_document(report: VarianceReport) -> dict[str, Any]:
    """Return the report as a document for JSON: floats as numbers, exact numbers as texts, None for the infinite."""
    square = report.sigma.square
    document: dict[str, Any] = {
        "m": report.m,
        "n": report.n,
        "sigma": report.sigma.sigma,
        "sigma_expression": report.expression,
        "sigma_squared": None if square is None else str(square),
        "alpha": str(report.alpha),
        "gamma": str(report.gamma),
    }
    exact = report.exact
    if exact is not None:
        document["exact"] = float(exact.gradient.value)
        document["derivatives"] = {name: float(getattr(exact.gradient, name)) for name in ("sigma", "alpha", "gamma")}
        document["backward"] = exact.backward
        document["fluctuation"] = exact.fluctuation
        if exact.certified is not None:
            document["certified"] = {
                "digits": exact.digits,
                "decimal": exact.certified.decimal(exact.digits),
                "lower": str(exact.certified.lower),
                "upper": str(exact.certified.upper),
            }
    if report.series:
        document["series"] = [_entry(entry) for entry in report.series]
        document["optimal_order"] = report.optimal_order
    if report.bounds is not None:
        document["bounds"] = {"order": report.bounds_order, **report.bounds._asdict()}
    if report.limit:
        document["limit"] = [_entry(entry) for entry in report.limit]
    if report.simulation is not None:
        document["monte_carlo"] = {**report.simulation._asdict(), "seed": report.seed, "z": report.z}
    return document


def _entry(entry: Approximation) -> dict[str, Any]:
    values = {"order": entry.order, "value": entry.value, "error": entry.error, "remainder": entry.remainder}
    finite = {name: value if value is None or math.isfinite(value) else None for name, value in values.items()}
    return {name: value for name, value in finite.items() if name != "remainder" or entry.remainder is not None}

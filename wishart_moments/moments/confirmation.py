"""The routes side by side: every exact value is computed independently and compared with ==."""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from time import perf_counter
from typing import NamedTuple

from wishart_moments.combinatorics.matchings import count_perfect_matchings
from wishart_moments.combinatorics.partitions import Partition, partitions
from wishart_moments.errors import DisagreementError
from wishart_moments.moments import loop_equations, recurrence, wick, zonal
from wishart_moments.moments.polynomials import Polynomial, as_number, polynomial

LITERAL_MAX_K = 5
"""The largest k for which the readable Wick sum runs over all products of traces."""

PRODUCTS_MAX_K = 8
"""The largest k for which all products of traces are compared."""

MONTE_CARLO_BOUND = 5.0
"""The smoke check's bound of |z|: a correct value fails it with probability 6e-7."""

Progress = Callable[[str], None]


def single_trace_reach(beta: int | Fraction) -> int:
    """Return the largest k for which single traces are compared: 40 for β = 1, 2, 4, else 20, or 16 for a long 2/β."""
    return min(40 if beta in (1, 2, 4) else 20, zonal.max_trace_degree(beta))


@dataclass(frozen=True)
class Comparison:
    """One quantity by several routes.

    Attributes:
        subject: what was compared, for people.
        seconds: {route: time}, in the order of the routes; all of these were run.
        disagreement: None, or one line that names the routes that differ and where.
        note: anything else worth a word.
    """

    subject: str
    seconds: dict[str, float]
    disagreement: str | None = None
    note: str = ""


class ConfirmedMoments(NamedTuple):
    """Polynomials that several routes agree on.

    Attributes:
        polynomials: {k: E tr S^k} for k = 0..max_k.
        routes: {k: the routes that agree}.
    """

    polynomials: dict[int, Polynomial]
    routes: dict[int, tuple[str, ...]]


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _single_trace_routes(
    k: int, beta: int | Fraction, progress: Progress | None, *, literal: bool
) -> dict[str, Callable[[], Polynomial]]:
    routes: dict[str, Callable[[], Polynomial]] = {}
    from wishart_moments.moments import wick_count

    if literal and k <= wick_count.max_degree() and beta in (1, 2, 4):
        wick_count.count_contractions((1,), beta)  # compiled here, so that the time of the sum is its own
        visited = 0

        def count(batch: int) -> None:
            nonlocal visited
            visited += batch
            if progress is not None:
                progress(f"E tr S^{k}: wick, {visited:,} matchings visited")

        routes["wick"] = lambda: wick_count.expected_power_sum((k,), beta, progress=count)
    routes["loop-equations"] = lambda: loop_equations.expected_power_sum((k,), beta)
    if beta in (1, 2, 4):
        routes["recurrence"] = lambda: recurrence.TraceMomentTable(k, beta, min_k=k)[k]
    routes["zonal"] = lambda: zonal.expected_trace(k, beta)
    return routes


def compare_single_trace(
    k: int, beta: int | Fraction = 1, *, literal: bool = True, progress: Progress | None = None
) -> tuple[Comparison, Polynomial]:
    """Compute E tr S^k, k >= 1, by every route that reaches it and compare.

    Args:
        k, beta: the moment.
        literal: whether to visit all matchings too (k <= 10; seconds at k = 10).
        progress: called with a line about what is being done.

    Example:
        >>> comparison, moment = compare_single_trace(2)
        >>> list(comparison.seconds), comparison.disagreement
        (['wick', 'loop-equations', 'recurrence', 'zonal'], None)
    """
    values: dict[str, Polynomial] = {}
    seconds: dict[str, float] = {}
    for route, compute in _single_trace_routes(k, beta, progress, literal=literal).items():
        if progress is not None:
            progress(f"E tr S^{k}: {route}")
        start = perf_counter()
        values[route] = compute()
        seconds[route] = perf_counter() - start
    reference = values["loop-equations"]
    wrong = [route for route, value in values.items() if value != reference]
    subject = f"E tr S^{k}"
    disagreement = f"{subject}: {', '.join(wrong)} differ from loop-equations" if wrong else None
    note = _counted(count_perfect_matchings(2 * k), "matching") if "wick" in seconds else ""
    return Comparison(subject, seconds, disagreement, note), reference


def compare_products(k: int, beta: int | Fraction = 1, *, progress: Progress | None = None) -> Comparison:
    """Compute E p_λ(S) for all partitions λ of k >= 1 by loop equations, zonal polynomials, Wick sum (k <= 5)."""
    subject = f"E p_λ, λ ⊢ {k}"
    if progress is not None:
        progress(subject)
    seconds: dict[str, float] = {}
    start = perf_counter()
    table = loop_equations.PowerSumTable(k, beta)
    reference = {label: table[label] for label in partitions(k)}
    seconds["loop-equations"] = perf_counter() - start
    routes: dict[str, Callable[[Partition], Polynomial]] = {
        "zonal": lambda label: zonal.expected_power_sum(label, beta)
    }
    if k <= LITERAL_MAX_K and beta in (1, 2, 4):
        routes["wick"] = lambda label: wick.expected_power_sum(label, beta)
    wrong: list[str] = []
    for route, compute in routes.items():
        start = perf_counter()
        wrong += [f"{route} at λ = {label}" for label, value in reference.items() if compute(label) != value]
        seconds[route] = perf_counter() - start
    disagreement = f"{subject}: {', '.join(wrong)} differ from loop-equations" if wrong else None
    return Comparison(subject, seconds, disagreement, _counted(len(reference), "partition"))


def compare_further_traces(first: int, beta: int | Fraction = 1, *, progress: Progress | None = None) -> Comparison:
    """Compute E tr S^k for k = first..40 (20 where β is not 1, 2 or 4) by the fast routes and compare."""
    last = single_trace_reach(beta)
    parts = [compare_single_trace(k, beta, literal=False, progress=progress)[0] for k in range(first, last + 1)]
    seconds: dict[str, float] = {}
    for part in parts:
        for route, time in part.seconds.items():
            seconds[route] = seconds.get(route, 0.0) + time
    wrong = [part.disagreement for part in parts if part.disagreement]
    return Comparison(f"E tr S^{first}, …, E tr S^{last}", seconds, "; ".join(wrong) or None)


def compare_with_sampling(
    parts: Partition, beta: int | Fraction = 1, *, progress: Progress | None = None
) -> Comparison:
    """Compare E p_λ(S) with Monte Carlo at m = 3, n = 5; the bound is |z| <= 5."""
    from wishart_moments.moments import monte_carlo

    m, n = 3, 5
    subject = f"E p_({','.join(map(str, parts))}) at m, n = {m}, {n}"
    if progress is not None:
        progress(f"{subject}: monte-carlo")
    start = perf_counter()
    exact = as_number(loop_equations.expected_power_sum_at(parts, m, n, beta))
    seconds = {"loop-equations": perf_counter() - start}
    start = perf_counter()
    estimate = monte_carlo.estimate_power_sum(parts, m, n, beta=beta)
    seconds["monte-carlo"] = perf_counter() - start
    z = estimate.z(exact)
    note = f"z = {z:+.2f}, bound {MONTE_CARLO_BOUND:g}"
    wrong = abs(z) > MONTE_CARLO_BOUND
    return Comparison(subject, seconds, f"{subject}: monte-carlo is off, {note}" if wrong else None, note)


def comparisons(max_k: int, beta: int | Fraction = 1) -> list[Callable[[Progress | None], Comparison]]:
    """Return every comparison that `wishart-moments verify` makes, each to be run by a call.

    Single traces for k <= max_k by all routes (Wick to k = 10) and on to k = 40 (20) by the fast ones; all products of
    traces for k <= min(max_k, 8); a Monte Carlo smoke check.
    """
    jobs: list[Callable[[Progress | None], Comparison]] = []
    for k in range(1, max_k + 1):
        jobs.append(lambda progress, k=k: compare_single_trace(k, beta, progress=progress)[0])
    if max_k < single_trace_reach(beta):
        jobs.append(lambda progress: compare_further_traces(max_k + 1, beta, progress=progress))
    for k in range(1, min(max_k, PRODUCTS_MAX_K) + 1):
        jobs.append(lambda progress, k=k: compare_products(k, beta, progress=progress))
    if beta in (1, 2, 4):
        for parts in ((1,), (2,), (2, 1), (3,)):
            jobs.append(lambda progress, parts=parts: compare_with_sampling(parts, beta, progress=progress))
    return jobs


def confirmed_trace_moments(
    max_k: int, beta: int | Fraction = 1, *, literal: bool = True, progress: Progress | None = None
) -> ConfirmedMoments:
    """Return E tr S^k for k = 0..max_k, each confirmed by every route that reaches it.

    Args:
        max_k, beta: the moments.
        literal: whether the routes include the literal Wick sum (k <= 10; seconds at k = 10).
        progress: called with a line about what is being done.

    Raises:
        DisagreementError: if two routes differ.

    Example:
        >>> confirmed = confirmed_trace_moments(2)
        >>> print(confirmed.polynomials[2], confirmed.routes[2])
        m^2*n + m*n^2 + m*n ('wick', 'loop-equations', 'recurrence', 'zonal')
    """
    polynomials = {0: polynomial({(1, 0): 1})}
    routes: dict[int, tuple[str, ...]] = {0: ("definition",)}
    for k in range(1, max_k + 1):
        comparison, polynomials[k] = compare_single_trace(k, beta, literal=literal, progress=progress)
        if comparison.disagreement:
            raise DisagreementError(comparison.disagreement)
        routes[k] = tuple(comparison.seconds)
    return ConfirmedMoments(polynomials, routes)

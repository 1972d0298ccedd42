"""E p_λ(S) at a general Σ, all λ of k, exact: k = 10 in less than 0.1 s, k = 16 in 3 s, k = 20 in 40 s and 2 GB.

S = Σ^{1/2} W Wᵀ Σ^{1/2}, W real; the table holds the coefficients, polynomials in n, of all p_μ(Σ) in all E p_λ(S).
`TransitionTable` holds packed integers, each row unpacked when it is asked for: lines that say "packed" do not include
that, lines that say "as polynomials" include it for all rows. The peers are the same integration by parts written
plainly in python-flint, with a dict of polynomials for every state; James' theorem with the zonal polynomials of symfn;
and WishartMoments, which is James' theorem on SageMath. Single moments, whose states are visited downwards, have lines
of their own.
"""

import json
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

from flint import fmpq_mpoly_ctx, fmpq_poly

from benchmarks.fresh_process import output_of, peak_memory, peers_python, peers_version
from benchmarks.measure import Candidate, Case
from benchmarks.peers.recurrences import partitions
from wishart_moments.moments import zonal
from wishart_moments.moments.general_scale import marked_moments
from wishart_moments.moments.general_scale.transition import TransitionTable

Label = tuple[int, ...]
Row = dict[Label, Any]

N = fmpq_poly([0, 1])
PLAIN = "integration by parts in fmpq_poly"
PEERS = Path(__file__).parent / "peers"
SYMFN = "symfn + python-flint"
NOT_HERE = {
    "wishmom": "an R package, whose registry was out of reach",
    "PyRTNI2": "not to be had from the registry",
}


def _join(parts: Label, part: int) -> Label:
    return tuple(sorted((*parts, part), reverse=True))


def plain(k: int, n: Any = N, a: Any = 2) -> dict[Label, Row]:
    """Return {λ: {μ: c}} for all partitions of k, level by level, each right-hand side added up as it stands."""
    states: dict[tuple[Label, int], dict[tuple[Label, int], Any]] = {((), 0): {((), 0): n**0}}
    for degree in range(1, k + 1):
        above: dict[tuple[Label, int], dict[tuple[Label, int], Any]] = {}
        for r in range(degree):
            for parts in partitions(degree - 1 - r):
                if degree == k and parts and parts[-1] <= r:
                    continue  # of the last degree only the traces count, one for each partition
                terms = [(n + (a - 1) * r, (parts, r))]
                terms += [(1, (_join(parts, i), r - i)) for i in range(1, r + 1)]
                terms += [(a * part, ((*parts[:i], *parts[i + 1 :]), r + part)) for i, part in enumerate(parts)]
                total: dict[tuple[Label, int], Any] = {}
                for factor, state in terms:
                    for (mu, j), c in states[state].items():
                        at = (mu, j + 1)
                        total[at] = total[at] + factor * c if at in total else factor * c
                above[parts, r + 1] = total
        for label in partitions(degree):
            trace: dict[tuple[Label, int], Any] = {}
            for (mu, j), c in above[label[:-1], label[-1]].items():
                at = (_join(mu, j), 0)
                trace[at] = trace[at] + c if at in trace else c
            above[label, 0] = trace
        states = above
    return {label: {mu: c for (mu, _), c in states[label, 0].items()} for label in partitions(k)}


def _rows(k: int) -> Callable[[Any], Any]:
    """Return what compares tables: all rows, or thirty of them, evenly drawn, where there are many."""
    labels = partitions(k)
    drawn = labels[:: max(1, len(labels) // 30)] if k > 10 else labels
    return lambda table: {
        label: {mu: tuple(Fraction(str(x)) for x in c.coeffs()) for mu, c in _row(table, label).items()}
        for label in drawn
    }


def _row(table: Any, label: Label) -> Row:
    return table.polynomials(label) if isinstance(table, TransitionTable) else table[label]


def _unpacked(k: int) -> dict[Label, Row]:
    table = TransitionTable(k)
    return {label: table.polynomials(label) for label in table}


def _peer(name: str, package: str, script: str, k: int) -> tuple[tuple[Candidate, ...], dict[str, str]]:
    """Return the candidate that runs a script in the peers' environment, or {its name: why there is none}."""
    python, missing = peers_python()
    if missing:
        return (), {name: missing}
    try:
        version = peers_version(python, package)
    except RuntimeError:
        return (), {name: f"the peers' environment has no {package}"}

    def call() -> tuple[dict[Label, Row], float]:
        value, seconds = json.loads(output_of(python, str(PEERS / script), str(k)))
        rows = {
            _label(x): {_label(y): fmpq_poly([int(c) for c in cs]) for y, cs in row.items()} for x, row in value.items()
        }
        return rows, seconds

    note = f"{package} {version}, timed inside its own interpreter, without start and imports"
    return (Candidate(name, call, _rows(k), metered=True, once=k > 12 or package != "symfn", note=note),), {}


def _label(text: str) -> Label:
    return tuple(map(int, text.split(","))) if text else ()


def _table(k: int, target: float) -> Iterator[Case]:
    rows, once = _rows(k), k > 16
    naive = Candidate(PLAIN, lambda: plain(k), rows, once=once)
    peers, missing = _peer(SYMFN, "symfn", "symfn_scale.py", k) if k <= 16 else ((), {})
    packed = Candidate("TransitionTable", lambda: TransitionTable(k), rows, once=once)
    yield Case(f"all λ of {k}, packed", (packed, naive), target)
    unpacked = Candidate("TransitionTable", lambda: _unpacked(k), rows, once=once)
    yield Case(f"all λ of {k}, as polynomials", (unpacked, *peers), target, unavailable=missing | NOT_HERE)


def cases(quick: bool) -> Iterator[Case]:
    """Yield the tables by size, the memory, symbolic β, and single moments."""
    eight, ten, twelve, sixteen, twenty, thirty = (2, 3, 3, 4, 5, 6) if quick else (8, 10, 12, 16, 20, 30)
    peers, missing = _peer("WishartMoments on SageMath", "WishartMoments", "wishartmoments_scale.py", eight)
    ours = Candidate("TransitionTable", lambda: _unpacked(eight), _rows(eight))
    yield Case(f"all λ of {eight}, as polynomials", (ours, *peers), unavailable=missing)
    yield from _table(ten, 0.1)
    yield from _table(sixteen, 3.0)
    yield from _table(twenty, 40.0)

    code = f"from wishart_moments import TransitionTable; table = TransitionTable({twenty})"
    memory = (
        Candidate("packed", lambda: peak_memory(code, "len(table)"), metered=True),
        Candidate("as polynomials", lambda: peak_memory(f"{code}; rows = dict(table)", "len(rows)"), metered=True),
        Candidate(
            PLAIN,
            lambda: peak_memory(f"from benchmarks.general_scale import plain; table = plain({twenty})", "len(table)"),
            metered=True,
        ),
    )
    yield Case(f"peak memory of a fresh process, all λ of {twenty}", memory, 2e9, unit="bytes", repeats=1)

    n, a = fmpq_mpoly_ctx.get(("n", "a"), "deglex").gens()
    yield Case(
        f"all λ of {twelve}, symbolic β, as polynomials",
        (
            Candidate("TransitionTable", lambda: dict(TransitionTable(twelve, None))),
            Candidate("integration by parts in fmpq_mpoly", lambda: plain(twelve, n, a)),
        ),
    )

    single = marked_moments.expected_power_sum_with_scale
    from_zonal = Candidate("zonal of this project, its first call", lambda: _first_zonal(sixteen))
    yield Case(f"E tr S^{sixteen}", (Candidate("marked_moments", lambda: single((sixteen,))), from_zonal))
    yield Case(f"E tr S^{twenty}", (Candidate("marked_moments", lambda: single((twenty,))),))
    yield Case(f"E tr S^{thirty}", (Candidate("marked_moments", lambda: single((thirty,)), once=True),))
    matrix = Candidate("marked_moments", lambda: marked_moments.expected_marked((), twenty))
    yield Case(f"E S^{twenty}, a matrix", (matrix,))


def _first_zonal(k: int) -> Any:
    # The zonal polynomials are kept; a benchmark wants the first call's time.
    zonal.jack_basis.cache_clear()
    zonal._power_sums_in_monomials.cache_clear()
    return zonal.expected_power_sum_with_scale((k,))

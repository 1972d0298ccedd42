"""Every E p_λ, |λ| <= 10 in less than 5 ms, <= 20 in 0.15 s, <= 30 in 7 s and 500 MB; symbolic β, <= 20, in 0.5 s.

`PowerSumTable` holds polynomials up to |λ| = 20; beyond, or with a symbolic β, packed integers, each unpacked when it
is asked for: lines that say "packed" do not include that. Lines that say "as polynomials" are FLINT's additions of
polynomials, ours and the peer's alike, and about level: to unpack all packed integers takes longer than either, so that
there the output is the limit. The peers are the same loop equations written plainly in
python-flint, James' theorem with the zonal polynomials of symfn, and a literal sum over matchings in SymPy.
"""

from collections.abc import Callable, Iterator
from typing import Any

from flint import fmpz_mpoly_ctx

from benchmarks.coefficients import of_flint, of_sympy
from benchmarks.fresh_process import peak_memory
from benchmarks.measure import Candidate, Case
from benchmarks.peers.recurrences import loop_equations, partitions
from benchmarks.peers.symfn_process import symfn
from benchmarks.peers.sympy_wick_sum import expected_power_sums
from wishart_moments.moments.loop_equations import PowerSumTable

PLAIN = "loop equations in fmpz_mpoly"
WHOLE = "holds polynomials, nothing is left to be unpacked"
_PLAIN_CODE = """
from flint import fmpz_mpoly_ctx
from benchmarks.peers.recurrences import loop_equations
context = fmpz_mpoly_ctx.get(("m", "n"), "deglex")
table = loop_equations({k}, *context.gens(), context.constant(1))"""


def _plain(k: int, variables: tuple[str, ...] = ("m", "n")) -> Any:
    context = fmpz_mpoly_ctx.get(variables, "deglex")
    m, n, *a = context.gens()
    return loop_equations(k, m, n, context.constant(1), *a)


def _some(k: int) -> Callable[[Any], Any]:
    """Return what compares tables: all labels, or a hundred of them, evenly drawn, where there are many."""
    labels = [label for j in range(1, k + 1) for label in partitions(j)]
    drawn = labels[:: max(1, len(labels) // 100)] if k > 17 else labels
    return lambda table: {label: of_flint(table[label]) for label in drawn}


def _polynomials(k: int) -> PowerSumTable:
    return PowerSumTable(k, packed=False)


def _small(k: int, target: float) -> Iterator[Case]:
    some = _some(k)
    plain = Candidate(PLAIN, lambda: _plain(k), some)
    peers, missing = symfn("moments", k) if k <= 10 else ((), {})
    yield Case(
        f"all |λ| <= {k}",
        (Candidate("PowerSumTable", lambda: PowerSumTable(k), some), plain, *peers),
        target,
        unavailable=missing,
    )


def _large(k: int, target: float) -> Iterator[Case]:
    some = _some(k)
    packed = Candidate("PowerSumTable", lambda: PowerSumTable(k, packed=True), some)
    yield Case(f"all |λ| <= {k}, packed", (packed, Candidate(PLAIN, lambda: _plain(k), some, note=WHOLE)), target)
    polynomials = Candidate("PowerSumTable, packed=False", lambda: _polynomials(k), some)
    yield Case(f"all |λ| <= {k}, as polynomials", (polynomials, Candidate(PLAIN, lambda: _plain(k), some)), target)
    table = PowerSumTable(k, packed=True)
    hundred = list(table)[1 :: max(1, len(table) // 100)][:100]
    unpack = Candidate("PowerSumTable", lambda: [table[label] for label in hundred], len)
    yield Case(f"unpacking alone, {len(hundred)} of the {len(table):,} with |λ| <= {k}, evenly drawn", (unpack,))


def cases(quick: bool) -> Iterator[Case]:
    """Yield the tables by size, with symbolic β, the memory, and the sizes that the slow peers can do."""
    ten, twenty, thirty, seventeen, four = (3, 4, 5, 3, 3) if quick else (10, 20, 30, 17, 4)
    yield from _small(ten, 0.005)
    yield from _small(twenty, 0.15)
    yield from _large(thirty, 7.0)
    symbolic = Candidate("PowerSumTable", lambda: PowerSumTable(twenty, None), _some(twenty))
    plain = Candidate(PLAIN, lambda: _plain(twenty, ("m", "n", "a")), _some(twenty), note=WHOLE)
    yield Case(f"all |λ| <= {twenty}, symbolic β, packed", (symbolic, plain), 0.5)

    code = f"from wishart_moments.moments.loop_equations import PowerSumTable; table = PowerSumTable({thirty})"
    memory = (
        Candidate("packed", lambda: peak_memory(code, "len(table)"), metered=True),
        Candidate(PLAIN, lambda: peak_memory(_PLAIN_CODE.format(k=thirty), "len(table)"), metered=True),
    )
    yield Case(f"peak memory of a fresh process, all |λ| <= {thirty}", memory, 500e6, unit="bytes", repeats=1)

    peers, missing = symfn("moments", seventeen)
    ours = Candidate("PowerSumTable", lambda: _polynomials(seventeen), _some(seventeen))
    subject = f"all |λ| <= {seventeen}"
    plain = Candidate(PLAIN, lambda: _plain(seventeen), _some(seventeen))
    yield Case(subject, (ours, plain, *peers), unavailable=missing)

    def level(table: Any) -> Any:
        return {label: of_flint(table[label]) for label in partitions(four)}

    literal = Candidate(
        "literal sum in sympy and networkx",
        lambda: expected_power_sums(four),
        lambda table: {label: of_sympy(moment) for label, moment in table.items()},
    )
    yield Case(f"all |λ| = {four}", (Candidate("PowerSumTable", lambda: _polynomials(four), level), literal))

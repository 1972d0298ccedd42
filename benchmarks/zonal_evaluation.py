"""All C_κ(X), |κ| <= 12, of a 10×10 matrix take less than 50 ms and keep their digits; 1F1 with a proved error, 1 s.

Branching over the eigenvalues against the expansion in power sums, evaluated in floats, which loses digits by
cancellation, and against symfn's monomial coefficients, summed over monomials in floats. 1F1 of a matrix argument
against the definition, written plainly: every C_κ by its monomials, every parameter by its Pochhammer symbols. "First
call" makes the weights of the branching, which depend on K and m alone and are kept.
"""

import json
import math
from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import cache
from itertools import permutations
from typing import Any

import numpy as np

from benchmarks.fresh_process import output_of, peers_python, peers_version
from benchmarks.measure import Candidate, Case
from wishart_moments.combinatorics.partitions import Partition, partitions
from wishart_moments.moments import zonal
from wishart_moments.moments.jack import jack_branching
from wishart_moments.moments.jack.hypergeometric import hypergeometric
from wishart_moments.moments.jack.jack_evaluation import zonal_values
from wishart_moments.moments.jack.zonal_polynomial import zonal_polynomial

SYMFN = "symfn, monomials in floats"

# symfn's J_κ in monomials; C_κ = 2^k k!/j_κ J_κ. The monomials of m variables by a recursion over the variables.
_SYMFN = """
import json, sys
from math import factorial
from time import perf_counter
import symfn

order, x = int(sys.argv[1]), json.loads(sys.argv[2])
start = perf_counter()

def partitions(k, largest):
    if k == 0:
        yield ()
    for first in range(min(k, largest), 0, -1):
        for rest in partitions(k - first, first):
            yield (first, *rest)

labels = [label for k in range(order + 1) for label in partitions(k, k) if len(label) <= len(x)]
table = {(): 1.0}
for v in x:  # m_mu(x_1..x_i) = m_mu(x_1..x_{i-1}) + sum over the different parts r of mu: x_i^r m_{mu - r}
    table = {
        mu: table.get(mu, 0.0)
        + sum(v**r * table.get(mu[: mu.index(r)] + mu[mu.index(r) + 1 :], 0.0) for r in set(mu))
        for mu in labels
    }

def norm(kappa):
    columns = [sum(part > j for part in kappa) for j in range(kappa[0])] if kappa else []
    result = 1
    for i, part in enumerate(kappa):
        for j in range(part):
            hook = 2 * (part - j - 1) + columns[j] - i - 1
            result *= (hook + 1) * (hook + 2)
    return result

values = {}
for kappa in labels:
    k = sum(kappa)
    rows = symfn.zonal(list(kappa), True) if kappa else [((), 1, 1)]
    total = sum(numerator / denominator * table.get(tuple(mu), 0.0) for mu, numerator, denominator in rows)
    values[",".join(map(str, kappa))] = 2**k * factorial(k) / norm(kappa) * total
print(json.dumps([values, perf_counter() - start]))
"""


def _eigenvalues(m: int) -> np.ndarray[Any, Any]:
    return np.linspace(0.1, 2.0, m)


def _symfn(order: int, x: list[float]) -> tuple[tuple[Candidate, ...], dict[str, str]]:
    python, missing = peers_python()
    if missing:
        return (), {SYMFN: missing}
    try:
        version = peers_version(python, "symfn")
    except RuntimeError:
        return (), {SYMFN: "the peers' environment has no symfn"}

    def call() -> tuple[dict[Partition, float], float]:
        values, seconds = json.loads(output_of(python, "-c", _SYMFN, str(order), json.dumps(x)))
        return {tuple(map(int, name.split(","))) if name else (): c for name, c in values.items()}, seconds

    note = f"symfn {version}, timed inside its own interpreter, without start and imports"
    return (Candidate(SYMFN, call, _rounded, metered=True, note=note),), {}


def _rounded(values: dict[Partition, float]) -> dict[Partition, str]:
    """The values to eight digits for at most two parts: there the power sums are still right."""
    return {label: f"{value:.7e}" for label, value in values.items() if len(label) <= 2}


@cache
def _coefficients(order: int) -> dict[Partition, list[tuple[Partition, float]]]:
    labels = [label for k in range(order + 1) for label in partitions(k)]
    return {label: [(mu, float(c)) for mu, c in zonal_polynomial(label).coefficients.items()] for label in labels}


def _by_power_sums(order: int, x: np.ndarray[Any, Any]) -> dict[Partition, float]:
    sums = [float((x**j).sum()) for j in range(1, order + 1)]
    products = {mu: math.prod(sums[part - 1] for part in mu) for k in range(order + 1) for mu in partitions(k)}
    table = _coefficients(order)
    return {label: sum(c * products[mu] for mu, c in row) for label, row in table.items() if len(label) <= len(x)}


def _first(order: int, matrix: np.ndarray[Any, Any]) -> dict[Partition, float]:
    for kept in (jack_branching.level, jack_branching.partition_rows, jack_branching.strip_count):
        kept.cache_clear()
    return zonal_values(matrix, order)


def _worst_error(values: Callable[[], dict[Partition, float]], exact: dict[Partition, Fraction]) -> Any:
    """Return a metered call: the greatest relative error, in units of 2^-52."""

    def call() -> tuple[None, float]:
        found = values()
        return None, 2.0**52 * max(float(abs(Fraction(found[label]) / value - 1)) for label, value in exact.items())

    return call


def _definition(a: float, b: float, x: list[float], order: int) -> float:
    """Σ_{|κ| <= K} (a)_κ/(b)_κ C_κ(X)/k!, each C_κ from its monomials, each monomial from its arrangements."""
    total = 0.0
    for k in range(order + 1):
        monomials = {
            mu: sum(
                math.prod(v**e for v, e in zip(x, exponents, strict=True))
                for exponents in set(permutations([*mu, *[0] * (len(x) - len(mu))]))
            )
            for mu in partitions(k)
            if len(mu) <= len(x)
        }
        for kappa in monomials:
            c = zonal_polynomial(kappa).monomials()
            value = sum(float(c[mu]) * monomial for mu, monomial in monomials.items() if mu in c)
            shifts = [j - i / 2 for i, part in enumerate(kappa) for j in range(part)]
            total += math.prod((a + u) / (b + u) for u in shifts) * value / math.factorial(k)
    return total


def cases(quick: bool) -> Iterator[Case]:
    """Yield the values by size of the matrix, their errors, then the hypergeometric function."""
    order = 5 if quick else 12
    for m, target in ((4, None), (10, 0.05)):
        x = _eigenvalues(m)
        matrix = np.diag(x)
        peers, missing = _symfn(order, x.tolist())
        _coefficients(order)
        candidates = (
            Candidate("zonal_values", lambda matrix=matrix: zonal_values(matrix, order), _rounded),
            Candidate("zonal_values, first call", lambda matrix=matrix: _first(order, matrix), _rounded),
            Candidate(
                "power sums in floats",
                lambda x=x: _by_power_sums(order, x),
                _rounded,
                note="power sums in floats: the coefficients are given",
            ),
            *peers,
        )
        yield Case(f"all C_κ(X), |κ| <= {order}, m = {m}", candidates, target, unavailable=missing)

    graded = np.array([1.0, 2.0**-10, 2.0**-20, 2.0**-30])
    rows = [[Fraction(float(v)) if i == j else 0 for j, v in enumerate(graded)] for i in range(4)]
    labels = [label for k in range(1, min(order, 8) + 1) for label in partitions(k) if len(label) <= 4]
    exact = {label: Fraction(zonal_polynomial(label)(rows)) for label in labels}
    candidates = (
        Candidate("zonal_values", _worst_error(lambda: zonal_values(np.diag(graded), 8), exact), metered=True),
        Candidate("power sums in floats", _worst_error(lambda: _by_power_sums(8, graded), exact), metered=True),
    )
    yield Case("greatest error, m = 4, eigenvalues 1, 2^-10, 2^-20, 2^-30", candidates, 100, unit="ulp", repeats=1)

    k = 5 if quick else 10
    x = [0.2, 0.1, 0.05]
    subject = f"1F1(3/2; 7/2; X), m = 3, |κ| <= {k}"
    ours = Candidate("hypergeometric", lambda: hypergeometric([1.5], [3.5], np.diag(x), order=k).value, _digits)
    zonal.jack_basis.cache_clear()
    yield Case(subject, (ours, Candidate("the definition", lambda: _definition(1.5, 3.5, x, k), _digits)))
    size = 2 if quick else 4
    proved = Candidate(
        "hypergeometric",
        lambda: hypergeometric([1.5], [3.5], np.diag(np.linspace(1, 3, size))),
        lambda found: found.proved,
    )
    yield Case(f"1F1(3/2; 7/2; X), m = {size}, eigenvalues 1 to 3, 1e-10 proved", (proved,), 1.0)


def _digits(value: float) -> str:
    return f"{value:.9e}"

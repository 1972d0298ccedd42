"""E p_λ(S) and E[p_λ(S) S^r] for one λ at a general scale, by integration by parts downwards from one state.

The moment is a combination of states (ν; r) of degree K whose coefficients are combinations of p_μ(Σ) Σ^j with
|μ| + j = k − K: one state with coefficient 1 in the beginning, K = k, and E S = n Σ in the end, K = 1. One step applies
the equation to every state, which raises j by one; a state that loses its mark closes Σ^j to the trace p_j(Σ) and is
marked anew at its smallest part. At the widest, K = k/2, there are as many packed integers as there are partitions of
0, …, k/2, each with as many slots: far less than upwards, where a moment of degree k − 1 has a slot for every partition
of 0, …, k − 1.

In a matrix moment the Σ^j that stand before the first state without a mark stay outside: for every such j what is left
is a combination of scalar moments of degree k − j.

References: those of `marked_equations`.
"""

from fractions import Fraction
from functools import lru_cache

from flint import fmpz

from wishart_moments.combinatorics.partitions import Partition, partition
from wishart_moments.domain import jack_parameter
from wishart_moments.moments.general_scale.marked_equations import (
    MAX_BYTES,
    Coefficient,
    MarkedArithmetic,
    MarkedState,
    marked_equation,
    too_large,
)

MAX_KEPT_DEGREE = 8
"""Up to this degree formulas are kept for the next call: beside a small matrix of floats they would take the time."""

Weights = dict[MarkedState, fmpz]
Unmarked = dict[Partition, fmpz]


def _step(weights: Weights, ring: MarkedArithmetic) -> tuple[Weights, Unmarked]:
    """Return the combination of states one degree below, those with a mark and those without."""
    marked: Weights = {}
    unmarked: Unmarked = {}

    def add(state: MarkedState, x: fmpz) -> None:
        if state[1]:
            marked[state] = marked[state] + x if state in marked else x
        else:
            unmarked[state[0]] = unmarked[state[0]] + x if state[0] in unmarked else x

    for (parts, mark), weight in weights.items():
        reduced, splits, joins = marked_equation(parts, mark - 1)
        add(reduced, ring.times_n_plus_b(weight, mark - 1))
        if splits:
            times_v = ring.times_v(weight)
            for state in splits:
                add(state, times_v)
        if joins:
            times_a = ring.times_a(weight)
            for multiplicity, state in joins:
                add(state, multiplicity * times_a)
    return marked, unmarked


def _mark(unmarked: Unmarked) -> Weights:
    """Return states whose traces are the given ones: the smallest part becomes the mark."""
    return {(parts[:-1], parts[-1]): weight for parts, weight in unmarked.items()}


def _trace(unmarked: Unmarked, k: int, ring: MarkedArithmetic) -> fmpz:
    """Return Σ w_λ E[p_λ], all |λ| = k >= 1, w_λ polynomials in n: a packed scalar of degree k."""
    weights = _mark(unmarked)
    for done in range(1, k):
        weights, closed = _step(weights, ring)
        traces = {parts: ring.slots.lifted(ring.slots.trace(x, done), done) for parts, x in closed.items()}
        for state, weight in _mark(traces).items():
            weights[state] = weights[state] + weight if state in weights else weight
    return ring.slots.trace(weights[(), 1], k)


def _arithmetic(k: int, beta: int | Fraction | None) -> MarkedArithmetic:
    ring = MarkedArithmetic.of(max(k, 1), None if beta is None else jack_parameter(beta))
    counts = ring.slots.starts
    # Before and after a step to degree K; the slots are those of degree k − K.
    size = ring.slots.bytes * max(
        (counts[degree + 1] * counts[k - degree] + counts[degree] * counts[k - degree + 1] for degree in range(1, k)),
        default=0,
    )
    if size > MAX_BYTES:
        raise too_large(k, size)
    return ring


def expected_power_sum_with_scale(parts: Partition, beta: int | Fraction | None = 1) -> dict[Partition, Coefficient]:
    """Return {μ: c} with E p_λ(S) = Σ_μ c(n) p_μ(Σ) for S = Σ^{1/2} W W^† Σ^{1/2}; exact.

    Args:
        parts: λ; a part 0 is not allowed (tr S^0 = m is a factor outside).
        beta: 1 (real), 2 (complex), 4 (quaternion), any positive rational, or None to keep a = 2/β as a variable.

    Returns:
        c as `fmpq_poly` in n, or for beta None as an element of ℚ[n, a]; without those that vanish.

    Raises:
        LimitError: where it takes more than 2 GiB of memory: |λ| > 32 for β = 1.

    Cost:
        |λ| = 10 a few milliseconds, 20 some 0.1 s.

    Example:
        >>> for mu, c in expected_power_sum_with_scale((2,)).items(): print(mu, c)
        (2,) x^2 + x
        (1, 1) x
    """
    return {mu: c for (mu, _), c in expected_marked(parts, 0, beta).items()}


def expected_marked(parts: Partition, r: int, beta: int | Fraction | None = 1) -> dict[MarkedState, Coefficient]:
    """Return {(μ, j): c} with E[p_λ(S) S^r] = Σ c(n) p_μ(Σ) Σ^j, |μ| + j = |λ| + r, r >= 0; exact.

    Args, Returns, Raises:
        As for `expected_power_sum_with_scale`.

    Example:
        >>> for (mu, j), c in expected_marked((), 2).items(): print(mu, j, c)
        (1,) 1 x
        () 2 x^2 + x
    """
    label = partition(parts)
    found = _kept(label, r, beta) if sum(label) + r <= MAX_KEPT_DEGREE else _expected_marked(label, r, beta)
    return dict(found)


def _expected_marked(label: Partition, r: int, beta: int | Fraction | None) -> dict[MarkedState, Coefficient]:
    k = sum(label) + r
    ring = _arithmetic(k, beta)
    if k == 0:
        return {((), 0): ring.one()}
    result: dict[MarkedState, Coefficient] = {}

    def add(unmarked: Unmarked, j: int) -> None:
        if unmarked:
            for mu, fields in ring.slots.terms(_trace(unmarked, k - j, ring), k - j):
                result[mu, j] = ring.polynomial(fields, k)

    if r == 0:
        add({label: fmpz(1)}, 0)
        return result
    weights: Weights = {(label, r): fmpz(1)}
    for j in range(1, k):
        weights, unmarked = _step(weights, ring)
        add(unmarked, j)
    for _, fields in ring.slots.terms(weights[(), 1], 0):
        result[(), k] = ring.polynomial(fields, k)
    return result


_kept = lru_cache(maxsize=128)(_expected_marked)

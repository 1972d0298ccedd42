"""Moments of both signs, E p_λ(S) S^r with integers λ_i and r of any sign, by integration by parts alone.

Let a = 2/β, c = n − m + 1 − a, V = S^{-1}. A positive mark is lowered by the equation of `marked_equations`, in which
λ_i may have any sign (p_0 does not occur). For a mark V^{r+1} and p_λ = p_ν(V) p_π(S), ν and π the parts of V and of S,

    (c − (a−1) r) E[p_λ V^{r+1}] − Σ_{i=1}^{r} E[p_i(V) p_λ V^{r+1−i}] − a Σ_{q∈ν} q E[p_{λ∖q} V^{r+1+q}]
        = Σ^{-1} E[p_λ V^r] − a Σ_{q∈π} q E[p_{λ∖q} V^{r+1−q}].

Here the left-hand side is c − A on the finite space of the marked states of V of degree N = |ν| + r + 1, where the
positive parts look on, and on the right-hand side the degree of the negative powers or of the positive ones is less.
A is a Jucys–Murphy element: its eigenvalues are the contents e of the last boxes of the partitions of N, and it is
diagonalisable. With f_N(c) = Π (c − e) over the different e_1, …, e_L and Newton's form of (f_N(c) − f_N(A))/(c − A),

    (c − A)^{-1} = f_N(c)^{-1} Σ_{i=1}^{L} (A − e_1) ⋯ (A − e_{i−1}) · (c − e_{i+1}) ⋯ (c − e_L).

No linear system is solved: row vectors are pushed down, level by level, and all numerators of level N stand over
f_1 ⋯ f_N. The trace of a state without a mark is opened at another part, positive ones first.

The ring is open: numbers, polynomials in c, in m and c, or in m, c and a. Nothing is shared with `inverse_table`.

References: Letac, Massam, Scand. J. Statist. 31 (2004) 295; Jucys, Rep. Math. Phys. 5 (1974) 107; Matsumoto, J.
Algebraic Combin. 33 (2011) 313 (odd Jucys–Murphy elements); Forrester, Rahman, Witte, J. Math. Phys. 58 (2017) (loop
equations).
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any, NamedTuple

from flint import fmpq, fmpq_mpoly_ctx, fmpq_poly

from wishart_moments.domain import jack_parameter
from wishart_moments.moments.general_scale.marked_equations import MarkedState, marked_equation, without
from wishart_moments.moments.polynomials import as_number

Parts = tuple[int, ...]
Box = tuple[int, int]
Label = tuple[Parts, int]
"""(μ, j), which stands for p_μ(Σ) Σ^j; the parts of μ and j may be negative."""

SYMBOLIC_RING = fmpq_mpoly_ctx.get(("m", "c", "a"), "deglex")
MIXED_RING = fmpq_mpoly_ctx.get(("m", "c"), "deglex")


@dataclass(frozen=True)
class Ring:
    """The ring of values: 1, m, c and a in it, and whether a is a number."""

    one: Any
    m: Any
    c: Any
    a: Any

    @classmethod
    def numbers(cls, m: int, n: int | Fraction, beta: int | Fraction) -> "Ring":
        """Return ℚ, with m, n and β given."""
        a = jack_parameter(beta)
        return cls(fmpq(1), fmpq(m), fmpq(*(n - m + 1 - a).as_integer_ratio()), fmpq(*a.as_integer_ratio()))

    @classmethod
    def in_c(cls, beta: int | Fraction, m: int | None = None) -> "Ring":
        """Return ℚ[c], for a given m; for moments of V alone, in which m does not occur, it need not be given."""
        a = fmpq(*jack_parameter(beta).as_integer_ratio())
        return cls(fmpq_poly([1]), None if m is None else fmpq(m), fmpq_poly([0, 1]), a)

    @classmethod
    def polynomials(cls, beta: int | Fraction | None) -> "Ring":
        """Return ℚ[m, c], or ℚ[m, c, a] where β is None."""
        if beta is None:
            return cls(SYMBOLIC_RING.constant(1), *SYMBOLIC_RING.gens())
        m, c = MIXED_RING.gens()
        return cls(MIXED_RING.constant(1), m, c, fmpq(*jack_parameter(beta).as_integer_ratio()))

    @cached_property
    def n(self) -> Any:
        """The degrees of freedom, c + m − 1 + a."""
        return self.c + self.m - 1 + self.a

    def contents(self, degree: int) -> dict[Any, Any]:
        """Return the different contents e of boxes that can come last in a partition of `degree`, as {key: e}.

        The key is the number e or, for a symbolic a, the box (j − 1, i − 1) with e = a(j−1) − (i−1).
        """
        boxes = [(s, t) for s in range(degree) for t in range(degree // (s + 1)) if s or t or degree == 1]
        if not isinstance(self.a, fmpq):
            return {(s, t): self.a * s - t for s, t in boxes}
        values = {as_number(self.a * s - t): self.a * s - t for s, t in boxes}
        return dict(sorted((Fraction(key), e) for key, e in values.items()))


@dataclass
class SignedMoment:
    """Numerators {(μ, j): N} of E p_λ(S) S^r = Σ N/D p_μ(Σ) Σ^j, and D = Π (c − e)^{k_e} as {key of e: k_e}."""

    numerators: dict[Label, Any]
    roots: dict[Any, int]


class _State(NamedTuple):
    """What has been split off, what is open, and what is left.

    That is p_closed(Σ) and the matrix factor Σ^matrix (None while it is open); Σ^power at the open mark; and p_λ S^r.
    """

    closed: Parts
    matrix: int | None
    power: int
    parts: Parts
    r: int

    def negative_degree(self) -> int:
        """Return the degree in V."""
        return -sum(part for part in (*self.parts, self.r) if part < 0)


class _Descent:
    """The states by their degree in S and V together, pushed down until nothing is left of both.

    At Σ = I all that has been split off is forgotten, but for a factor m for each trace.
    """

    def __init__(self, ring: Ring, negative_degree: int, *, at_identity: bool) -> None:
        self._ring, self._at_identity = ring, at_identity
        self._levels: defaultdict[int, dict[_State, Any]] = defaultdict(dict)
        self._contents = {degree: ring.contents(degree) for degree in range(1, negative_degree + 1)}
        self._kept: dict[int, list[Any]] = {}
        self.done: dict[Label, Any] = {}

    def run(self) -> None:
        """Push all states down."""
        while self._levels:
            # Every equation lowers the degree.
            level = self._levels.pop(max(self._levels))
            spectators: defaultdict[_State, dict[MarkedState, Any]] = defaultdict(dict)
            for state, value in level.items():
                if state.r > 0:
                    self._lower_positive(state, value)
                else:
                    seen = tuple(part for part in state.parts if part > 0)
                    looked_on = tuple(-part for part in reversed(state.parts[len(seen) :]))
                    spectators[state._replace(parts=seen, r=0)][looked_on, -state.r] = value
            for spectator, row in spectators.items():
                self._lower_negative(spectator, row)

    def open(self, state: _State, value: Any) -> None:
        """Add a state without a mark: its least positive part becomes the mark or, without one, a negative part."""
        if not state.parts:
            label = (state.closed, state.matrix or 0)
            self.done[label] = self.done[label] + value if label in self.done else value
            return
        at = sum(part > 0 for part in state.parts) - 1
        marked = state._replace(parts=(*state.parts[:at], *state.parts[at:][1:]), r=state.parts[at])
        self.put(marked, value)

    def put(self, state: _State, value: Any) -> None:
        """Add a state; one whose mark has gone is closed, p_μ(Σ) Σ^j → p_{μ∪j}(Σ), and opened at another part."""
        if state.r == 0:
            closed, matrix, power, parts, _ = state
            if matrix is None:
                matrix = power
            elif power == 0 or self._at_identity:
                value = value * self._ring.m
            else:
                closed = tuple(sorted((*closed, power), reverse=True))
            self.open(_State(closed, matrix, 0, parts, 0), value)
            return
        degree = sum(map(abs, state.parts)) + abs(state.r)
        level = self._levels[degree]
        level[state] = level[state] + value if state in level else value

    def _put_from(self, above: int, state: _State, power: int, value: Any) -> None:
        """Add a state with Σ^power more, and with numerators over f_1 ⋯ f_above, which has fewer factors now."""
        for degree in range(state.negative_degree() + 1, above + 1):
            value = value * self._products(degree)[-1]
        self.put(state if self._at_identity else state._replace(power=state.power + power), value)

    def _products(self, degree: int) -> list[Any]:
        """Return the products of the last 0, 1, …, L factors c − e of f_degree."""
        if degree not in self._kept:
            products = [self._ring.one]
            for e in reversed(self._contents[degree].values()):
                products.append(products[-1] * (self._ring.c - e))
            self._kept[degree] = products
        return self._kept[degree]

    def _lower_positive(self, state: _State, value: Any) -> None:
        """Put Σ · {(n + (a−1) r) p_λ S^r + …} in the place of p_λ S^{r+1}."""
        ring, r, degree = self._ring, state.r - 1, state.negative_degree()
        equation = marked_equation(state.parts, r)
        self._put_from(degree, state._replace(r=r), 1, (ring.n + (ring.a - 1) * r) * value)
        for parts, mark in equation.splits:
            self._put_from(degree, state._replace(parts=parts, r=mark), 1, value)
        for weight, (parts, mark) in equation.joins:
            self._put_from(degree, state._replace(parts=parts, r=mark), 1, weight * ring.a * value)

    def _lower_negative(self, spectator: _State, row: dict[MarkedState, Any]) -> None:
        """Put (c − A)^{-1} {Σ^{-1} p_λ V^r − …} in the place of p_λ V^{r+1}; the spectator has the positive parts."""
        ring, positive = self._ring, spectator.parts
        degree = next(sum(parts) + q for parts, q in row)
        for (parts, q), value in self._resolved(row, degree).items():
            negative = tuple(-part for part in reversed(parts))
            lowered = spectator._replace(parts=positive + negative, r=1 - q)
            self._put_from(degree - 1, lowered, -1, value)
            for part, count in Counter(positive).items():
                joined = spectator._replace(parts=without(part, positive) + negative, r=part - q)
                self._put_from(degree - 1, joined, 0, -part * count * ring.a * value)

    def _resolved(self, row: dict[MarkedState, Any], degree: int) -> dict[MarkedState, Any]:
        """Return f(c) times the row (c − A)^{-1}, f = f_degree, by Newton's form."""
        contents, products = list(self._contents[degree].values()), self._products(degree)
        result: dict[MarkedState, Any] = {}
        for i, content in enumerate(contents):
            factor = products[len(contents) - 1 - i]
            for state, value in row.items():
                term = factor * value
                result[state] = result[state] + term if state in result else term
            if i + 1 < len(contents):
                row = self._times_operator(row, content)
        return result

    def _times_operator(self, row: dict[MarkedState, Any], content: Any) -> dict[MarkedState, Any]:
        """Return the row (A − e)."""
        a = self._ring.a
        result: dict[MarkedState, Any] = {}

        def add(state: MarkedState, value: Any) -> None:
            result[state] = result[state] + value if state in result else value

        for (parts, q), value in row.items():
            _, splits, joins = marked_equation(parts, q - 1)
            add((parts, q), ((a - 1) * (q - 1) - content) * value)
            for split, mark in splits:
                add((split, mark + 1), value)
            for weight, (joined, mark) in joins:
                add((joined, mark + 1), weight * a * value)
        return {state: value for state, value in result.items() if value}


def signed_moment(parts: Sequence[int], r: int, ring: Ring, *, at_identity: bool = False) -> SignedMoment:
    """Return E p_λ(S) S^r for S = Σ^{1/2} W W^† Σ^{1/2}, or at Σ = I; λ_i and r of any sign, no λ_i = 0.

    Args:
        parts: λ; empty for p_λ = 1.
        r: the power of the matrix factor; 0 for the scalar E p_λ(S).
        ring: where the numerators are; with negative powers `Ring.numbers` needs sizes at which the moment exists.
        at_identity: whether Σ = I; then the matrix is a multiple of I, and the only label is ((), 0).

    Cost:
        At a general Σ, symbolic: E V^6 takes some 50 ms, E V^8 half a second.

    Example:
        >>> moment = signed_moment((-1,), 0, Ring.in_c(1))
        >>> moment
        SignedMoment(numerators={((-1,), 0): 1}, roots={Fraction(0, 1): 1})
        >>> signed_moment((1, -1), 0, Ring.numbers(2, 7, 1))  # 7 tr(Σ) tr(Σ^{-1}) / 4 − 2 tr(I) / 4
        SignedMoment(numerators={((1, -1), 0): 7, ((), 0): -4}, roots={Fraction(0, 1): 1})
    """
    label = tuple(sorted(parts, reverse=True))
    degree = -sum(part for part in (*label, r) if part < 0)
    descent = _Descent(ring, degree, at_identity=at_identity)
    if r:
        descent.put(_State((), 0 if at_identity else None, 0, label, r), ring.one)
    else:
        descent.open(_State((), 0, 0, label, 0), ring.one)
    descent.run()
    roots: Counter[Any] = Counter()
    for level in range(1, degree + 1):
        roots.update(ring.contents(level).keys())
    return SignedMoment(descent.done, dict(roots))

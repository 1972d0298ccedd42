"""E p_λ(S) for every β by the loop (Schwinger–Dyson) equations.

Let a = 2/β (real 2, complex 1, quaternion 1/2), p_λ = Π tr S^{λ_i} and S = W W^†, W m×n with iid entries of variance 1.
Integration by parts in one factor W of p_{r+1} gives, with degree k on the left and k − 1 on the right,

    E[p_1 p_λ]     = (mn + a|λ|) E[p_λ],
    E[p_{r+1} p_λ] = (m + n + (a−1) r) E[p_r p_λ] + Σ_{j=1}^{r−1} E[p_{r−j} p_j p_λ] + a Σ_i λ_i E[p_{r+λ_i} p_{λ∖λ_i}].

The smallest part is peeled: that keeps the right-hand sides shortest and, for a single moment, the states few (37 for
E tr S^10, 507 for E tr S^26). In s = m + n, p = mn and b = a − 1 every coefficient is a non-negative integer, which
bounds them by the value at m = n = 1 and lets `packed` hold a polynomial in one integer.

References: Letac, Massam, Scand. J. Statist. 31 (2004) 295 (β = 1, 2, by integration by parts); Forrester, Rahman,
Witte, J. Math. Phys. 58 (2017) (the loop equations of the Laguerre β-ensemble).
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import prod
from typing import Any, NamedTuple

from flint import fmpq, fmpq_mpoly_ctx, fmpz

from wishart_moments.combinatorics.partitions import Partition, partition, partitions
from wishart_moments.domain import jack_parameter
from wishart_moments.errors import LimitError
from wishart_moments.moments.packed import Packing, field_bits
from wishart_moments.moments.polynomials import RING, SYMBOLIC_RING, Polynomial, polynomial

MAX_STATES = 100_000
"""The most moments that a single E p_λ may rest on (E tr S^90 rests on 66,000)."""

MAX_BYTES = 2 << 30
"""The most memory that the polynomials of a level may take (E tr S^50 at symbolic β takes 1.5 GB)."""


class _Equation(NamedTuple):
    """The right-hand side of the loop equation of one λ: labels of level k − 1 and their multiplicities."""

    r: int
    reduced: Partition
    splits: tuple[tuple[int, Partition], ...]
    joins: tuple[tuple[int, Partition], ...]

    @property
    def labels(self) -> Iterator[Partition]:
        yield self.reduced
        for _, label in self.splits + self.joins:
            yield label


def _equation(parts: Partition) -> _Equation:
    rest, r = parts[:-1], parts[-1] - 1
    if r == 0:
        return _Equation(0, rest, (), ())
    splits = tuple((1 if 2 * j == r else 2, (*rest, r - j, j)) for j in range(1, r // 2 + 1))
    joins: list[tuple[int, Partition]] = []
    for part, count in Counter(rest).items():
        at = rest.index(part)
        joined = sorted((*rest[:at], *rest[at + 1 :], r + part), reverse=True)
        joins.append((part * count, tuple(joined)))
    return _Equation(r, (*rest, r), splits, tuple(joins))


@dataclass(frozen=True)
class _Arithmetic:
    """The ring of values: (s + b r) x, (p + a w) x and a x, each times the common denominator v of a."""

    one: Any
    times_s_plus_b: Callable[[Any, int], Any]
    times_p_plus_a: Callable[[Any, int], Any]
    times_a: Callable[[Any], Any]
    v: int = 1

    def solve(self, equation: _Equation, level: int, lower: Mapping[Partition, Any]) -> Any:
        """Return v^level E p_λ from the values of the level below."""
        r, reduced, splits, joins = equation
        if r == 0:
            return self.times_p_plus_a(lower[reduced], level - 1)
        total = self.times_s_plus_b(lower[reduced], r)
        for multiplicity, label in splits:
            total += (multiplicity * self.v) * lower[label]
        if joins:
            total += self.times_a(sum(weight * lower[label] for weight, label in joins))
        return total


def _climb(levels: Iterable[Iterable[Partition]], ring: _Arithmetic) -> Iterator[dict[Partition, Any]]:
    """Yield level after level, keeping only the one below."""
    lower: dict[Partition, Any] = {(): ring.one}
    for k, labels in enumerate(levels, 1):
        lower = {label: ring.solve(_equation(label), k, lower) for label in labels}
        yield lower


def _value(levels: Sequence[Iterable[Partition]], ring: _Arithmetic) -> Any:
    """Return v^k E p_λ for the only λ of the last level; the values of the levels below are forgotten on the way."""
    top: Mapping[Partition, Any] = {}
    for values in _climb(levels, ring):
        top = values
    (value,) = top.values()
    return value


def _needed(parts: Partition) -> list[set[Partition]]:
    """Return, level by level from 1 to |λ|, the labels that E p_λ rests on."""
    refusal = LimitError(
        f"E p_λ with |λ| = {sum(parts)} rests on more than {MAX_STATES:,} other moments, too many for the loop "
        "equations; a single trace has method 'recurrence' (beta 1, 2, 4)"
    )
    levels = [{parts}]
    states = 1
    # Every level has a state, so that more levels need not be looked at; many levels of long labels take memory, too.
    if sum(parts) > MAX_STATES or sum(parts) * len(parts) > 100 * MAX_STATES:
        raise refusal
    while len(levels) < sum(parts):
        level: set[Partition] = set()
        for upper in levels[-1]:
            level.update(_equation(upper).labels)
            if states + len(level) > MAX_STATES:
                raise refusal
        levels.append(level)
        states += len(level)
    return levels[::-1]


def _packing(k: int, a: Fraction | None) -> Packing:
    """Return a packing that holds v^j E p_λ, j = |λ| <= k, for a = u/v; for a symbolic a where it is None."""
    if a is None or a >= 1:
        # Non-negative coefficients: none exceeds the value at m = n = 1 (and b = 1), Π_{j<k} (v + u j).
        u, v = (2, 1) if a is None else a.as_integer_ratio()
        bound = prod(v + u * j for j in range(k))
    else:
        # |b| < 1: the sum of the absolute values of the coefficients grows by at most 2 v k at level k.
        bound = prod(2 * a.denominator * j for j in range(1, k + 1))
    return Packing(field_bits(bound), max(k, 1), symbolic=a is None, signed=a is not None and a < 1)


def _unpack(packing: Packing, packed: fmpz, denominator: int) -> Polynomial:
    variables = ("s", "p", "b") if packing.symbolic else ("s", "p")
    symmetric: Any = fmpq_mpoly_ctx.get(variables, "lex").from_dict(packing.unpack(packed))
    m, n, *a = (SYMBOLIC_RING if packing.symbolic else RING).gens()
    return symmetric.compose(m + n, m * n, *(x - 1 for x in a)) / denominator


def _packed_arithmetic(packing: Packing, a: Fraction | None) -> _Arithmetic:
    times_s, times_p, times_b = packing.times_s, packing.times_p, packing.times_b
    if a is None:
        return _Arithmetic(
            fmpz(1),
            lambda x, r: times_s(x) + times_b(r * x),
            lambda x, w: times_p(x) + w * (x + times_b(x)),
            lambda x: x + times_b(x),
        )
    u, v = a.as_integer_ratio()
    return _Arithmetic(
        fmpz(1),
        lambda x, r: v * times_s(x) + ((u - v) * r) * x,
        lambda x, w: v * times_p(x) + (u * w) * x,
        lambda x: u * x,
        v,
    )


def _linear_arithmetic(one: Any, m: Any, n: Any, a: Any) -> _Arithmetic:
    """Return the arithmetic of polynomials, or of numbers, from m, n and a in that ring."""
    s, p, b = m + n, m * n, a - 1
    return _Arithmetic(one, lambda x, r: (s + b * r) * x, lambda x, w: (p + a * w) * x, lambda x: a * x)


def _polynomial_arithmetic(a: Fraction | None) -> _Arithmetic:
    if a is None:
        m, n, variable = SYMBOLIC_RING.gens()
        return _linear_arithmetic(SYMBOLIC_RING.constant(1), m, n, variable)
    m, n = RING.gens()
    return _linear_arithmetic(RING.constant(1), m, n, fmpq(*a.as_integer_ratio()))


class PowerSumTable(Mapping[Partition, Polynomial]):
    """E p_λ(S) for every partition λ with |λ| <= max_k, as exact polynomials in m and n.

    Args:
        max_k: the largest |λ|, at least 0.
        beta: 1 (real), 2 (complex), 4 (quaternion), any positive rational, or None to keep a = 2/β as a variable.
        packed: whether to hold one packed integer for each λ instead of a polynomial, and unpack it (in a millisecond
            or two) whenever it is asked for. That takes a fraction of the time and memory, unless all are asked for.
            By default for max_k > 20, with a symbolic β for max_k > 12.

    Returns:
        A read-only mapping λ -> polynomial; exact. E p_∅ = 1.

    Cost:
        A few additions of polynomials for each λ: |λ| <= 20 takes some 0.1 s; |λ| <= 30, 28,629 moments, takes a second
        and 300 MB packed, three seconds and 800 MB as polynomials.

    Example:
        >>> table = PowerSumTable(4)
        >>> print(table[2, 1])
        m^3*n^2 + m^2*n^3 + m^2*n^2 + 4*m^2*n + 4*m*n^2 + 4*m*n
        >>> len(table)
        12
    """

    def __init__(self, max_k: int, beta: int | Fraction | None = 1, *, packed: bool | None = None) -> None:
        a = None if beta is None else jack_parameter(beta)
        self.max_k = max_k
        self._denominator = 1 if a is None else a.denominator
        self._packing: Packing | None = None
        if packed or (packed is None and max_k > (20 if a is not None else 12)):
            self._packing = _packing(max_k, a)
            arithmetic = _packed_arithmetic(self._packing, a)
        else:
            arithmetic = _polynomial_arithmetic(a)
        self._values: dict[Partition, Any] = {(): arithmetic.one}
        for level in _climb((partitions(k) for k in range(1, max_k + 1)), arithmetic):
            self._values |= level

    def __getitem__(self, parts: Partition) -> Polynomial:
        value = self._values[parts]
        return value if self._packing is None else _unpack(self._packing, value, self._denominator ** sum(parts))

    def __iter__(self) -> Iterator[Partition]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


def expected_power_sum(parts: Partition, beta: int | Fraction | None = 1) -> Polynomial:
    """Return E p_λ(S) = E Π_i tr S^{λ_i} as a polynomial in m and n; exact.

    Args:
        parts: λ; a part 0 is not allowed (tr S^0 = m is a factor outside).
        beta: as for `PowerSumTable`; None gives a polynomial in m, n and a = 2/β.

    Example:
        >>> print(expected_power_sum((2,), None))
        m^2*n + m*n^2 + m*n*a - m*n
    """
    label = partition(parts)
    a = None if beta is None else jack_parameter(beta)
    if not label:
        return polynomial({(0, 0): 1} if a is not None else {(0, 0, 0): 1})
    k, levels = sum(label), _needed(label)
    packing = _packing(k, a)
    # Degrees never exceed k + ℓ(λ) in m and n, half of that in p = mn.
    size = packing.bytes((k + len(label)) // 2) * (1 + max(map(len, levels)))
    if size > MAX_BYTES:
        raise LimitError(
            f"E p_λ with |λ| = {k} takes some {size >> 30} GiB of memory by the loop equations; give m, n and beta as "
            "numbers, or for a single trace use method 'recurrence' (beta 1, 2, 4)"
        )
    value = _value(levels, _packed_arithmetic(packing, a))
    return _unpack(packing, value, 1 if a is None else a.denominator**k)


def expected_power_sum_at(parts: Partition, m: int, n: int | Fraction, beta: int | Fraction = 1) -> fmpq:
    """Return the number E p_λ(S) at given m and n; exact.

    Example:
        >>> expected_power_sum_at((3,), 4, 7)
        5208
    """
    label = partition(parts)
    a = jack_parameter(beta)
    ring = _linear_arithmetic(fmpq(1), fmpq(m), fmpq(*n.as_integer_ratio()), fmpq(*a.as_integer_ratio()))
    return _value(_needed(label), ring) if label else fmpq(1)

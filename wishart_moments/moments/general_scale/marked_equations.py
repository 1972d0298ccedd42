"""Integration by parts for marked states p_λ(S) S^r: the one equation behind all moments at a general scale Σ.

Let a = 2/β, b = a − 1 and S = Σ^{1/2} W W^† Σ^{1/2}, W m×n with iid entries of variance 1. The marked state (λ; r)
is the matrix E[p_λ(S) S^r], of degree K = |λ| + r. Integration by parts in one factor W gives degree K + 1 from K,

    E[p_λ S^{r+1}] = Σ · { (n + b r) E[p_λ S^r] + Σ_{i=1}^{r} E[p_i p_λ S^{r−i}] + a Σ_i λ_i E[p_{λ∖λ_i} S^{r+λ_i}] },

and a state without a mark is the trace of one that has one: E[p_λ] = tr E[p_{λ∖q} S^q] for any part q of λ. Hence every
E[p_λ S^r] is a combination of p_μ(Σ) Σ^j, |μ| + j = |λ| + r, with polynomials in n (and a) for coefficients. Two ways
lead there: upwards from degree 1, for all λ at once (`marked_levels`), and downwards from one state (`marked_moments`).

Polynomials are held as packed integers (`power_sum_slots`): with a = u/v all that a step needs is multiplication by
v n, v b, v a and v, and the factor n that every moment of degree >= 1 has is left out. For a >= 1 all coefficients are
non-negative, hence none exceeds the moment at n = 1 (b = 1 where β is symbolic) and Σ = 1, which is Π_{K<k} (v + u K).
For a < 1 the sum of the absolute values of all coefficients grows by at most v + (2v − u) K from degree K to K + 1.
On the way downwards the sum over all states grows by the same factors.

References: Letac, Massam, Scand. J. Statist. 31 (2004) 295 (β = 1, 2, by integration by parts); Graczyk, Letac, Massam,
Ann. Statist. 31 (2003) 287, and J. Theoret. Probab. 18 (2005) 1 (the same moments by the symmetric group).
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import prod
from typing import NamedTuple

from flint import fmpq_mpoly, fmpq_mpoly_ctx, fmpq_poly, fmpz, fmpz_poly

from wishart_moments.combinatorics.partitions import Partition
from wishart_moments.errors import LimitError
from wishart_moments.moments.general_scale.power_sum_slots import Slots
from wishart_moments.moments.packed import field_bits

MarkedState = tuple[Partition, int]
"""(λ, r), which stands for p_λ(S) S^r; or (μ, j), for p_μ(Σ) Σ^j."""

Coefficient = fmpq_poly | fmpq_mpoly
"""A polynomial in n, or where β is symbolic in n and a = 2/β (an element of `COEFFICIENT_RING`)."""

COEFFICIENT_RING = fmpq_mpoly_ctx.get(("n", "a"), "deglex")

MAX_BYTES = 2 << 30
"""The most memory that the packed integers may take at a time."""

_MAX_DEGREE = 60
"""A degree from which on everything takes more memory than that: it is not even estimated."""


class MarkedEquation(NamedTuple):
    """The right-hand side for p_λ S^{r+1}: p_λ S^r times n + b r, the splits, the joins with their multiplicities."""

    reduced: MarkedState
    splits: tuple[MarkedState, ...]
    joins: tuple[tuple[int, MarkedState], ...]


def marked_equation(parts: Partition, r: int) -> MarkedEquation:
    """Return the equation of p_λ S^{r+1}, r >= 0; the last of the splits (for r > 0) has lost its mark.

    Example:
        >>> marked_equation((2, 2), 1)
        MarkedEquation(reduced=((2, 2), 1), splits=(((2, 2, 1), 0),), joins=((4, ((2,), 3)),))
    """
    splits = tuple((tuple(sorted((*parts, i), reverse=True)), r - i) for i in range(1, r + 1))
    joins = tuple((part * count, (without(part, parts), r + part)) for part, count in Counter(parts).items())
    return MarkedEquation((parts, r), splits, joins)


def without(part: int, parts: Partition) -> Partition:
    """Return λ∖i, λ with one part i less."""
    at = parts.index(part)
    return (*parts[:at], *parts[at + 1 :])


@dataclass(frozen=True)
class MarkedArithmetic:
    """Packed polynomials of degree k, without their factor n, times v^(k−1): what the equations do with them.

    Attributes:
        slots: the layout.
        v: the denominator of a.
        times_n_plus_b: (x, r) -> v (n + b r) x.
        times_a: x -> v a x.
    """

    slots: Slots
    v: int
    times_n_plus_b: Callable[[fmpz, int], fmpz]
    times_a: Callable[[fmpz], fmpz]

    @classmethod
    def of(cls, k: int, a: Fraction | None) -> "MarkedArithmetic":
        """Return the arithmetic for moments of degree at most k >= 1; a None stays a variable.

        Raises:
            LimitError: for a k so large that nothing of it fits into the memory.
        """
        if k > _MAX_DEGREE:
            raise too_large(k)
        if a is None:
            symbolic = Slots(field_bits(prod(1 + 2 * j for j in range(k))), k, symbolic=True)
            return cls(
                symbolic,
                1,
                lambda x, r: symbolic.times_n(x) + symbolic.times_b(r * x) if r else symbolic.times_n(x),
                lambda x: x + symbolic.times_b(x),
            )
        u, v = a.as_integer_ratio()
        growth = u if a >= 1 else 2 * v - u
        slots = Slots(field_bits(prod(v + growth * j for j in range(k))), k, signed=a < 1)

        # A multiplication by 1 or 0 would be one more passage through the memory.
        def times_n_plus_b(x: fmpz, r: int) -> fmpz:
            raised = slots.times_n(v * x if v > 1 else x)
            return raised + (u - v) * r * x if r and u != v else raised

        return cls(slots, v, times_n_plus_b, lambda x: u * x if u > 1 else x)

    def times_v(self, x: fmpz) -> fmpz:
        """Return v x."""
        return self.v * x if self.v > 1 else x

    def polynomial(self, fields: Sequence[int], degree: int) -> Coefficient:
        """Return the coefficient in a moment of that degree from the fields of its slot."""
        width = self.slots.width
        if not self.slots.symbolic:
            shifted = fmpq_poly(fmpz_poly([0, *fields]))
            return shifted / self.v ** (degree - 1) if self.v > 1 else shifted
        terms: dict[tuple[int, int], fmpz] = {}
        for i in range(min(width, len(fields))):
            in_a = fmpz_poly(list(fields[i::width]))(fmpz_poly([-1, 1]))
            terms |= {(i + 1, e): c for e, c in enumerate(in_a.coeffs()) if c}
        return COEFFICIENT_RING.from_dict(terms)

    def one(self) -> Coefficient:
        """Return the coefficient 1."""
        return COEFFICIENT_RING.constant(1) if self.slots.symbolic else fmpq_poly([1])


def too_large(k: int, size: int | None = None) -> LimitError:
    """Return the refusal of a moment, or a table, of degree k that takes so many bytes."""
    amount = "more than 2" if size is None else f"some {size / 2**30:.3g}"
    return LimitError(
        f"moments of degree {k} at a general scale take {amount} GiB of memory, need at most 2; "
        "for Σ = I leave scale out"
    )

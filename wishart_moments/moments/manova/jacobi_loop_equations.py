"""E p_λ(B) over the Jacobi ensemble by loop (Schwinger–Dyson) equations, at numbers: an independent route, for every β.

For the law (m, x, y) of `jack_kadell` and a = 2/β, Σ_i ∂_i of x_i^{r+1}(1 − x_i) p_λ times the density gives

    (y + (a−1) r) E[p_{r+1} p_λ] + Σ_{s=1}^{r} E[p_s p_{r+1−s} p_λ] + a Σ_i λ_i E[p_{r+1+λ_i} p_{λ∖λ_i}]
        = (x + m + (a−1) r) E[p_r p_λ] + Σ_{s=1}^{r−1} E[p_s p_{r−s} p_λ] + a Σ_i λ_i E[p_{r+λ_i} p_{λ∖λ_i}],

x p_0 p_λ on the right for r = 0. On the left stand moments of one degree: a linear system for all partitions of it.

References: Forrester, Rahman, Witte, J. Math. Phys. 58 (2017) (loop equations of the Jacobi β-ensemble).
"""

from collections import Counter
from collections.abc import Iterator
from fractions import Fraction

from flint import fmpq, fmpq_mat

from wishart_moments.combinatorics.partitions import Partition, partitions
from wishart_moments.domain import jack_parameter
from wishart_moments.errors import LimitError
from wishart_moments.moments.polynomials import rational


def _terms(rest: Partition, r: int, first: fmpq, a: fmpq) -> Iterator[tuple[Partition, fmpq]]:
    """Yield what stands on one side: `first` p_r p_λ, the splits of p_r and its joins with λ, r > 0."""
    yield _sorted(*rest, r), first
    for s in range(1, r):
        yield _sorted(*rest, s, r - s), fmpq(1)
    yield from _joins(rest, r, a)


def _joins(rest: Partition, r: int, a: fmpq) -> Iterator[tuple[Partition, fmpq]]:
    for part, count in Counter(rest).items():
        at = rest.index(part)
        yield _sorted(*rest[:at], *rest[at + 1 :], part + r), a * part * count


def _sorted(*parts: int) -> Partition:
    return tuple(sorted(parts, reverse=True))


def jacobi_power_sums(
    degree: int, m: int | Fraction, x: int | Fraction, y: int | Fraction, beta: int | Fraction = 1
) -> dict[Partition, fmpq]:
    """Return {λ: E p_λ(B)} for all |λ| <= degree; exact.

    Raises:
        LimitError: where y + u = 0 for a content u: at integers n_1 + n_2 less than the degree.

    Cost:
        A linear system for each degree: 77 unknowns at 12, some 0.1 s.

    Example:
        >>> jacobi_power_sums(2, 2, 3, 7)
        {(): 1, (1,): 6/7, (2,): 34/63, (1, 1): 52/63}
    """
    a = rational(jack_parameter(beta))
    found: dict[Partition, fmpq] = {(): fmpq(1)}
    for k in range(1, degree + 1):
        labels = list(partitions(k))
        place = {label: i for i, label in enumerate(labels)}
        system, right = fmpq_mat(len(labels), len(labels)), fmpq_mat(len(labels), 1)
        for i, label in enumerate(labels):
            rest, r = label[:-1], label[-1] - 1
            for upper, c in _terms(rest, r + 1, rational(y) + (a - 1) * r, a):
                system[i, place[upper]] += c
            if r:
                lower = _terms(rest, r, rational(x + m) + (a - 1) * r, a)
            else:
                lower = iter([(rest, rational(x * m)), *_joins(rest, 0, a)])
            right[i, 0] = sum((c * found[label] for label, c in lower), fmpq(0))
        try:
            solution = system.solve(right)
        except ZeroDivisionError:
            raise LimitError(
                f"the loop equations are singular at degree {k} for these sizes; use 'jack-kadell'"
            ) from None
        found |= {label: solution[i, 0] for label, i in place.items()}
    return found

"""The public function for moments with negative powers: arguments are admitted, existence is checked, routes chosen.

Numbers at Σ = I come from recurrences for a single trace (`inverse_recurrence`) and from integration by parts
(`signed_equations`) else; rational functions of negative powers alone from zonal polynomials (`inverse_table`).
"""

from collections.abc import Sequence
from fractions import Fraction
from operator import index
from typing import TYPE_CHECKING, Any

from wishart_moments import domain
from wishart_moments.combinatorics.partitions import partition
from wishart_moments.errors import DomainError, LimitError, MethodError
from wishart_moments.moments.expectation import dimension, scaled, trace_product_moment
from wishart_moments.moments.inverse import inverse_recurrence
from wishart_moments.moments.inverse import inverse_table as inverse
from wishart_moments.moments.inverse.existence import require
from wishart_moments.moments.inverse.rational import rational
from wishart_moments.moments.inverse.signed_equations import Parts, signed_moment
from wishart_moments.moments.inverse.signed_expressions import ring_for, shown
from wishart_moments.moments.polynomials import as_number

if TYPE_CHECKING:
    import sympy

    from wishart_moments.moments.inverse.signed_scale import SignedPowerSums

MAX_NUMBER_DEGREE = 20
"""The largest Σ |λ_i| at numbers m and n, Σ = I."""

MAX_DEGREE = 12
"""The largest Σ |λ_i| for powers of both signs with symbols, or at a general scale."""

MAX_POWER = 5000
"""The largest power of a single number, m = 1."""

MAX_SYMBOLIC_BETA_DEGREE = 7
"""The largest Σ |λ_i| for a symbolic β."""


def signed_trace_moment(
    parts: Sequence[int],
    m: Any = None,
    n: Any = None,
    *,
    sigma: Any = 1,
    beta: Any = 1,
    scale: Any = None,
) -> "int | Fraction | float | sympy.Expr":
    """Return E Π_i tr S^{λ_i}, the λ_i of any sign, for S = Σ^{1/2} W W^† Σ^{1/2}, W m×n of entries of variance σ².

    With k the sum of the negative λ_i, without its sign, the moment is finite if and only if n − m + 1 > 2k/β; for
    m = 1 it is k = −Σ λ_i that counts. It is a rational function of m and n with a denominator of factors n − m + j.

    Args:
        parts: λ, integers in any order; tr S^0 = m, and the empty product is 1.
        m, n: integers >= 1, SymPy expressions, or None for the symbols m and n.
        sigma: the standard deviation of an entry, > 0 where a part is negative.
        beta: the Dyson index: 1 real, 2 complex, 4 quaternion, any positive rational, or a SymPy symbol.
        scale: Σ, m×m symmetric, positive definite where a part is negative; the identity by default.

    Returns:
        Exact: int or Fraction if all arguments are numbers; a SymPy rational function in lowest terms with factored
        denominator otherwise (see `existence_condition` for where it holds). A float sigma or scale gives floats.

    Raises:
        ExistenceError: if the moment is infinite at the numbers m and n; it states the condition and the smallest n.
        DomainError: for an argument outside its domain.
        MethodError: for a symbolic beta with a scale.
        LimitError: for too large a degree Σ |λ_i|.

    Cost:
        E tr S^-12 as a rational function takes some 0.1 s, E tr S^-100 at numbers a millisecond.

    References:
        von Rosen, Scand. J. Statist. 15 (1988) 97; Letac, Massam, Scand. J. Statist. 31 (2004) 295; Graczyk, Letac,
        Massam, Ann. Statist. 31 (2003) 287.

    Examples:
        >>> signed_trace_moment([-1])
        m/(-m + n - 1)
        >>> signed_trace_moment([-1], 3, 5), signed_trace_moment([-2], 2, 6, beta=2)
        (3, Fraction(1, 5))
        >>> signed_trace_moment([1, -1], 3)
        (9*n - 6)/(n - 4)
        >>> signed_trace_moment([-1], n=7, scale=[[2, 1], [1, 2]])
        Fraction(1, 3)
        >>> signed_trace_moment([-1], 3, 4)  # doctest: +ELLIPSIS
        Traceback (most recent call last):
        wishart_moments.errors.ExistenceError: need n - m + 1 > 2 for a finite moment at beta = 1, got m = 3, n = 4; ...
    """
    label, zeros = signed_label(parts)
    if not label or label[-1] > 0:
        return trace_product_moment([*label, *[0] * zeros], m, n, sigma=sigma, beta=beta, scale=scale)
    sigma, beta = domain.scale_parameter(sigma), domain.dyson_index(beta)
    if not domain.is_symbolic(sigma) and sigma == 0:
        raise DomainError("need sigma > 0 where a power is negative, got 0")
    n = dimension(n, "n")
    if scale is None:
        m = dimension(m, "m")
        moment = _at_identity(label, m, n, beta)
    else:
        if domain.is_symbolic(beta):
            raise MethodError("a general scale needs a number for beta, such as beta=1")
        from wishart_moments.moments.inverse.signed_scale import signed_power_sums

        highest, lowest = (sum(part for part in label if part * sign > 0) for sign in (1, -1))
        sums = signed_power_sums(scale, highest, lowest, hermitian=beta == 2)
        if m is not None and dimension(m, "m") != sums.dimension:
            raise DomainError(f"need m = {sums.dimension}, the dimension of scale, got {domain.shown(m)}")
        m = sums.dimension
        moment = _with_scale(label, n, beta, sums)
    return scaled(moment * m**zeros, sigma, 2 * sum(label))


def signed_label(parts: Any) -> tuple[Parts, int]:
    """Return the parts other than 0 in decreasing order, and the number of zeros.

    Example:
        >>> signed_label([-1, 0, 2])
        ((2, -1), 1)
    """
    try:
        orders = [
            -domain.order(-part, "every |part|") if index(part) < 0 else domain.order(part, "every part")
            for part in parts
        ]
    except TypeError:
        raise DomainError(f"need a sequence of integers, such as [2, 1, -1], got {domain.shown(parts)}") from None
    return tuple(sorted((part for part in orders if part), reverse=True)), orders.count(0)


def check_degree(degree: int, largest: int, where: str) -> None:
    """Refuse a degree Σ |λ_i| (the power of a matrix factor included) out of reach.

    Raises:
        LimitError: if it exceeds the largest.
    """
    if degree > largest:
        raise LimitError(f"need a total degree <= {largest} of all powers {where}, got {domain.shown(degree)}")


def _degree(label: Parts) -> int:
    return sum(map(abs, label))


def one_dimensional(net: int, n: Any, beta: Any) -> Any:
    """Return E S^net for m = 1, where S is a gamma variable: Π (n + a j), or Π 1/(n − a j)."""
    if abs(net) > MAX_POWER:
        raise LimitError(f"need a net power of at most {MAX_POWER:,}, got {domain.shown(net)}")
    a = 2 / beta if domain.is_symbolic(beta) else domain.jack_parameter(beta)
    value: Any = Fraction(1) if isinstance(n, int) and isinstance(a, Fraction) else 1
    for j in range(abs(net)):
        value = value * (n + a * j) if net > 0 else value / (n - a * (j + 1))
    return value.expand() if net > 0 and hasattr(value, "expand") else value


def _at_identity(label: Parts, m: Any, n: Any, beta: Any) -> Any:
    symbolic = not isinstance(beta, Fraction)
    numeric = not symbolic and isinstance(m, int) and isinstance(n, int)
    if numeric:
        require(label, m, n, beta)
    if m == 1:
        return one_dimensional(sum(label), n, beta)
    if numeric and len(label) == 1 and beta in (1, 2, 4):
        return as_number(inverse_recurrence.inverse_traces_at(-label[0], m, n, beta)[-1])
    if not (numeric or symbolic) and label[0] < 0:
        return shown(*inverse.expected_inverse(partition([-part for part in label]), beta), m, n, beta)
    if symbolic:
        check_degree(_degree(label), MAX_SYMBOLIC_BETA_DEGREE, "for a symbolic beta; give beta as a number")
    elif numeric:
        check_degree(_degree(label), MAX_NUMBER_DEGREE, "at numbers")
    else:
        check_degree(_degree(label), MAX_DEGREE, "of both signs; give m and n as numbers")
    moment = signed_moment(label, 0, ring_for(m, n, beta), at_identity=True)
    (numerator,) = moment.numerators.values()
    return shown(numerator, moment.roots, m, n, beta)


def _with_scale(label: Parts, n: Any, beta: Fraction, sums: "SignedPowerSums") -> Any:
    """Return the moment at a scale of these power sums."""
    m = sums.dimension
    if isinstance(n, int):
        require(label, m, n, beta)
    if m == 1:
        net = sum(label)
        return sums.combination({(net,) if net else (): one_dimensional(net, n, beta)})
    check_degree(_degree(label), MAX_DEGREE, "at a general scale")
    moment = signed_moment(label, 0, ring_for(m, n, beta))
    terms = {mu: numerator for (mu, _), numerator in moment.numerators.items()}
    if not isinstance(n, int) and all(isinstance(value, int | Fraction) for value in sums.values + sums.inverse):
        # Everything over the one denominator, so that common factors are seen.
        total = sum(numerator * rational(sums(mu)) for mu, numerator in terms.items())
        return shown(total, moment.roots, m, n, beta)
    return sums.combination({mu: shown(numerator, moment.roots, m, n, beta) for mu, numerator in terms.items()})

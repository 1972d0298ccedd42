"""Public functions: traces of B = S_1(S_1 + S_2)^{-1} and F = S_1S_2^{-1}, S_i independent Wishart matrices of one Σ.

Σ cancels from all traces. B has eigenvalues in [0, 1] (MANOVA, canonical correlations: n_1 and n_2 are the degrees of
freedom of hypothesis and error), F = B(I − B)^{-1}.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from flint import fmpq_series

from wishart_moments import domain
from wishart_moments.combinatorics.partitions import Partition, label_and_zeros
from wishart_moments.domain import is_number, is_symbolic, jack_parameter
from wishart_moments.errors import DomainError, ExistenceError, LimitError, MethodError
from wishart_moments.moments.inverse.existence import require
from wishart_moments.moments.manova import jack_kadell, jacobi_loop_equations, trace_recurrence
from wishart_moments.moments.polynomials import as_number
from wishart_moments.notation.factoring import factored

if TYPE_CHECKING:
    import sympy

METHODS = ("auto", "recurrence", "jack-kadell", "loop-equations")

MAX_LOOP_DEGREE = 16
"""The largest degree of the loop equations: 231 unknowns."""

MAX_FACTORED_TERMS = 150
"""The longest numerator that is factored."""


@dataclass(frozen=True, init=False)
class TwoWisharts:
    """The sizes of S_1 and S_2, validated: m dimensions, n_1 and n_2 degrees of freedom, S_1 + S_2 invertible.

    Example:
        >>> TwoWisharts(3, 2, "7/2")
        TwoWisharts(m=3, n1=2, n2=Fraction(7, 2), beta=Fraction(1, 1), rounded=False)
        >>> TwoWisharts(5, 2, 2)
        Traceback (most recent call last):
        wishart_moments.errors.DomainError: need n1 + n2 > m - 1 = 4 for an invertible S1 + S2, got n1 + n2 = 4
    """

    m: Any
    n1: Any
    n2: Any
    beta: Fraction
    rounded: bool

    def __init__(self, m: Any, n1: Any, n2: Any, beta: Any = 1) -> None:
        put = object.__setattr__
        put(self, "m", domain.dimension(m))
        put(self, "n1", domain.degrees_of_freedom(n1, self.m, "n1"))
        put(self, "n2", domain.degrees_of_freedom(n2, self.m, "n2"))
        dyson = domain.dyson_index(beta)
        if not isinstance(dyson, Fraction):
            raise MethodError("two Wishart matrices need a number for beta, such as beta=1")
        put(self, "beta", dyson)
        put(self, "rounded", any(map(domain.is_float, (m, n1, n2))))
        if self.numeric and not self.n1 + self.n2 > self.m - 1:
            raise DomainError(
                f"need n1 + n2 > m - 1 = {domain.shown(self.m - 1)} for an invertible S1 + S2, "
                f"got n1 + n2 = {domain.shown(self.n1 + self.n2)}"
            )

    @property
    def numeric(self) -> bool:
        """Whether m, n_1 and n_2 are numbers."""
        return all(map(is_number, (self.m, self.n1, self.n2)))

    def require(self, name: str, order: int) -> None:
        """Refuse a mean of order k in S_1^{-1} or S_2^{-1} that is infinite.

        Raises:
            ExistenceError: unless n_i − m + 1 > 2k/β.
        """
        n = getattr(self, name)
        if order and is_number(self.m) and is_number(n):
            try:
                require([-order], int(self.m), n, self.beta)
            except ExistenceError as error:
                raise ExistenceError(f"{error} (n is {name})") from None

    def of_b(self, sign: int) -> tuple[Any, Any]:
        """Return x and y of B, or of B^{-1}."""
        return (self.n1, self.n1 + self.n2) if sign > 0 else (self._dual(self.n1 + self.n2), self._dual(self.n1))

    def of_f(self, sign: int) -> tuple[Any, Any]:
        """Return x and y of −F, or of −F^{-1}."""
        return (self.n1, self._dual(self.n2)) if sign > 0 else (self.n2, self._dual(self.n1))

    def _dual(self, n: Any) -> Any:
        a = jack_parameter(self.beta)
        if not is_number(n):
            import sympy

            return self.m - 1 + sympy.Rational(a.numerator, a.denominator) - n
        return self.m - 1 + a - n


def manova_trace_moment(
    k: int, m: Any = None, n1: Any = None, n2: Any = None, *, beta: Any = 1, method: str = "auto"
) -> "int | Fraction | float | sympy.Expr":
    """Return E tr B^k for B = S_1(S_1 + S_2)^{-1}, S_i independent Wishart matrices with one Σ.

    Args:
        k: an integer of either sign.
        m: the dimension, an integer >= 1, a SymPy expression, or None for the symbol m.
        n1, n2: the degrees of freedom, integers >= 1 or real numbers > m − 1, as "11/2", n1 + n2 > m − 1; SymPy
            expressions, or None for the symbols.
        beta: 1 real, 2 complex, 4 quaternion; any positive rational for the Jacobi β-ensemble.
        method: "auto", "recurrence" (beta 1, 2, 4), "jack-kadell" or "loop-equations" (k <= 16); the last three are for
            numbers, and formulas have "auto".

    Returns:
        Exact: int or Fraction at numbers (a float among them gives a float), else a SymPy rational function, k <= 12.

    Raises:
        DomainError: for an argument outside its domain.
        ExistenceError: for k < 0 unless n1 − m + 1 > 2|k|/β.
        MethodError, LimitError: for a method that does not cover it, or reach so far.

    Cost:
        k = 200 at sizes of three digits: some 20 ms; a formula of k = 6 some 50 ms.

    References:
        See the modules `trace_recurrence`, `jack_kadell`, `jacobi_loop_equations`; Muirhead, Aspects of Multivariate
        Statistical Theory (1982), chapter 10 (MANOVA).

    Example:
        The mean of Pillai's trace statistic of two groups of variables, and of its powers:

        >>> manova_trace_moment(1), manova_trace_moment(2, 3, 4, 20)
        (m*n1/(n1 + n2), Fraction(89, 598))
    """
    return manova_trace_product_moment([k], m, n1, n2, beta=beta, method=method)


def f_trace_moment(
    k: int, m: Any = None, n1: Any = None, n2: Any = None, *, beta: Any = 1, method: str = "auto"
) -> "int | Fraction | float | sympy.Expr":
    """Return E tr F^k for F = S_1S_2^{-1}, S_i independent Wishart matrices with one Σ (Fisher's F in m dimensions).

    Args:
        k, m, n1, n2, beta, method: as for `manova_trace_moment`.

    Returns:
        Exact, as there: int or Fraction at numbers (a float among them gives a float), else a SymPy rational function.

    Raises:
        DomainError, MethodError, LimitError: as there.
        ExistenceError: unless n2 − m + 1 > 2k/β, for k < 0 n1 − m + 1 > 2|k|/β.

    Example:
        The mean of the Lawley–Hotelling statistic:

        >>> f_trace_moment(1), f_trace_moment(2, 3, 4, 20)
        (-m*n1/(m - n2 + 1), Fraction(213, 476))
    """
    return f_trace_product_moment([k], m, n1, n2, beta=beta, method=method)


def manova_trace_product_moment(
    parts: Sequence[int], m: Any = None, n1: Any = None, n2: Any = None, *, beta: Any = 1, method: str = "auto"
) -> "int | Fraction | float | sympy.Expr":
    """Return E Π_i tr B^{λ_i} for B = S_1(S_1 + S_2)^{-1}, by Jack polynomials and Kadell's integral.

    Args:
        parts: λ, integers of one sign; Σ |λ_i| <= 16, of a formula 12.
        m, n1, n2, beta, method: as for `manova_trace_moment`.

    Returns:
        Exact: int or Fraction at numbers (a float among them gives a float), else a SymPy rational function.

    Raises:
        DomainError: for an argument outside its domain.
        ExistenceError: for negative powers unless n1 − m + 1 > 2 Σ |λ_i|/β.
        MethodError, LimitError: for a method that does not cover it, or reach so far.

    Example:
        >>> manova_trace_product_moment([1, 1], 3, 4, 20)
        Fraction(167, 598)
    """
    return _mean("B", parts, TwoWisharts(m, n1, n2, beta), method)


def f_trace_product_moment(
    parts: Sequence[int], m: Any = None, n1: Any = None, n2: Any = None, *, beta: Any = 1, method: str = "auto"
) -> "int | Fraction | float | sympy.Expr":
    """Return E Π_i tr F^{λ_i} for F = S_1S_2^{-1}, by Jack polynomials and Kadell's integral.

    Args:
        parts, m, n1, n2, beta, method: as for `manova_trace_product_moment`.

    Returns:
        Exact, as there: int or Fraction at numbers (a float among them gives a float), else a SymPy rational function.

    Raises:
        DomainError, MethodError, LimitError: as there.
        ExistenceError: unless n2 − m + 1 > 2 Σ λ_i/β, for negative powers n1 − m + 1 > 2 Σ |λ_i|/β.

    Example:
        >>> f_trace_product_moment([1, 1], 3, 4, 20)
        Fraction(339, 476)
    """
    return _mean("F", parts, TwoWisharts(m, n1, n2, beta), method)


def _mean(which: str, parts: Any, law: TwoWisharts, method: str) -> Any:
    domain.choice(method, METHODS)
    label, zeros = label_and_zeros(domain.signed_orders(parts))
    if label and label[0] > 0 > label[-1]:
        raise MethodError("need powers of one sign, got both; B^-1 = I + F^-1 turns one into the other")
    sign = -1 if label and label[0] < 0 else 1
    sizes = tuple(sorted(map(abs, label), reverse=True))
    if which == "F" and not label and law.numeric and not law.n2 > law.m - 1:
        raise DomainError(
            f"need n2 > m - 1 = {domain.shown(law.m - 1)} for an invertible S2, got n2 = {domain.shown(law.n2)}"
        )
    law.require("n2" if (which, sign) == ("F", 1) else "n1", sum(sizes) if which == "F" or sign < 0 else 0)
    x, y = law.of_b(sign) if which == "B" else law.of_f(sign)
    factor = (-1) ** sum(sizes) if which == "F" else 1
    if not law.numeric:
        if method != "auto":
            raise MethodError(f"formulas have the method 'auto' only, got {method!r}")
        return factor * _formula(sizes, law, x, y) * law.m**zeros
    value = as_number(factor * _number(sizes, law, x, y, method) * law.m**zeros)
    try:
        return float(value) if law.rounded else value
    except OverflowError:
        raise DomainError(domain.OVERFLOW) from None


def _number(label: Partition, law: TwoWisharts, x: Any, y: Any, method: str) -> Any:
    m, beta = law.m, law.beta
    if not label:
        return 1
    if method == "auto":
        method = "recurrence" if len(label) == 1 and beta in (1, 2, 4) and sum(label) > 6 else "jack-kadell"
    if method == "jack-kadell":
        return jack_kadell.jacobi_power_sum(label, m, x, y, beta)
    if method == "loop-equations":
        if sum(label) > MAX_LOOP_DEGREE:
            raise LimitError(f"need degree <= {MAX_LOOP_DEGREE} for the loop equations, got {domain.shown(sum(label))}")
        return jacobi_loop_equations.jacobi_power_sums(sum(label), m, x, y, beta)[label]
    if len(label) > 1:
        raise MethodError("the recurrences are for a single trace; use method 'jack-kadell'")

    def start(k: int, near: Any) -> Any:
        if isinstance(near, fmpq_series):
            return jack_kadell.jacobi_power_sum_near((k,), m, x, near, beta)
        return jack_kadell.jacobi_power_sum((k,), m, x, near, beta)

    return trace_recurrence.jacobi_traces(sum(label), m, x, y, beta, start)[-1]


def _formula(label: Partition, law: TwoWisharts, x: Any, y: Any) -> Any:
    """Return the rational function in m, n_1 and n_2, with the denominator factored."""
    import sympy as untyped

    sympy: Any = untyped
    if not label:
        return sympy.Integer(1)
    found = jack_kadell.jacobi_function(label, law.beta)
    variables = [value if is_symbolic(value) else sympy.sympify(value) for value in (law.m, x, y)]
    terms = [
        sympy.Rational(int(c.p), int(c.q)) * sympy.Mul(*(v ** int(e) for v, e in zip(variables, each, strict=True)))
        for each, c in found.numerator.to_dict().items()
    ]
    roots = ((variables[2] + sympy.Rational(u.numerator, u.denominator)) ** k for u, k in found.contents.items())
    value = sympy.Add(*terms) / sympy.Mul(*roots)
    return factored(value) if len(terms) <= MAX_FACTORED_TERMS else value

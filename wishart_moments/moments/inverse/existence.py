"""When E Π_i tr S^{λ_i} with negative λ_i is finite.

Let k = Σ |λ_i| over the negative λ_i, a = 2/β and V = S^{-1}. For m >= 2 the moment exists if and only if

    n − m + 1 > a k        (real: n − m + 1 > 2k, complex: n − m + 1 > k, quaternion: 2(n − m + 1) > k).

Proof: for eigenvalues 0 < x_1 < … < x_m the product of the negative powers lies between x_1^{-k} and m^ℓ x_1^{-k}, and
the positive ones stay away from 0 and ∞ for x_1 → 0, since x_2, …, x_m do. The smallest eigenvalue has a density that
goes like x^{(β/2)(n−m+1)−1} at 0, and ∫_0 x^{(β/2)(n−m+1)−1−k} dx is finite if and only if (β/2)(n − m + 1) > k.
For m = 1 all factors are powers of one number, so that they cancel: k is then the negative part of the net Σ λ_i.
Any scale Σ > 0 changes nothing: S lies between its extreme eigenvalues times W W^†.

References: von Rosen, Scand. J. Statist. 15 (1988) 97 (E V^k, real); Edelman, SIAM J. Matrix Anal. Appl. 9 (1988) 543
(the smallest eigenvalue); Letac, Massam, Scand. J. Statist. 31 (2004) 295; Graczyk, Letac, Massam, Ann. Statist. 31
(2003) 287.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import floor
from typing import TYPE_CHECKING, Any

from wishart_moments import domain
from wishart_moments.errors import DomainError, ExistenceError
from wishart_moments.notation import printers
from wishart_moments.notation.convert import coefficient
from wishart_moments.notation.shown import Shown
from wishart_moments.notation.tree import Node

if TYPE_CHECKING:
    import sympy


@dataclass(frozen=True, repr=False)
class Condition(Shown):
    """The condition n − m + 1 > a k under which a moment with negative powers of total degree k is finite, a = 2/β.

    Attributes:
        order: k; 0 for moments that always exist.
        net: the negative part of Σ λ_i, which takes the place of k for m = 1.
        beta: the Dyson index.

    Example:
        >>> condition = existence_condition([-2, 1])
        >>> print(condition)
        n - m + 1 > 4
        >>> condition.holds(3, 6), condition.smallest_n(3)
        (False, 7)
    """

    order: int
    net: int
    beta: "Fraction | sympy.Expr"

    def _order(self, m: int) -> int:
        return self.net if m == 1 else self.order

    def bound(self, m: int) -> Fraction:
        """Return a k, which n − m + 1 must exceed; 0 where any n will do."""
        return Fraction(self._order(m)) * domain.jack_parameter(self._number())

    def _number(self) -> Fraction:
        if not isinstance(self.beta, Fraction):
            raise DomainError("the condition is decided for numbers only; give beta a value")
        return self.beta

    def holds(self, m: int, n: int | Fraction) -> bool:
        """Return whether the moment is finite in m dimensions with n degrees of freedom, n integer or not."""
        return self._order(m) == 0 or n - m + 1 > self.bound(m)

    def smallest_n(self, m: int) -> int:
        """Return the smallest integer n at which the moment is finite for this m."""
        return floor(self.bound(m)) + m if self._order(m) else 1

    def as_expr(self, m: Any = None, n: Any = None) -> Any:
        """Return the condition for m >= 2 as a SymPy relation; true where it is empty.

        Example:
            >>> existence_condition([-1], 4).as_expr()
            -m + n + 1 > 1/2
        """
        import sympy as untyped

        sympy: Any = untyped
        m, n = (sympy.Symbol(name) if value is None else value for name, value in (("m", m), ("n", n)))
        beta: Any = self.beta
        bound = sympy.Integer(2 * self.order) / sympy.sympify(beta)
        return sympy.StrictGreaterThan(n - m + 1, bound) if self.order else sympy.true

    def _bound(self) -> Node:
        return coefficient(2 * self.order / self.beta)

    def __str__(self) -> str:
        """Return `n - m + 1 > a k`, the condition for m >= 2."""
        return f"n - m + 1 > {printers.text(self._bound())}" if self.order else "none"

    __repr__ = __str__

    def latex(self) -> str:
        """Return the condition in LaTeX."""
        return f"n - m + 1 > {printers.latex(self._bound())}" if self.order else r"\text{none}"


def existence_condition(parts: Sequence[int], beta: Any = 1) -> Condition:
    """Return the condition under which E Π_i tr S^{λ_i} is finite; parts of both signs.

    Args:
        parts: λ, integers of any sign.
        beta: the Dyson index, a positive rational or a SymPy symbol.

    Returns:
        A `Condition`, sharp: it prints as "n - m + 1 > …", and `holds(m, n)` decides it exactly at numbers.

    Raises:
        DomainError: for powers that are no integers, or another beta.

    Example:
        >>> print(existence_condition([-3, 2]), "|", existence_condition([-3, 2], 2), "|", existence_condition([4]))
        n - m + 1 > 6 | n - m + 1 > 3 | none
    """
    orders = domain.signed_orders(parts)
    order = -sum(part for part in orders if part < 0)
    return Condition(order, max(0, -sum(orders)), domain.dyson_index(beta))


def require(parts: Sequence[int], m: int, n: int | Fraction, beta: int | Fraction = 1) -> None:
    """Refuse a moment that is infinite at the sizes m and n.

    Raises:
        ExistenceError: stating the condition and the smallest n at which the moment is finite.

    Example:
        >>> require([-1], 3, 5)
        >>> require([-2, 1], 3, 5)  # doctest: +ELLIPSIS
        Traceback (most recent call last):
        wishart_moments.errors.ExistenceError: need n - m + 1 > 4 for a finite moment at beta = 1, got m = 3, n = 5; ...
    """
    condition = existence_condition(parts, beta)
    if condition.holds(m, n):
        return
    bound = condition.bound(m)
    raise ExistenceError(
        f"need n - m + 1 > {domain.shown(bound)} for a finite moment at beta = {domain.shown(condition.beta)}, "
        f"got m = {domain.shown(m)}, n = {domain.shown(n)}; need n > {domain.shown(m - 1 + bound)}, "
        f"the smallest integer n is {domain.shown(condition.smallest_n(m))}"
    )

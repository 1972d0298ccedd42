"""Linear combinations of matrix moments: 2 E[S²] − E[S] E tr S … as one formula and at a scale."""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from wishart_moments import domain
from wishart_moments.errors import DomainError
from wishart_moments.notation import printers
from wishart_moments.notation.convert import coefficient, combination, times
from wishart_moments.notation.factoring import factored
from wishart_moments.notation.shown import Shown
from wishart_moments.notation.tree import Node, Symbol, total


def exact_factor(value: Any) -> Any:
    """Return an int, a Fraction, or an expression that commutes; None for what is no number at all.

    Raises:
        DomainError: for a float.
    """
    if isinstance(value, bool):
        return None
    if hasattr(value, "free_symbols") and getattr(value, "is_commutative", False):
        return value
    try:
        return Fraction(value) if isinstance(value, Fraction) else value.__index__()
    except AttributeError:
        if isinstance(value, float):
            raise DomainError(
                f"need an exact number times a moment, got {value!r}; write Fraction({str(value)!r})"
            ) from None
        return None


class Linear:
    """Moments that are added, and multiplied by exact numbers; `combined` is for subclasses."""

    def combined(self, own: Any, other: Any = None, others: Any = 0) -> Any:
        """Return own · self + others · other; NotImplemented for another kind; exact.

        Args:
            own, others: exact numbers.
            other: a moment of the same kind, or None.

        Raises:
            DomainError: where the two are moments of different laws.
        """
        raise NotImplementedError

    def __mul__(self, factor: Any) -> Any:
        number = exact_factor(factor)
        return NotImplemented if number is None else self.combined(number)

    __rmul__ = __mul__

    def __truediv__(self, factor: Any) -> Any:
        number = exact_factor(factor)
        if number is None:
            return NotImplemented
        if number == 0:
            raise DomainError("need a number other than 0 to divide a moment by, got 0")
        return self.combined(Fraction(1, number) if isinstance(number, int) else 1 / number)

    def __neg__(self) -> Any:
        return self.combined(-1)

    def __add__(self, other: Any) -> Any:
        return self.combined(1, other, 1)

    def __sub__(self, other: Any) -> Any:
        return self.combined(1, other, -1)


class LinearMatrix(Linear):
    """Matrix moments: `summands` are pairs of a moment and its factor."""

    def summands(self) -> tuple[tuple[Any, Any], ...]:
        """Return the moment with the factor 1."""
        return ((self, 1),)

    def combined(self, own: Any, other: Any = None, others: Any = 0) -> Any:
        """Return own · self + others · other; a moment itself where only that is left."""
        if other is not None and not isinstance(other, LinearMatrix):
            return NotImplemented
        pairs = self.summands()
        factors: dict[Any, Any] = {moment: own * c for moment, c in pairs}
        for moment, c in other.summands() if other is not None else ():
            for name in ("beta", "m", "n"):
                left, right = getattr(pairs[0][0], name), getattr(moment, name)
                if left != right:
                    raise DomainError(f"need one {name} for a sum of moments, got {left} and {right}")
            factors[moment] = factors.get(moment, 0) + others * c
        left = tuple((moment, c) for moment, c in factors.items() if c != 0) or ((pairs[0][0], 0),)
        return left[0][0] if len(left) == 1 and left[0][1] == 1 else MatrixMomentSum(left)


@dataclass(frozen=True, repr=False, eq=False)
class MatrixMomentSum(LinearMatrix, Shown):
    """Σ c E[p_λ(S) S^r], a combination of matrix moments of one law.

    Attributes:
        terms: pairs of a `MatrixMoment` and its factor.

    Example:
        >>> from wishart_moments import matrix_moment
        >>> 2 * matrix_moment(2) - matrix_moment(1) / 3
        2 E[S^2] - 1/3 E[S] = 2 n tr(Sigma) Sigma + 2 n (n + 1) Sigma^2 - 1/3 n Sigma
    """

    terms: tuple[tuple[Any, Any], ...]

    def summands(self) -> tuple[tuple[Any, Any], ...]:
        """Return the pairs."""
        return self.terms

    def __eq__(self, other: object) -> bool:
        """Return whether both are the same combination."""
        if not isinstance(other, MatrixMomentSum):
            return NotImplemented
        return dict(self.terms) == dict(other.terms)

    def __hash__(self) -> int:
        return hash(frozenset(self.terms))

    @property
    def coefficients(self) -> dict[tuple[tuple[int, ...], int], Any]:
        """{(μ, j): c} of the whole combination."""
        import sympy as untyped

        sympy: Any = untyped
        found: dict[tuple[tuple[int, ...], int], Any] = {}
        for moment, factor in self.terms:
            for term, c in moment.coefficients.items():
                found[term] = found.get(term, 0) + sympy.sympify(factor) * c
        in_factors = {term: factored(c) for term, c in found.items()}
        return {term: c for term, c in in_factors.items() if c != 0}

    def notation(self) -> Node:
        """Return the tree of the formula."""
        return combination(self.coefficients, matrix=True)

    def label(self, latex: bool = False) -> str:
        """Return Σ c E[…]."""
        # The label of a moment is written already: it stands as a symbol.
        means = [times(coefficient(c), Symbol(moment.label())) for moment, c in self.terms]
        return "" if latex else printers.text(total(means))

    def _value(self, evaluate: Callable[[Any], Any]) -> Any:
        values = [(c, evaluate(moment)) for moment, c in self.terms]
        first = values[0][1]
        if not isinstance(first, list):
            # Of floats the combination is one of floats, too.
            inexact = getattr(getattr(first, "dtype", None), "kind", "") in "fc" and hasattr(first, "dtype")
            scaled = [(float(c) if inexact else c) * value for c, value in values]
            return sum(scaled[1:], start=scaled[0])
        size = range(len(values[0][1]))
        return [[_plain(sum(c * value[i][j] for c, value in values)) for j in size] for i in size]

    def at(self, scale: Any, n: Any = None) -> Any:
        """Return the matrix at a given Σ (and n), as `MatrixMoment.at` does.

        Example:
            >>> from wishart_moments import matrix_moment
            >>> (2 * matrix_moment(2) + matrix_moment(1)).at([[2, 1], [1, 2]], 3)
            [[174, 123], [123, 174]]
        """
        return self._value(lambda moment: moment.at(scale, n))

    def at_identity(self, m: Any = None, n: Any = None) -> Any:
        """Return the factor of the identity at Σ = I_m."""
        return _plain(self._value(lambda moment: moment.at_identity(m, n)))


def _plain(value: Any) -> Any:
    return domain.number(value, "a moment", "to be real") if isinstance(value, int | Fraction) else value

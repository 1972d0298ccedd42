"""Matrix-valued moments E[p_λ(S) S^r]: combinations of p_μ(Σ) Σ^j, shown, pasted, and evaluated at a scale.

By invariance the matrix E[p_λ(S) S^r] is a polynomial in Σ whose coefficients are symmetric in the eigenvalues of Σ:
Σ c_{μ,j} p_μ(Σ) Σ^j over |μ| + j = |λ| + r. For inverse moments, E[p_λ(S) S^r] with negative r or parts, the same holds
with negative j and parts of μ, p_{−i}(Σ) = tr Σ^{−i}, and c rational in n and m; the object here covers both.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from wishart_moments import domain
from wishart_moments.errors import DomainError
from wishart_moments.moments.general_scale.marked_equations import MarkedState
from wishart_moments.moments.inverse.existence import existence_condition
from wishart_moments.moments.linear import LinearMatrix
from wishart_moments.moments.wishart import Wishart
from wishart_moments.notation import printers
from wishart_moments.notation.convert import combination, mean_label
from wishart_moments.notation.shown import Shown
from wishart_moments.notation.tree import Node

if TYPE_CHECKING:
    import sympy


@dataclass(frozen=True, repr=False)
class MatrixMoment(LinearMatrix, Shown):
    """E[p_λ(S) S^r] = Σ c p_μ(Σ) Σ^j for every scale Σ.

    Attributes:
        parts: λ in decreasing order; negative parts stand for traces of powers of S^{-1}.
        r: the power of S, negative for one of S^{-1}.
        beta: the Dyson index, a `Fraction` or a SymPy expression.
        coefficients: {(μ, j): c}, c a SymPy expression in the symbols n and m (for inverse moments a rational
            function), or in what was given in their place; exact. Negative parts of μ and negative j: powers of Σ^{-1}.
        m, n: the numbers that were given in their place, or None.

    Example:
        >>> from wishart_moments import matrix_moment
        >>> moment = matrix_moment(2)
        >>> moment
        E[S^2] = n tr(Sigma) Sigma + n (n + 1) Sigma^2
        >>> moment.coefficients[(1,), 1]
        n
    """

    parts: tuple[int, ...]
    r: int
    beta: Any
    coefficients: Mapping[MarkedState, Any] = field(hash=False)
    m: int | None = field(default=None, compare=False)
    n: int | Fraction | None = field(default=None, compare=False)

    def notation(self) -> Node:
        """Return the formula's tree; a term without a power of Sigma is a multiple of the identity."""
        return combination(self.coefficients, matrix=True)

    def label(self, latex: bool = False) -> str:
        """Return E[…]."""
        inside = mean_label(self.parts, self.r, matrix=True)
        if latex:
            return rf"\operatorname{{E}}\bigl[{printers.latex(inside)}\bigr]"
        return f"E[{printers.text(inside)}]"

    def at(self, scale: Any, n: Any = None) -> Any:
        """Return the matrix at a given Σ (and n), in the kind of matrix that the scale is.

        Args:
            scale: Σ, as for `trace_product_moment`; for inverse moments it must be invertible.
            n: a number (an integer >= 1, or real > m − 1) or a SymPy expression for the symbol n; None keeps it.

        Returns:
            A list of lists, a SymPy matrix, or a NumPy array (of Python objects, where they are exact): exact entries
            for exact numbers, floats for floats, SymPy expressions where there is a symbol.

        Raises:
            ExistenceError: for an inverse moment that is infinite at this n.
            DomainError: for a bad argument, or one that differs from the number that was given before.

        Example:
            >>> from wishart_moments import matrix_moment
            >>> matrix_moment(2).at([[2, 1], [1, 2]], 3)
            [[84, 60], [60, 84]]
            >>> matrix_moment(-1).at([[2, 1], [1, 2]], 5)
            [[Fraction(1, 3), Fraction(-1, 6)], [Fraction(-1, 6), Fraction(1, 3)]]
        """
        law = self._law(None, n, scale)
        return law.given_scale.matrix_combination(self._values(law), lambda entry: law.scaled(entry, 0))

    def at_identity(self, m: Any = None, n: Any = None) -> "int | Fraction | float | sympy.Expr":
        """Return the factor of the identity at Σ = I_m, Σ c m^{ℓ(μ)}; exact.

        Args:
            m, n: numbers or expressions, where they were not given before; None for the symbols.

        Raises:
            DomainError: for an argument outside its domain, or another value than the one given before.
            ExistenceError: where the moment is infinite.

        Example:
            >>> from wishart_moments import matrix_moment
            >>> matrix_moment(2).at_identity(4, 7)
            84
            >>> matrix_moment(1, [1]).at_identity()
            m*n**2 + 2*n
        """
        law = self._law(m, n, None)
        total: Any = sum(c * law.m ** len(mu) for (mu, _), c in self._values(law).items())
        return law.scaled(total.expand() if hasattr(total, "free_symbols") else total, 0)

    def exists_for(self, n: Any, m: Any = None) -> bool:
        """Return whether the moment is finite at numbers n and m (m where it was not given before).

        Numbers that are put for n in `coefficients` or `as_expr()` are not checked: this tells.

        Args:
            n, m: numbers; m where it was not given before.

        Raises:
            DomainError: unless both are numbers of a Wishart law.

        Example:
            >>> from wishart_moments import matrix_moment
            >>> matrix_moment(-2, m=3).exists_for("13/2"), matrix_moment(-2, m=3).exists_for(6)
            (True, False)
        """
        law = self._law(m, n, None)
        if not law.numeric:
            raise DomainError("need numbers m and n, such as exists_for(9, m=3)")
        return existence_condition((*self.parts, self.r), law.beta).holds(law.m, law.n)

    def _law(self, m: Any, n: Any, scale: Any) -> Wishart:
        """Return the law with what is given for the symbols m and n, or was given before."""
        m = self.m if m is None and scale is None else m
        law = Wishart(m, self.n if n is None else n, beta=self.beta, scale=scale)
        for name, given, value in (("m", self.m, law.m), ("n", self.n, law.n)):
            if given is not None and value != given:
                raise DomainError(f"need {name} = {given}, as the moment was made for it, got {domain.shown(value)}")
        return law

    def _values(self, law: Wishart) -> dict[MarkedState, Any]:
        """Return the coefficients with what is given for the symbols m and n, numbers as int, Fraction or float."""
        import sympy

        law.require((*self.parts, self.r))
        known: dict[Any, Any] = {sympy.Symbol("m"): law.m, sympy.Symbol("n"): law.n}

        def with_numbers(c: Any) -> Any:
            put = c.subs(known)
            return put if domain.is_symbolic(put) else domain.number(put, "a coefficient", "to be real")

        return {term: with_numbers(c) for term, c in self.coefficients.items()}

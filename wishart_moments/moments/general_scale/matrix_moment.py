"""Matrix-valued moments E[p_λ(S) S^r]: combinations of p_μ(Σ) Σ^j, shown, pasted, and evaluated at a scale.

By invariance the matrix E[p_λ(S) S^r] is a polynomial in Σ whose coefficients are symmetric in the eigenvalues of Σ:
Σ c_{μ,j} p_μ(Σ) Σ^j over |μ| + j = |λ| + r. For inverse moments, E[p_λ(S) S^r] with negative r or parts, the same holds
with negative j and parts of μ, p_{−i}(Σ) = tr Σ^{−i}, and c rational in n and m; the object here covers both.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from wishart_moments import domain
from wishart_moments.errors import DomainError
from wishart_moments.moments.general_scale.marked_equations import MarkedState
from wishart_moments.moments.inverse.existence import existence_condition
from wishart_moments.moments.wishart import Wishart

if TYPE_CHECKING:
    import sympy

SHOWN_TERMS = 12
"""The most terms that `repr` shows; `as_expr` and `latex` give all."""


@dataclass(frozen=True)
class MatrixMoment:
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
        E[S^2] = n*p_1*Sigma + (n**2 + n)*Sigma**2
        >>> moment.coefficients[(1,), 1]
        n
    """

    parts: tuple[int, ...]
    r: int
    beta: Any
    coefficients: Mapping[MarkedState, Any] = field(hash=False)
    m: int | None = field(default=None, compare=False)
    n: int | Fraction | None = field(default=None, compare=False)

    def as_expr(self) -> "sympy.Expr":
        """Return the moment as a SymPy expression in p_1, p_2, … (p_m1 for tr Σ^{-1}) and the noncommutative Sigma.

        A term without a power of Sigma is a multiple of the identity.

        Example:
            >>> from wishart_moments import matrix_moment
            >>> matrix_moment(1, [1]).as_expr()
            n**2*p_1*Sigma + 2*n*Sigma**2
        """
        import sympy

        sigma: Any = sympy.Symbol("Sigma", commutative=False)
        names = {part: sympy.Symbol(_name(part)) for mu, _ in self.coefficients for part in mu}
        return sympy.Add(
            *(c * sympy.Mul(*(names[part] for part in mu)) * sigma**j for (mu, j), c in self.coefficients.items())
        )

    def latex(self) -> str:
        r"""Return the right-hand side in LaTeX.

        Example:
            >>> from wishart_moments import matrix_moment
            >>> print(matrix_moment(2).latex())
            n \operatorname{tr}(\Sigma) \Sigma + \left(n^{2} + n\right) \Sigma^{2}
        """
        import sympy as untyped

        sympy: Any = untyped
        scale = r"\Sigma"

        def power(base: str, j: int) -> str:
            return base if j == 1 else f"{base}^{{{j}}}"

        terms: list[str] = []
        for (mu, j), c in self.coefficients.items():
            traces = (power(rf"\operatorname{{tr}}({power(scale, i)})", count) for i, count in Counter(mu).items())
            factors = [*traces, *([power(scale, j)] if j else [])]
            terms.append(" ".join(_with_coefficient(c, sympy.latex(c), r"\left({}\right)", factors)))
        return _sum(terms)

    def _repr_latex_(self) -> str:
        """Return what a notebook shows."""
        return rf"$\displaystyle {self.latex()}$"

    def __repr__(self) -> str:
        """Return `E[…] = …` with p_i for tr Σ^i, of a long formula the first terms."""

        def power(base: str, j: int) -> str:
            return base if j == 1 else f"{base}**{j}" if j > 0 else f"{base}**({j})"

        terms: list[str] = []
        for (mu, j), c in list(self.coefficients.items())[:SHOWN_TERMS]:
            factors = [power(_name(part), count) for part, count in Counter(mu).items()]
            factors += [power("Sigma", j)] if j else []
            terms.append("*".join(_with_coefficient(c, str(c), "({})", factors)))
        left = [_name(part) for part in self.parts] + ([f"S^{self.r}" if self.r != 1 else "S"] if self.r else [])
        more = len(self.coefficients) - SHOWN_TERMS
        return f"E[{' '.join(left) or 1}] = {_sum(terms)}" + (f" + … ({more:,} more terms)" if more > 0 else "")

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
        assert law.scale is not None
        return law.scale.matrix_combination(self._values(law), lambda entry: law.scaled(entry, 0))

    def at_identity(self, m: Any = None, n: Any = None) -> "int | Fraction | float | sympy.Expr":
        """Return the factor of the identity at Σ = I_m, Σ c m^{ℓ(μ)}; exact.

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

        Example:
            >>> from wishart_moments import matrix_moment
            >>> matrix_moment(-2, m=3).exists_for("13/2"), matrix_moment(-2, m=3).exists_for(6)
            (True, False)
        """
        law = self._law(m, n, None)
        if not law.numeric:
            raise DomainError("need numbers m and n, such as exists_for(9, m=3)")
        return existence_condition((*self.parts, self.r), law.beta).holds(law.m, law.n)  # pyright: ignore

    def _law(self, m: Any, n: Any, scale: Any) -> Wishart:
        """Return the law with what is given for the symbols m and n, or was given before."""
        law = Wishart(self.m if m is None and scale is None else m, n, beta=self.beta, scale=scale)
        for name, given, value in (("m", self.m, law.m), ("n", self.n, law.n)):
            if given is not None and value != given and not (name == "n" and n is None):
                raise DomainError(f"need {name} = {given}, as the moment was made for it, got {domain.shown(value)}")
        return law if n is not None or self.n is None else Wishart(m, self.n, beta=self.beta, scale=scale)

    def _values(self, law: Wishart) -> dict[MarkedState, Any]:
        """Return the coefficients with what is given for the symbols m and n, numbers as int, Fraction or float."""
        import sympy

        law.require((*self.parts, self.r))
        known: dict[Any, Any] = {sympy.Symbol("m"): law.m, sympy.Symbol("n"): law.n}

        def with_numbers(c: Any) -> Any:
            put = c.subs(known)
            return put if domain.is_symbolic(put) else domain.number(put, "a coefficient", "to be real")

        return {term: with_numbers(c) for term, c in self.coefficients.items()}


def _name(part: int) -> str:
    return f"p_{part}" if part >= 0 else f"p_m{-part}"


def _with_coefficient(c: Any, text: str, brackets: str, factors: list[str]) -> list[str]:
    """Return the factors of a term with its coefficient in front, in brackets if it is a sum."""
    if c == 1 and factors:
        return factors
    return [brackets.replace("{}", text) if getattr(c, "is_Add", False) and factors else text, *factors]


def _sum(terms: list[str]) -> str:
    return " + ".join(terms).replace("+ -", "- ") or "0"

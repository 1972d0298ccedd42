"""Matrix-valued moments E[p_λ(S) S^r]: combinations of p_μ(Σ) Σ^j, shown, pasted, and evaluated at a scale.

By invariance the matrix E[p_λ(S) S^r] is a polynomial in Σ whose coefficients are symmetric in the eigenvalues of Σ:
Σ c_{μ,j} p_μ(Σ) Σ^j over |μ| + j = |λ| + r. For inverse moments, E[p_λ(S) S^r] with negative r or parts, the same holds
with negative j and parts of μ, p_{−i}(Σ) = tr Σ^{−i}, and c rational in n and m; the object here covers both.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from wishart_moments import domain
from wishart_moments.errors import DomainError
from wishart_moments.moments.expectation import at_n, dimension, label_and_zeros, scaled
from wishart_moments.moments.general_scale import marked_moments
from wishart_moments.moments.general_scale.marked_equations import MarkedState
from wishart_moments.moments.general_scale.scale_powers import ScalePowers
from wishart_moments.moments.inverse.existence import require
from wishart_moments.moments.linear import LinearMatrix
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
    n: int | None = field(default=None, compare=False)

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
            n: an integer >= 1 or a SymPy expression in place of the symbol n; None keeps it.

        Returns:
            A list of lists, a SymPy matrix, or a NumPy array (of Python objects, where they are exact): exact entries
            for exact numbers, floats for floats, SymPy expressions where there is a symbol.

        Raises:
            ExistenceError: for an inverse moment that is infinite at this n.
            DomainError: for a bad argument, or one that differs from the number that was given before.

        Example:
            >>> matrix_moment(2).at([[2, 1], [1, 2]], 3)
            [[84, 60], [60, 84]]
            >>> matrix_moment(-1).at([[2, 1], [1, 2]], 5)
            [[Fraction(1, 3), Fraction(-1, 6)], [Fraction(-1, 6), Fraction(1, 3)]]
        """
        powers = ScalePowers(scale, self.coefficients, beta=self.beta)
        values = self._values(m=powers.dimension, n=n)
        return powers.combination(values, lambda entry: scaled(entry, 1, 0))

    def at_identity(self, m: Any = None, n: Any = None) -> "int | Fraction | float | sympy.Expr":
        """Return the factor of the identity at Σ = I_m, Σ c m^{ℓ(μ)}; exact.

        Example:
            >>> matrix_moment(2).at_identity(4, 7)
            84
            >>> matrix_moment(1, [1]).at_identity()
            m*n**2 + 2*n
        """
        m = dimension(self.m if m is None else m, "m")
        values = self._values(m=m, n=n)
        total: Any = sum(c * m ** len(mu) for (mu, _), c in values.items())
        return scaled(total.expand() if hasattr(total, "free_symbols") else total, 1, 0)

    def _values(self, m: Any, n: Any) -> dict[MarkedState, Any]:
        """Return the coefficients with what is given for the symbols m and n, numbers as int, Fraction or float."""
        import sympy

        n = self.n if n is None else dimension(n, "n")
        for name, given, value in (("m", self.m, m), ("n", self.n, n)):
            if given is not None and value != given:
                raise DomainError(f"need {name} = {given}, as the moment was made for it, got {domain.shown(value)}")
        known: dict[Any, Any] = {sympy.Symbol("m"): m} | ({} if n is None else {sympy.Symbol("n"): n})
        if isinstance(m, int) and isinstance(n, int) and isinstance(self.beta, Fraction):
            require((*self.parts, self.r), m, n, self.beta)

        def with_numbers(c: Any) -> Any:
            put = c.subs(known)
            return put if domain.is_symbolic(put) else domain.number(put, "a coefficient", "to be real")

        return {term: with_numbers(c) for term, c in self.coefficients.items()}


def matrix_moment(
    r: int,
    parts: Sequence[int] = (),
    n: Any = None,
    *,
    m: Any = None,
    sigma: Any = 1,
    beta: Any = 1,
    scale: Any = None,
) -> Any:
    """Return the matrix E[p_λ(S) S^r] = E[Π_i tr S^{λ_i} · S^r] for S = Σ^{1/2} W W^† Σ^{1/2}, W m×n.

    Args:
        r: the power of S, an integer of either sign.
        parts: λ, integers of any sign in any order, tr S^0 = m; none by default.
        n: an integer >= 1, a SymPy expression, or None for the symbol n.
        m: the dimension, of use where a part is 0 or a power negative; with a scale it is the scale's.
        sigma, beta: as for `trace_moment`: the standard deviation of the entries of W, the Dyson index.
        scale: Σ, as for `trace_product_moment`; None leaves it general.

    Returns:
        Without a scale a `MatrixMoment`, the formula for every Σ. With a scale the matrix, as from `MatrixMoment.at`.

    Raises:
        DomainError: for an argument outside its domain.
        ExistenceError: where powers are negative and the moment is infinite at the numbers m and n.
        LimitError: where it takes more than 2 GiB of memory: |λ| + r > 34 for beta = 1; with negative powers for
            Σ |λ_i| + |r| > 12.

    Cost:
        With numbers |λ| + r = 10 takes some 10 ms, 20 a second; a formula is mostly SymPy's.

    References:
        Letac, Massam, Scand. J. Statist. 31 (2004) 295; Hillier, Kan, Scand. J. Statist. 51 (2024) 697.

    Examples:
        >>> matrix_moment(3)
        E[S^3] = n (n + 1) tr(Sigma^2) Sigma + n tr(Sigma)^2 Sigma + ... (2 more terms)
        >>> matrix_moment(2, n=3, scale=[[2, 1], [1, 2]])
        [[84, 60], [60, 84]]
        >>> matrix_moment(-2, m=3)
        E[S^-2] = 1/((n - 6) (n - 3)) Sigma^-2 + 1/((n - 6) (n - 4) (n - 3)) tr(Sigma^-1) Sigma^-1
    """
    r, orders = domain.signed_order(r, "r"), domain.signed_orders(parts)
    if any(power < 0 for power in (r, *orders)):
        from wishart_moments.moments.inverse.inverse_matrix import signed_matrix_moment

        found = signed_matrix_moment(r, orders, n, m=m, sigma=sigma, beta=beta, scale=scale)
        return found if scale is not None else replace(found, m=_number(m, "m"), n=_number(n, "n"))
    label, zeros = label_and_zeros(orders)
    sigma = domain.scale_parameter(sigma)
    beta = domain.dyson_index(beta)
    n, degree = dimension(n, "n"), sum(label) + r
    found = marked_moments.expected_marked(label, r, None if domain.is_symbolic(beta) else beta)
    values: dict[MarkedState, Any] = {term: at_n(c, n, beta) for term, c in found.items()}
    if scale is not None:
        powers = ScalePowers(scale, values, beta=beta)
        if m is not None and dimension(m, "m") != powers.dimension:
            raise DomainError(f"need m = {powers.dimension}, the dimension of scale, got {domain.shown(m)}")
        factor = powers.dimension**zeros
        return powers.combination(values, lambda entry: scaled(entry * factor, sigma, 2 * degree))
    import sympy as untyped

    sympy: Any = untyped
    factor = sympy.sympify(dimension(m, "m")) ** zeros

    def coefficient(c: Any) -> Any:
        return sympy.expand(sympy.sympify(scaled(factor * sympy.sympify(c), sigma, 2 * degree)))

    coefficients = {term: coefficient(c) for term, c in values.items()}
    return MatrixMoment((*label, *[0] * zeros), r, beta, coefficients, _number(m, "m"), _number(n, "n"))


def _number(size: Any, name: str) -> int | None:
    value = None if size is None else dimension(size, name)
    return value if isinstance(value, int) else None

"""Zonal polynomials as objects: James' C_κ, in power sums, at a matrix, and in the mean over Wishart matrices."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from wishart_moments import domain
from wishart_moments.combinatorics.partitions import Partition, partition
from wishart_moments.errors import DomainError, MethodError
from wishart_moments.moments import zonal
from wishart_moments.moments.expectation import at_n, dimension, scaled
from wishart_moments.moments.polynomials import as_number, evaluate, to_sympy
from wishart_moments.moments.scale import power_sums

if TYPE_CHECKING:
    import sympy


@dataclass(frozen=True)
class ZonalPolynomial:
    """The zonal polynomial C_κ of a symmetric matrix, normalised by Σ_{κ ⊢ k} C_κ(X) = (tr X)^k.

    Attributes:
        partition: κ.
        beta: 1 for the zonal polynomials proper; 2 (multiples of Schur functions), 4 and other positive rationals for
            the Jack polynomials with parameter 2/β in the same normalisation.
        coefficients: {λ: c} with C_κ = Σ_λ c p_λ, p_λ = Π_i tr X^{λ_i}; exact.

    Example:
        >>> c = zonal_polynomial([2, 1])
        >>> c
        C_(2,1) = 3*p_1**3/5 + 3*p_1*p_2/5 - 6*p_3/5
    """

    partition: Partition
    beta: Fraction
    coefficients: dict[Partition, int | Fraction] = field(compare=False)

    def as_expr(self) -> "sympy.Expr":
        """Return C_κ as a SymPy polynomial in the power sums p_1, p_2, …

        Example:
            >>> zonal_polynomial([2]).as_expr()
            p_1**2/3 + 2*p_2/3
        """
        import sympy

        return sympy.Add(
            *(
                sympy.Rational(c.numerator, c.denominator) * sympy.Mul(*(sympy.Symbol(f"p_{part}") for part in label))
                for label, c in self.coefficients.items()
            )
        )

    def __call__(self, matrix: Any) -> Any:
        """Return C_κ(X) at a symmetric matrix X (NumPy, SymPy or nested lists).

        Returns:
            int or Fraction for exact entries, float for floats, SymPy for symbolic entries.

        Example:
            >>> zonal_polynomial([2])([[2, 1], [1, 2]])
            12
        """
        sums = power_sums(matrix, sum(self.partition), hermitian=self.beta == 2, definite=False)
        return scaled(sums.combination(self.coefficients), 1, 0)

    def at_identity(self, m: Any = None) -> "int | Fraction | sympy.Expr":
        """Return C_κ(I_m) as a number, or as a polynomial in m.

        Example:
            >>> zonal_polynomial([2]).at_identity(3)
            5
        """
        m = dimension(m, "m")
        return scaled(sum(c * m ** len(label) for label, c in self.coefficients.items()), 1, 0)

    def __str__(self) -> str:
        """Return `C_(κ) = …` in power sums."""
        label = ",".join(map(str, self.partition))
        return f"C_({label}) = {self.as_expr()}"

    __repr__ = __str__

    def _repr_latex_(self) -> str:
        import sympy

        label = ",".join(map(str, self.partition))
        return f"$\\displaystyle C_{{({label})}} = {sympy.latex(self.as_expr())}$"


def zonal_polynomial(kappa: Sequence[int], *, beta: Any = 1) -> ZonalPolynomial:
    """Return the zonal polynomial C_κ, normalised by Σ_{κ ⊢ k} C_κ(X) = (tr X)^k.

    Args:
        kappa: κ, positive integers in any order, of sum k <= 16; the empty partition gives C_() = 1.
        beta: 1, or a positive rational for the Jack polynomial with parameter 2/β.

    Returns:
        An object that prints, displays as LaTeX in a notebook, and evaluates; exact.

    Raises:
        DomainError: if κ is no partition or beta no positive rational.
        LimitError: for k > 16.

    References:
        James, Ann. Math. Statist. 35 (1964) 475; Muirhead, Aspects of Multivariate Statistical Theory (1982), 7.2.

    Example:
        >>> zonal_polynomial([2, 1])
        C_(2,1) = 3*p_1**3/5 + 3*p_1*p_2/5 - 6*p_3/5
    """
    label = _label(kappa)
    beta = _rational(beta)
    coefficients = zonal.zonal_coefficients(label, beta)
    return ZonalPolynomial(label, beta, {mu: as_number(c) for mu, c in coefficients.items()})


def expected_zonal(
    kappa: Sequence[int],
    m: Any = None,
    n: Any = None,
    *,
    sigma: Any = 1,
    beta: Any = 1,
    scale: Any = None,
) -> "int | Fraction | float | sympy.Expr":
    """Return E C_κ(S) = σ^{2k} 2^k (n/2)_κ C_κ(Σ), James' theorem, for S = Σ^{1/2} W Wᵀ Σ^{1/2}.

    (x)_κ = Π_{(i,j)∈κ} (x − (i−1)/2 + j − 1); for other β the factor 2^k (n/2)_κ is Π (n + (2/β)(j−1) − (i−1)).

    Args:
        kappa: κ, positive integers in any order, of sum k (k <= 16 where a scale is given).
        m, n, sigma, beta, scale: as for `trace_product_moment`.

    Returns, Raises:
        As for `trace_product_moment`.

    References:
        James, Ann. Math. Statist. 35 (1964) 475; Muirhead (1982), section 7.2.

    Example:
        >>> expected_zonal([2], 4, 7), expected_zonal([2], n=7, scale=[[2, 1], [1, 2]])
        (504, 756)
    """
    label = _label(kappa)
    sigma, beta = domain.scale_parameter(sigma), _rational(beta)
    n = dimension(n, "n")
    if scale is not None:
        c = zonal_polynomial(label, beta=beta)
        sums = power_sums(scale, sum(label), hermitian=beta == 2)
        if m is not None and dimension(m, "m") != sums.dimension:
            raise DomainError(f"need m = {sums.dimension}, the dimension of scale, got {domain.shown(m)}")
        growth = at_n(zonal.zonal_growth(label, beta), n)
        value = sums.combination({mu: growth * x for mu, x in c.coefficients.items()})
    else:
        m = dimension(m, "m")
        moment = zonal.expected_zonal(label, beta)
        numeric = isinstance(m, int) and isinstance(n, int)
        value = evaluate(moment, m, n) if numeric else to_sympy(moment, m, n)
    return scaled(value, sigma, 2 * sum(label))


def _label(kappa: Any) -> Partition:
    try:
        return partition([domain.order(part, "every part") for part in kappa])
    except TypeError:
        raise DomainError(f"need a partition, such as [2, 1], got {domain.shown(kappa)}") from None


def _rational(beta: Any) -> Fraction:
    value = domain.dyson_index(beta)
    if not isinstance(value, Fraction):
        raise MethodError("zonal polynomials need a number for beta, such as beta=1")
    return value

"""Zonal polynomials as objects: James' C_κ, in power sums and monomials, at a matrix and multiplied.

The normalisation is James', Σ_{κ ⊢ k} C_κ = (tr X)^k, unless "J" or "P" is asked for; see `zonal_algebra`.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from wishart_moments import domain
from wishart_moments.combinatorics.partitions import Partition, partition
from wishart_moments.errors import DomainError, LimitError, MethodError
from wishart_moments.moments import zonal
from wishart_moments.moments.admission import admit
from wishart_moments.moments.jack import zonal_algebra
from wishart_moments.moments.polynomials import as_number
from wishart_moments.notation.convert import coefficient, trace_factors
from wishart_moments.notation.shown import Shown
from wishart_moments.notation.tree import Node, product, total

if TYPE_CHECKING:
    import sympy


MAX_MONOMIALS = 5_000
"""The most monomials of `as_monomials`."""


@dataclass(frozen=True, repr=False)
class ZonalPolynomial(Shown):
    """The zonal polynomial C_κ of a symmetric matrix, normalised by Σ_{κ ⊢ k} C_κ(X) = (tr X)^k.

    Attributes:
        partition: κ.
        beta: 1 for the zonal polynomials proper; 2 (multiples of Schur functions), 4 and other positive rationals for
            the Jack polynomials with parameter 2/β in the same normalisation.
        coefficients: {λ: c} with C_κ = Σ_λ c p_λ, p_λ = Π_i tr X^{λ_i}; exact.
        normalisation: "C", or "J" (integral form, p_1^k with coefficient 1) or "P" (monic, m_κ with coefficient 1).

    Example:
        >>> c = zonal_polynomial([2, 1])
        >>> c
        C_(2,1) = -6/5 tr(X^3) + 3/5 tr(X^2) tr(X) + 3/5 tr(X)^3
        >>> c.normalised("J")
        J_(2,1) = -2 tr(X^3) + tr(X^2) tr(X) + tr(X)^3
    """

    partition: Partition
    beta: Fraction
    coefficients: dict[Partition, int | Fraction] = field(compare=False)
    normalisation: str = "C"

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

    def monomials(self) -> dict[Partition, int | Fraction]:
        """Return {μ: c} with C_κ = Σ_μ c m_μ in monomial symmetric functions; every c > 0, every μ below κ.

        Example:
            >>> zonal_polynomial([2]).monomials()
            {(2,): 1, (1, 1): Fraction(2, 3)}
        """
        factor = zonal_algebra.multiple_of_monic(self.partition, self.beta, self.normalisation)
        monic = zonal.monomial_coefficients(self.partition, self.beta)
        return {mu: plain(factor * Fraction(int(c.p), int(c.q))) for mu, c in monic.items()}

    def as_monomials(self, m: Any) -> "sympy.Expr":
        """Return C_κ(diag(x_1, …, x_m)) as a SymPy polynomial; exact.

        Args:
            m: how many variables, an integer >= 1.

        Raises:
            LimitError: for more than 5,000 monomials.

        Example:
            >>> zonal_polynomial([2]).as_monomials(2)
            x_1**2 + 2*x_1*x_2/3 + x_2**2
        """
        import sympy

        m = domain.size(m, "m")
        if math.comb(m + sum(self.partition) - 1, sum(self.partition)) > MAX_MONOMIALS:
            raise LimitError(f"need at most {MAX_MONOMIALS:,} monomials; take a smaller m than {domain.shown(m)}")
        x = [sympy.Symbol(f"x_{i}") for i in range(1, m + 1)]
        terms: list[sympy.Expr] = []
        for mu, c in self.monomials().items():
            for exponents in _rearrangements(mu, m):
                powers = (variable**e for variable, e in zip(x, exponents, strict=True))
                terms.append(sympy.Mul(sympy.Rational(c.numerator, c.denominator), *powers))
        return sympy.Add(*terms)

    def normalised(self, normalisation: str) -> "ZonalPolynomial":
        """Return the same polynomial in another normalisation; exact.

        Args:
            normalisation: "C" for C_κ, "J" for J_κ or "P" for P_κ.

        Raises:
            MethodError: for another one.
        """
        factor = zonal_algebra.multiple_of_monic(self.partition, self.beta, normalisation)
        factor /= zonal_algebra.multiple_of_monic(self.partition, self.beta, self.normalisation)
        coefficients = {label: plain(factor * c) for label, c in self.coefficients.items()}
        return ZonalPolynomial(self.partition, self.beta, coefficients, normalisation)

    def norm(self, m: Any = None) -> "int | Fraction":
        """Return ⟨C_κ, C_κ⟩ for ⟨p_λ, p_μ⟩ = δ z_λ a^ℓ, or with m on the torus of m variables; j_κ for J_κ.

        Args:
            m: None, or the number of variables of the torus.

        Example:
            >>> zonal_polynomial([2, 1]).normalised("J").norm(), zonal_polynomial([2]).norm(3)
            (80, Fraction(5, 3))
        """
        if m is None:
            return plain(zonal_algebra.norm(self.partition, self.beta, self.normalisation))
        return plain(zonal_algebra.torus_norm(self.partition, domain.size(m, "m"), self.beta, self.normalisation))

    def inner_product(self, other: "ZonalPolynomial | Mapping[Partition, Any]", m: Any = None) -> "int | Fraction":
        """Return ⟨C_κ, f⟩ for ⟨p_λ, p_μ⟩ = δ z_λ a^ℓ, or with m on the torus; f is one of these, or {λ: c}, Σ c p_λ.

        Different zonal polynomials are orthogonal in both products.

        Args:
            other: f.
            m: None, or the number of variables of the torus.

        Raises:
            DomainError: where f is for another β.

        Example:
            >>> zonal_polynomial([2]).inner_product({(2,): 1}), zonal_polynomial([2]).inner_product({(2,): 1}, 3)
            (Fraction(8, 3), Fraction(5, 3))
        """
        parts = self.expand(other).get(self.partition, 0)
        return plain(Fraction(parts) * self.norm(m))

    def expand(self, other: "ZonalPolynomial | Mapping[Partition, Any]") -> dict[Partition, "int | Fraction"]:
        """Return {κ: c} with f = Σ c C_κ, in the normalisation and for the β of this one; exact.

        Args:
            other: f, a zonal polynomial or {λ: c}, Σ c p_λ.

        Raises:
            DomainError: where f is for another β.
        """
        if not isinstance(other, ZonalPolynomial):
            return zonal_expansion(other, beta=self.beta, normalisation=self.normalisation)
        if other.beta != self.beta:
            raise DomainError(f"need one beta, got {self.beta} and {other.beta}")
        return zonal_expansion(other.coefficients, beta=self.beta, normalisation=self.normalisation)

    def product(self, other: "ZonalPolynomial | Mapping[Partition, Any]") -> dict[Partition, "int | Fraction"]:
        """Return {κ: c} with C_μ f = Σ_κ c C_κ, of degree at most 16; exact.

        Args:
            other: f, a zonal polynomial or {λ: c}, Σ c p_λ.

        Raises:
            DomainError: where f is for another β.
            LimitError: for a product of a degree above 16.

        Example:
            >>> zonal_polynomial([1]).product(zonal_polynomial([1]))
            {(2,): 1, (1, 1): 1}
        """
        if isinstance(other, ZonalPolynomial) and other.beta != self.beta:
            raise DomainError(f"need one beta, got {self.beta} and {other.beta}")
        given = other.coefficients if isinstance(other, ZonalPolynomial) else _power_sums(other)
        return self.expand(zonal_algebra.product(self.coefficients, given))

    def __call__(self, matrix: Any) -> Any:
        """Return C_κ(X) at a symmetric matrix X (NumPy, SymPy or nested lists; complex Hermitian for beta=2).

        Returns:
            int or Fraction for exact entries, SymPy for symbolic entries; float for floats, with a relative error of
            a few roundings for X >= 0, given its eigenvalues.

        Example:
            >>> zonal_polynomial([2])([[2, 1], [1, 2]])
            12
        """
        given = admit(matrix, hermitian=self.beta == 2, definite=False)
        if given.is_float:
            from wishart_moments.moments.jack import jack_evaluation

            given.trace(sum(self.partition))
            value = jack_evaluation.zonal_value(self.partition, given.eigenvalues, self.beta)
            factor = zonal_algebra.multiple_of_monic(self.partition, self.beta, self.normalisation)
            if not math.isfinite(value):
                raise DomainError(domain.OVERFLOW)
            return float(factor / zonal_algebra.multiple_of_monic(self.partition, self.beta, "C") * Fraction(value))
        return plain(given.combination(self.coefficients))

    def at_identity(self, m: Any = None) -> "int | Fraction | sympy.Expr":
        """Return C_κ(I_m) as a number, or as a polynomial in m; exact.

        Args:
            m: an integer >= 1, a SymPy expression, or None for the symbol m.

        Example:
            >>> zonal_polynomial([2]).at_identity(3)
            5
        """
        m = domain.dimension(m)
        return plain(sum(c * m ** len(label) for label, c in self.coefficients.items()))

    def notation(self) -> Node:
        """Return the tree of the polynomial in the traces of powers of X."""
        return total(product([coefficient(c), *trace_factors(mu, "X")]) for mu, c in self.coefficients.items())

    def label(self, latex: bool = False) -> str:
        """Return C_(κ)."""
        inside = ",".join(map(str, self.partition))
        return f"{self.normalisation}_{{({inside})}}" if latex else f"{self.normalisation}_({inside})"

    def __str__(self) -> str:
        """Return `C_(κ) = …` in full."""
        return f"{self.label()} = {super().__str__()}"


def zonal_polynomial(kappa: Sequence[int], *, beta: Any = 1, normalisation: str = "C") -> ZonalPolynomial:
    """Return the zonal polynomial C_κ, normalised by Σ_{κ ⊢ k} C_κ(X) = (tr X)^k.

    Args:
        kappa: κ, positive integers in any order, of sum k <= 16; the empty partition gives C_() = 1.
        beta: 1, or a positive rational for the Jack polynomial with parameter 2/β.
        normalisation: "C"; or "J" for J_κ (p_1^k has the coefficient 1; Z_κ of the tables for β = 1), "P" for the monic
            P_κ.

    Returns:
        An object that prints, displays as LaTeX in a notebook, and evaluates; exact.

    Raises:
        DomainError: if κ is no partition, beta no positive rational or the normalisation unknown.
        LimitError: for k > 16.

    References:
        James, Ann. Math. Statist. 35 (1964) 475; Muirhead, Aspects of Multivariate Statistical Theory (1982), 7.2.

    Example:
        >>> zonal_polynomial([2, 1])
        C_(2,1) = -6/5 tr(X^3) + 3/5 tr(X^2) tr(X) + 3/5 tr(X)^3
    """
    label = as_label(kappa)
    dyson = as_rational(beta)
    coefficients = {mu: as_number(c) for mu, c in zonal.zonal_coefficients(label, dyson).items()}
    found = ZonalPolynomial(label, dyson, coefficients)
    return found.normalised(normalisation)


def zonal_expansion(
    coefficients: Mapping[Partition, Any], *, beta: Any = 1, normalisation: str = "C"
) -> dict[Partition, "int | Fraction"]:
    """Return {κ: c} with Σ_λ coefficient p_λ = Σ_κ c C_κ; exact.

    Args:
        coefficients: {λ: number}, λ of sum at most 16.
        beta, normalisation: as for `zonal_polynomial`.

    Returns:
        Exact coefficients, int or Fraction; those that vanish are left out.

    Raises:
        DomainError, LimitError: as for `zonal_polynomial`.

    Example:
        >>> zonal_expansion({(2,): 1})
        {(2,): 1, (1, 1): Fraction(-1, 2)}
    """
    given = _power_sums(coefficients)
    return {kappa: plain(c) for kappa, c in zonal_algebra.expansion(given, as_rational(beta), normalisation).items()}


def as_label(kappa: Any) -> Partition:
    """Return κ, given in any order, as a partition."""
    try:
        return partition([domain.order(part, "every part") for part in kappa])
    except TypeError:
        raise DomainError(f"need a partition, such as [2, 1], got {domain.shown(kappa)}") from None


def as_rational(beta: Any) -> Fraction:
    """Return a β that is a number."""
    value = domain.dyson_index(beta)
    if not isinstance(value, Fraction):
        raise MethodError("zonal polynomials need a number for beta, such as beta=1")
    return value


def _power_sums(coefficients: Any) -> dict[Partition, Fraction]:
    if not isinstance(coefficients, Mapping):
        raise DomainError(f"need {{partition: number}}, such as {{(2, 1): 1}}, got {domain.shown(coefficients)}")
    result: dict[Partition, Fraction] = {}
    given: Mapping[Any, Any] = coefficients  # pyright: ignore[reportUnknownVariableType]
    for label, c in given.items():
        key = as_label(label)
        result[key] = result.get(key, Fraction(0)) + Fraction(domain.number(c, "every coefficient", "to be real"))
    return result


def plain(value: Any) -> Any:
    """Return a Fraction without a denominator as an int; everything else as it is."""
    return int(value) if isinstance(value, Fraction) and value.denominator == 1 else value


def _rearrangements(mu: Partition, m: int) -> Iterator[Partition]:
    """Yield the different arrangements of the parts of μ, and zeros, in m places."""
    if m == 0 and not mu:
        yield ()
    for part in dict.fromkeys(mu + (0,) * (m - len(mu))):
        at = mu.index(part) if part else len(mu)
        for rest in _rearrangements(mu[:at] + mu[at + 1 :], m - 1):
            yield (part, *rest)

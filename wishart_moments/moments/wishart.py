"""A Wishart law whose arguments have been validated, once: what every public function of moments starts from.

S = Σ^{1/2} W W^† Σ^{1/2}, W m×n with iid centred Gaussian entries of variance σ²: a Wishart matrix of m dimensions and
n degrees of freedom, E S = n σ² Σ. For an integer n >= 1 that is the definition; for every real n > m − 1 the same law
is defined by its density, and every moment by the same polynomial or rational function of n (Gindikin: the law exists
for these n only). Here n counts alike for every β: the density has the power (β/2)(n − m + 1) − 1 of |S|.

In the words of other packages: `scipy.stats.wishart(df, scale)` and Stan's `wishart(nu, S)` are S with n = df and
Σ = scale. X ~ `invwishart(df, Ψ)`, Stan's `inv_wishart(nu, Ψ)`, is X = S^{-1} with n = df and Σ = Ψ^{-1}.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from wishart_moments import domain
from wishart_moments.domain import is_number, is_symbolic
from wishart_moments.errors import DomainError
from wishart_moments.moments.inverse.existence import require

if TYPE_CHECKING:
    from wishart_moments.moments.scale import Scale


@dataclass(frozen=True, init=False)
class Wishart:
    """The law of S = Σ^{1/2} W W^† Σ^{1/2}: m dimensions, n degrees of freedom, E S = n σ² Σ.

    Args:
        m: the dimension, an integer >= 1, a SymPy expression, or None for the symbol m; with a scale it is the scale's.
        n: the degrees of freedom (columns of W, fan-in): an integer >= 1 or a real number > m − 1; int, Fraction,
            "11/2", decimal strings and SymPy rationals are exact, a float makes all results floats; a SymPy expression,
            or None for the symbol n.
        sigma: the standard deviation of an entry of W, >= 0: a number or a SymPy expression.
        beta: the Dyson index: 1 real, 2 complex, 4 quaternion, any positive rational, a SymPy symbol.
        scale: Σ, m×m symmetric positive semidefinite (complex Hermitian for beta=2); None for the identity.

    Attributes:
        rounded: whether n is a float, so that all results are.

    Raises:
        DomainError: for an argument outside its domain; for a law that does not exist.

    Example:
        >>> law = Wishart(n="11/2", scale=[[2, 1], [1, 2]])
        >>> law.m, law.n, law.scale.inverse.trace(1)
        (2, Fraction(11, 2), Fraction(4, 3))
        >>> Wishart(3, "3/2")
        Traceback (most recent call last):
        wishart_moments.errors.DomainError: need n > m - 1 = 2, or an integer n >= 1, for a Wishart law; got n = 3/2
    """

    m: Any
    n: Any
    sigma: Any
    beta: Any
    scale: "Scale | None" = field(compare=False)
    rounded: bool

    def __init__(self, m: Any = None, n: Any = None, *, sigma: Any = 1, beta: Any = 1, scale: Any = None) -> None:
        put = object.__setattr__
        put(self, "sigma", domain.scale_parameter(sigma))
        put(self, "beta", domain.dyson_index(beta))
        put(self, "rounded", domain.is_float(n))
        # Before Σ, whose validation may take time: what is wrong by itself.
        n = domain.degrees_of_freedom(n)
        admitted = None
        if scale is not None:
            from wishart_moments.moments.admission import admit

            admitted = admit(scale, hermitian=bool(self.beta == 2))
            if m is not None and domain.dimension(m) != admitted.dimension:
                raise DomainError(f"need m = {admitted.dimension}, the dimension of scale, got {domain.shown(m)}")
        put(self, "scale", admitted)
        put(self, "m", domain.dimension(m) if admitted is None else admitted.dimension)
        put(self, "n", domain.degrees_of_freedom(n, self.m))

    @property
    def exact_beta(self) -> Any:
        """β where it is a number, None where it is a symbol."""
        return None if is_symbolic(self.beta) else self.beta

    @property
    def given_scale(self) -> "Scale":
        """The scale.

        Raises:
            DomainError: where none was given.
        """
        if self.scale is None:
            raise DomainError("need a scale, such as [[2, 1], [1, 2]], got None")
        return self.scale

    @property
    def numeric(self) -> bool:
        """Whether m, n and β are numbers."""
        return is_number(self.m) and is_number(self.n) and self.exact_beta is not None

    def require(self, parts: Sequence[int]) -> None:
        """Refuse E Π tr S^{λ_i} where it is infinite; where m, n or β is a symbol nothing can be decided.

        Args:
            parts: λ, integers of either sign.

        Raises:
            ExistenceError: unless n − m + 1 > 2k/β, k the sum of the negative λ_i, without its sign.
            DomainError: for a negative power at σ = 0.
        """
        if any(part < 0 for part in parts) and not is_symbolic(self.sigma) and self.sigma == 0:
            raise DomainError("need sigma > 0 where a power is negative, got 0")
        if self.numeric:
            require(parts, self.m, self.n, self.beta)

    def scaled(self, moment: Any, power: int) -> Any:
        """Return σ^power times the moment, in the kind of number that the arguments call for.

        A float σ or n is the dyadic rational that it is: what is computed with it is exact and rounded once.

        Args:
            moment: of the law at σ = 1, an exact number or an expression.
            power: an integer.

        Raises:
            DomainError: where the value is beyond the range of floats.
        """
        if is_symbolic(self.sigma):
            return self.sigma**power * moment
        factor = Fraction(self.sigma) ** power
        rounded = isinstance(self.sigma, float)
        try:
            if hasattr(moment, "free_symbols"):  # a constant polynomial stays an expression
                found = moment * (float(factor) if rounded else factor)
                return found.evalf() if self.rounded else found
            if rounded or self.rounded or isinstance(moment, float):
                return float(factor * Fraction(moment))
        except (OverflowError, ValueError):  # ValueError: a sum of infinities
            raise DomainError(domain.OVERFLOW) from None
        exact = Fraction(factor * moment)
        return int(exact) if exact.denominator == 1 else exact

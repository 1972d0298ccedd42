"""A recurrence for the moments of a density, as identities of polynomials in Q[x, N, a].

M_k = ∫ x^k ρ dx. A factor k under ∫ x^{k−1} (…) dx is −θ acting on (…), θ = x d/dx, by parts: so

    Σ_j p_j(k) M_{k+j} = ∫ x^{k−1} Σ_j p_j(−θ)[x^j · xρ] dx,

and the recurrence holds wherever the boundary terms vanish if the vector Σ_j p_j(−θ)[x^j · xρ] of the module of
`densities` is zero: one polynomial in Q[x, N, a] for every function of the basis.

For the Jacobi ensemble x(1 − x)ρ takes the place of xρ, D_k = ∫ x^k (1 − x) ρ dx that of M_k, and the vector is
multiplied by a power of q = 1 − x, the denominator of θ in the module.

Boundary terms: at ∞ everything falls like a power of x times e^{−x/2}. At 0, xρ and all its images under θ and
multiplication by x are of the order x^{c}, the order of xρ (real: c = (a+1)/2, or x^{a+1}, which is smaller for
a > −1; complex: c = a + 1), so that x^k (…) vanishes at 0 for Re k > −c: exactly where M_k itself is finite.
"""

from dataclasses import dataclass
from typing import Any

from flint import fmpq_mpoly

from wishart_moments.notation import printers
from wishart_moments.notation.convert import as_terms, coefficient
from wishart_moments.notation.shown import Typeset
from wishart_moments.notation.tree import Foreign, Node, power, product, total
from wishart_moments.proofs.densities import Density, Vector


@dataclass(frozen=True, repr=False)
class Recurrence(Typeset):
    """Σ_j p_j(k) M_{k+j} = 0, p_j in Q[k, m, n].

    Attributes:
        coefficients: p_0, p_1, ….

    Example:
        >>> from wishart_moments.moments.recurrence_coefficients import coefficients
        >>> from wishart_moments.proofs.densities import ORDERS
        >>> print(Recurrence(coefficients(2, *ORDERS.gens())))
        k (n - m - k - 1) (n - m + k + 1) M_(k) - (2 k + 3) (m + n) M_(k+1) + (k + 3) M_(k+2) = 0
    """

    coefficients: tuple[fmpq_mpoly, ...]

    def tree(self, moment: str = "M_({})") -> Node:
        """Return the left-hand side; `moment` says how the moment of order {} is written."""
        terms = (
            product([factored(p), Foreign(moment.format(f"k+{j}" if j else "k"))])
            for j, p in enumerate(self.coefficients)
        )
        return total(terms)

    def __str__(self) -> str:
        """Return the recurrence in one line."""
        return f"{printers.text(self.tree())} = 0"

    __repr__ = __str__

    def latex(self) -> str:
        """Return the recurrence in LaTeX."""
        return f"{printers.latex(self.tree('M_{{{}}}'))} = 0"


def factored(polynomial: fmpq_mpoly) -> Node:
    """Return a polynomial as the product of its irreducible factors.

    Example:
        >>> from wishart_moments.proofs.densities import ORDERS
        >>> k, m, n = ORDERS.gens()
        >>> printers.text(factored(2 * k**2 + 4 * k * m + 2 * m**2))
        '2 (k + m)^2'
    """
    content, factors = polynomial.factor()
    nodes = [power(coefficient(factor), int(times)) for factor, times in sorted(factors, key=lambda each: str(each[0]))]
    return product([coefficient(content), *nodes])


@dataclass(frozen=True)
class Identity:
    """The claim that a recurrence holds for the moments of a density.

    Attributes:
        density: one of `densities`.
        recurrence: the coefficients in k, m and n.

    Example:
        >>> from wishart_moments.moments.recurrence_coefficients import coefficients
        >>> from wishart_moments.proofs.densities import ORDERS, REAL
        >>> identity = Identity(REAL, Recurrence(coefficients(1, *ORDERS.gens())))
        >>> identity.holds, len(identity.residual())
        (True, 5)
        >>> Identity(REAL, Recurrence((*identity.recurrence.coefficients[:4], ORDERS.gens()[0] + 6))).holds
        False
    """

    density: Density
    recurrence: Recurrence

    def by_powers(self, j: int) -> list[fmpq_mpoly]:
        """Return the coefficients of k^0, k^1, … of p_j, as polynomials in N, a, …."""
        found: dict[int, fmpq_mpoly] = {}
        zero = 0 * self.density.pole
        for (i, *exponents), c in self.recurrence.coefficients[j].to_dict().items():
            term = zero + c
            for size, exponent in zip(self.density.sizes, exponents, strict=True):
                term *= size**exponent
            found[i] = found.get(i, zero) + term
        return [found.get(i, zero) for i in range(max(found, default=-1) + 1)]

    def residual(self) -> Vector:
        """Return q^d Σ_j p_j(−θ)[x^j · xρ], one polynomial for each function of the basis; d the degree in k."""
        powers = [self.by_powers(j) for j in range(len(self.recurrence.coefficients))]
        degree = max(map(len, powers)) - 1
        total: Vector = (0 * self.density.pole,) * len(self.density.start)
        for j, p in enumerate(powers):
            for c, image in zip(p, self.density.images(j, degree), strict=False):
                total = tuple(x + c * y for x, y in zip(total, image, strict=True))
        return total

    @property
    def holds(self) -> bool:
        """Whether all these polynomials are zero."""
        return not any(self.residual())

    def document(self) -> dict[str, Any]:
        """Return the identity in integers, for `check_identity`: terms [c, exponents], all denominators cleared."""
        return {
            "recurrence": [integral(p) for p in self.recurrence.coefficients],
            "sizes": [integral(size) for size in self.density.sizes],
            "pole": integral(self.density.pole),
            "basis": list(self.density.basis),
            "twice_start": [integral(2 * c) for c in self.density.start],
            "twice_theta": [[integral(2 * c) for c in row] for row in self.density.theta],
        }


def integral(polynomial: fmpq_mpoly) -> list[list[Any]]:
    """Return the terms [c, exponents] of a polynomial with integer coefficients.

    Example:
        >>> from wishart_moments.proofs.densities import ORDERS
        >>> integral(2 * ORDERS.gens()[0] - 1)
        [[2, [1, 0, 0]], [-1, [0, 0, 0]]]
    """
    terms: list[list[Any]] = []
    for exponents, c in as_terms(polynomial).items():
        if c.denominator != 1:
            raise ArithmeticError(f"need integer coefficients, got {c}")
        terms.append([c.numerator, list(exponents)])
    return terms

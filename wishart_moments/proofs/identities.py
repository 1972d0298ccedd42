"""A recurrence for the moments of a density, as identities of polynomials in Q[x, N, a].

M_k = ∫ x^k ρ dx. A factor k under ∫ x^{k−1} (…) dx is −θ acting on (…), θ = x d/dx, by parts: so

    Σ_j p_j(k) M_{k+j} = ∫ x^{k−1} Σ_j p_j(−θ)[x^j · xρ] dx,

and the recurrence holds wherever the boundary terms vanish if the vector Σ_j p_j(−θ)[x^j · xρ] of the module of
`densities` is zero: one polynomial in Q[x, N, a] for every function of the basis.

Boundary terms: at ∞ everything falls like a power of x times e^{−x/2}. At 0, xρ and all its images under θ and
multiplication by x are of the order x^{c}, the order of xρ (real: c = (a+1)/2, or x^{a+1}, which is smaller for
a > −1; complex: c = a + 1), so that x^k (…) vanishes at 0 for Re k > −c: exactly where M_k itself is finite.
"""

from dataclasses import dataclass
from typing import Any

from flint import fmpq_mpoly, fmpq_mpoly_ctx

from wishart_moments.notation import printers
from wishart_moments.notation.convert import as_terms, coefficient
from wishart_moments.notation.shown import Typeset
from wishart_moments.notation.tree import Foreign, Node, power, product, total
from wishart_moments.proofs.densities import RING, Density, Vector

K_RING = fmpq_mpoly_ctx.get(("k", "m", "n"), "deglex")
"""The ring of the coefficients p_j: polynomials in k, m and n."""


@dataclass(frozen=True, repr=False)
class Recurrence(Typeset):
    """Σ_j p_j(k) M_{k+j} = 0, p_j in Q[k, m, n].

    Attributes:
        coefficients: p_0, p_1, ….

    Example:
        >>> from wishart_moments.moments.recurrence_coefficients import coefficients
        >>> print(Recurrence(coefficients(2, *K_RING.gens())))
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
        >>> k, m, n = K_RING.gens()
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
        >>> from wishart_moments.proofs.densities import REAL
        >>> identity = Identity(REAL, Recurrence(coefficients(1, *K_RING.gens())))
        >>> identity.holds, len(identity.residual())
        (True, 5)
        >>> Identity(REAL, Recurrence((*identity.recurrence.coefficients[:4], K_RING.gens()[0] + 6))).holds
        False
    """

    density: Density
    recurrence: Recurrence

    def by_powers(self, j: int) -> list[fmpq_mpoly]:
        """Return the coefficients of k^0, k^1, … of p_j, as polynomials in N and a."""
        found: dict[int, fmpq_mpoly] = {}
        m, n = self.density.sizes
        for (i, rows, columns), c in self.recurrence.coefficients[j].to_dict().items():
            found[i] = found.get(i, RING.from_dict({})) + c * m**rows * n**columns
        return [found.get(i, RING.from_dict({})) for i in range(max(found, default=-1) + 1)]

    def residual(self) -> Vector:
        """Return Σ_j p_j(−θ)[x^j · xρ], one polynomial for each function of the basis."""
        images = [self.density.applied(self.by_powers(j), j) for j in range(len(self.recurrence.coefficients))]
        total: Vector = (RING.from_dict({}),) * len(self.density.start)
        for image in images:
            total = tuple(x + y for x, y in zip(total, image, strict=True))
        return total

    @property
    def holds(self) -> bool:
        """Whether all these polynomials are zero."""
        return not any(self.residual())

    def document(self) -> dict[str, Any]:
        """Return the identity in integers, for `check_identity`: terms [c, exponents], all denominators cleared."""
        return {
            "recurrence": [integral(p) for p in self.recurrence.coefficients],
            "m": integral(self.density.sizes[0]),
            "n": integral(self.density.sizes[1]),
            "basis": list(self.density.basis),
            "twice_start": [integral(2 * c) for c in self.density.start],
            "twice_theta": [[integral(2 * c) for c in row] for row in self.density.theta],
        }


def integral(polynomial: fmpq_mpoly) -> list[list[Any]]:
    """Return the terms [c, exponents] of a polynomial with integer coefficients.

    Example:
        >>> integral(2 * RING.gens()[0] - 1)
        [[2, [1, 0, 0]], [-1, [0, 0, 0]]]
    """
    terms: list[list[Any]] = []
    for exponents, c in as_terms(polynomial).items():
        if c.denominator != 1:
            raise ArithmeticError(f"need integer coefficients, got {c}")
        terms.append([c.numerator, list(exponents)])
    return terms

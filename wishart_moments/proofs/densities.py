"""Densities of eigenvalues as vectors of polynomials, closed under θ = x d/dx.

N, a and the Laguerre polynomial L = L_N^{(a)}, with T = x L', w = x^a e^{−x}, u = x^{(a−1)/2} e^{−x/2} and, for real W,
F with x F' = x u (N L − T); its constant of integration is free, so that even and odd m are one case. From Laguerre's
equation

    θL = T,  θT = (x − a) T − N x L,  θw = (a − x) w,  θu = ½ (a − 1 − x) u,  θF = x u (N L − T):

the products w L², w L T, w T², u L F, u T F span a module over Q[x, N, a] that θ maps into itself. In it, up to the
constant factor N!/Γ(N+a+1),

    complex, N = m, a = n − m:      x ρ = w [N x L² + (a − x) L T + T²]   (Christoffel and Darboux);
    real, N = m − 1, a = n − m:     x ρ = the same − ½ x u L F.

Here u² x = w. These two densities are what the proofs cite; everything that follows from them is checked.

References: Adler, Forrester, Nagao, van Moerbeke, J. Stat. Phys. 99 (2000) 141; Widom, J. Stat. Phys. 94 (1999) 347;
Haagerup, Thorbjørnsen, Expo. Math. 21 (2003) 293 (complex).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from flint import fmpq_mpoly, fmpq_mpoly_ctx

RING = fmpq_mpoly_ctx.get(("x", "N", "a"), "deglex")
X, N, A = RING.gens()
ZERO, ONE = 0 * X, 0 * X + 1

Vector = tuple[fmpq_mpoly, ...]


@dataclass(frozen=True)
class Density:
    """x ρ(x) in a module over Q[x, N, a] that θ maps into itself.

    Attributes:
        name: real or complex.
        basis: the names of the functions that span the module.
        start: x ρ(x) as a vector.
        theta: θ of every function of the basis, a row each.
        sizes: m and n as polynomials in N and a.
        beta: the Dyson index.
    """

    name: str
    basis: tuple[str, ...]
    start: Vector
    theta: tuple[Vector, ...]
    sizes: tuple[fmpq_mpoly, fmpq_mpoly]
    beta: int

    def derivative(self, vector: Sequence[fmpq_mpoly]) -> Vector:
        """Return θ of a vector: Σ c_i e_i becomes Σ (x c_i') e_i + c_i θe_i."""
        result = [X * c.derivative(0) for c in vector]
        for c, row in zip(vector, self.theta, strict=True):
            for i, entry in enumerate(row):
                result[i] += c * entry
        return tuple(result)

    def applied(self, p: Sequence[fmpq_mpoly], power: int) -> Vector:
        """Return p(−θ)[x^power · xρ] for p = Σ p[i] k^i, whose coefficients do not depend on x."""
        vector = tuple(X**power * c for c in self.start)
        result: Vector = (ZERO,) * len(vector)
        for coefficient in reversed(p):
            following = self.derivative(result)
            result = tuple(coefficient * c - each for c, each in zip(vector, following, strict=True))
        return result


_W = (
    (A - X, 2 * ONE, ZERO),
    (-N * X, ZERO, ONE),
    (ZERO, -2 * N * X, X - A),
)
_U = (A - 1 - X) / 2

COMPLEX = Density("complex", ("w L^2", "w L T", "w T^2"), (N * X, A - X, ONE), _W, (N, N + A), 2)
"""Complex W, β = 2; E|W_ij|² = 1."""

REAL = Density(
    "real",
    (*COMPLEX.basis, "u L F", "u T F"),
    (N * X, A - X, ONE, -X / 2, ZERO),
    (
        *((*row, ZERO, ZERO) for row in _W),
        (N, -ONE, ZERO, _U, ONE),
        (ZERO, N, -ONE, -N * X, _U + X - A),
    ),
    (N + 1, N + 1 + A),
    1,
)
"""Real W, β = 1."""
